/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a modem as people and programs see it. */
#include "base/text.h"
#include "cli/modem/provisioning.h"
#include "cli/record.h"
#include <stdio.h>

/* What a step does, for people; %u is the security tag. */
static const char *const words[NP_NORDIC_STEP_COUNT] = {
    [NP_NORDIC_RADIO_OFF] = "switch the radio off (AT+CFUN=4)",
    [NP_NORDIC_DELETE_CERTIFICATE] = "delete the certificate in tag %u",
    [NP_NORDIC_DELETE_KEY] = "delete the private key in tag %u, for ever",
    [NP_NORDIC_DELETE_ROOT] = "delete the root in tag %u",
    [NP_NORDIC_MAKE_KEY] = "make a private key for tag %u, and save what is said about it",
    [NP_NORDIC_ISSUE] = "check the request and sign a certificate",
    [NP_NORDIC_WRITE_ROOT] = "write the root to tag %u",
    [NP_NORDIC_WRITE_CERTIFICATE] = "write the certificate to tag %u",
    [NP_NORDIC_WRITE_KEY] = "write the private key to tag %u",
    [NP_NORDIC_VERIFY] = "compare the digests of all that is in tag %u",
    [NP_NORDIC_RESTORE_MODE] = "put the radio back as it was",
};

static const char *const places[NP_NORDIC_PLACES] = {"root", "certificate", "private key"};

typedef void (*line_printer)(void *to, const char *line);

static const char *or_unknown(const char *text, const char *otherwise)
{
    return text[0] != '\0' ? text : otherwise;
}

static void print_head(const cli_modem_provisioning *run, line_printer print, void *to)
{
    const np_nordic_plan *plan = &run->plan;
    char fingerprint[2 * sizeof(run->fingerprint) + 1];
    char line[200];
    np_format_hex(NP_BYTES(run->fingerprint), fingerprint);
    snprintf(line, sizeof(line), "modem: %s (%s, %s)",
             or_unknown(plan->snapshot.identity.imei, "without a name"),
             or_unknown(plan->snapshot.identity.model, np_modem_host_name(plan->snapshot.host)),
             or_unknown(plan->snapshot.identity.firmware, "firmware not told"));
    print(to, line);
    snprintf(line, sizeof(line), "device id: %s", or_unknown(plan->id, "the modem's UUID"));
    print(to, line);
    snprintf(line, sizeof(line), "signer fingerprint: %s", fingerprint);
    print(to, line);
}

static void print_steps(const np_nordic_plan *plan, line_printer print, void *to)
{
    char line[200];
    for (size_t i = 0; i < NP_NORDIC_PLACES; i++) {
        if (plan->destroys[i]) {
            snprintf(line, sizeof(line), "lost for ever: the %s that is in tag %u", places[i],
                     plan->snapshot.tag);
            print(to, line);
        }
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        int length = snprintf(line, sizeof(line), "%2zu. ", i + 1);
        const char *text = words[plan->steps[i]];
        const char *hole = strstr(text, "%u");
        snprintf(line + length, sizeof(line) - (size_t)length, "%.*s",
                 hole == NULL ? (int)strlen(text) : (int)(hole - text), text);
        if (hole != NULL) {
            length = (int)strlen(line);
            snprintf(line + length, sizeof(line) - (size_t)length, "%u%s", plan->snapshot.tag,
                     hole + 2);
        }
        print(to, line);
    }
}

static void print_plan(const cli_modem_provisioning *run, line_printer print, void *to)
{
    char hash[2 * sizeof(run->plan.hash) + 1];
    char line[200];
    print_head(run, print, to);
    print_steps(&run->plan, print, to);
    np_format_hex(NP_BYTES(run->plan.hash), hash);
    snprintf(line, sizeof(line), "plan hash: %s", hash);
    print(to, line);
}

static void print_to_stdout(void *to, const char *line)
{
    cli_print(to, "%s", line);
}

static void print_to_stderr(void *to, const char *line)
{
    (void)to;
    cli_note_line("%s", line);
}

void cli_modem_note_plan(const cli_modem_provisioning *run)
{
    print_plan(run, print_to_stderr, NULL);
}

static json_t *list_losses(const np_nordic_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < NP_NORDIC_PLACES; i++) {
        if (plan->destroys[i]) {
            json_array_append_new(list, json_string(places[i]));
        }
    }
    return list;
}

void cli_modem_put_plan(cli_output *output, const cli_modem_provisioning *run)
{
    const np_nordic_plan *plan = &run->plan;
    json_t *steps;
    if (!output->is_json) {
        print_plan(run, print_to_stdout, output);
        return;
    }
    steps = json_array();
    for (size_t i = 0; i < plan->step_count; i++) {
        json_array_append_new(steps, json_string(np_nordic_step_name(plan->steps[i])));
    }
    cli_put_text(output, "imei", "", plan->snapshot.identity.imei);
    cli_put_text(output, "model", "", plan->snapshot.identity.model);
    cli_put_text(output, "firmware", "", plan->snapshot.identity.firmware);
    cli_put_text(output, "device_id", "", plan->id);
    cli_put_count(output, "sectag", "", plan->snapshot.tag);
    cli_put_hex(output, "signer_fingerprint", "", NP_BYTES(run->fingerprint));
    cli_put_flag(output, "is_done", "", run->was_done);
    cli_put_json(output, "losses", list_losses(plan));
    cli_put_hex(output, "hash", "", NP_BYTES(plan->hash));
    cli_put_json(output, "steps", steps);
}
