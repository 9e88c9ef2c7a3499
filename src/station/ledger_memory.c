/* SPDX-License-Identifier: Apache-2.0 */
#include "station/ledger_internal.h"

#include "base/format.h"

np_code ledger_find(np_ledger *ledger, uint8_t kind, np_bytes text, uint64_t *ret, np_error *err)
{
    return np_index_find(ledger->index, np_index_mark(kind, text), ret, err);
}

static np_code put(np_ledger *ledger, uint8_t kind, np_bytes text, uint64_t value, np_error *err)
{
    return np_index_put(ledger->index, np_index_mark(kind, text), value, err);
}

static void remember_number(np_ledger *ledger, np_bytes serial)
{
    uint64_t number;
    if (np_serials_number(ledger->options.serials, serial, &number) && number >= ledger->next) {
        ledger->next = number + 1;
    }
}

/* Lines without a part are of units that were refused: nothing is theirs. */
np_code ledger_remember(np_ledger *ledger, const line_facts *facts, uint64_t offset, np_error *err)
{
    uint64_t before = 0;
    if (facts->uid.len == 0) {
        return NP_OK;
    }
    NP_TRY(ledger_find(ledger, KIND_UID, facts->uid, &before, err));
    bool was_counted = (before & IS_COUNTED) != 0;
    ledger->authorized += facts->is_authorized && !was_counted ? 1 : 0;
    uint64_t value = 2 * offset + (was_counted || facts->is_authorized ? IS_COUNTED : 0);
    NP_TRY(put(ledger, KIND_UID, facts->uid, value, err));
    NP_TRY(put(ledger, KIND_SERIAL, facts->serial, value, err));
    remember_number(ledger, facts->serial);
    if (!facts->has_key) {
        return NP_OK;
    }
    NP_TRY(put(ledger, KIND_SERIAL_CERTIFIED, facts->serial, value, err));
    NP_TRY(put(ledger, KIND_UID_CERTIFIED, facts->uid, value, err));
    return put(ledger, KIND_KEY, NP_BYTES(facts->key), value, err);
}

bool ledger_is_authorized(const np_ledger *ledger, np_bytes id, bool has_certificate)
{
    return has_certificate && id.len > 0 &&
           np_bytes_equal(id, np_bytes_text(ledger->authorization));
}

static np_code visit_unit(np_ledger *ledger, const np_record_line *line, np_error *err)
{
    line_facts facts = {.serial = np_record_line_text(line, "serial"),
                        .uid = np_record_line_text(line, "uid")};
    facts.has_key = np_record_line_hex(line, "spki_sha256", facts.key, sizeof(facts.key));
    facts.is_authorized =
        ledger_is_authorized(ledger, np_record_line_text(line, "authorization_id"),
                             np_record_line_value(line, "cert").len > 0);
    ledger->unsigned_++;
    return ledger_remember(ledger, &facts, ledger->durable, err);
}

np_code ledger_visit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                     np_error *err)
{
    np_ledger *ledger = self;
    const np_record_hash *head = ledger->options.head;
    ledger->has_head = ledger->has_head || (head != NULL && memcmp(line->hash.bytes, head->bytes,
                                                                   sizeof(head->bytes)) == 0);
    if (line->kind == NP_RECORD_HEADER) {
        ledger->knows_issuer = np_record_line_has_issuer(line, ledger->options.issuer);
    }
    if (line->kind == NP_RECORD_UNIT && ledger->options.report != NULL) {
        np_report_take(ledger->options.report, line);
    }
    if (line->kind == NP_RECORD_UNIT) {
        NP_TRY(visit_unit(ledger, line, err));
    }
    ledger->unsigned_ = trailer != NULL ? 0 : ledger->unsigned_;
    ledger->durable += line->text.len + 1;
    return NP_OK;
}

void ledger_format(char *ret, size_t size, np_bytes text)
{
    np_format(ret, size, "%.*s", (int)text.len, text.len == 0 ? "" : (const char *)text.data);
}

static void copy_text(const np_record_line *line, const char *name, char *ret, size_t size)
{
    ledger_format(ret, size, np_record_line_text(line, name));
}

static void copy_line(const np_record_line *line, last_line *ret)
{
    copy_text(line, "serial", ret->serial, sizeof(ret->serial));
    copy_text(line, "uid", ret->uid, sizeof(ret->uid));
    copy_text(line, "result", ret->result, sizeof(ret->result));
    copy_text(line, "started", ret->started, sizeof(ret->started));
    if (!np_record_line_number(line, "attempt", &ret->attempt)) {
        ret->attempt = 1;
    }
    ret->has_certificate =
        np_record_line_hex(line, "cert_sha256", ret->cert_sha256, sizeof(ret->cert_sha256));
}

/* What stands in the way of writing shows by its own: a label that does not fit is none. */
static void copy_label(np_record_line *line, char ret[static NP_LABEL_TEXT_SIZE])
{
    uint8_t text[NP_LABEL_TEXT_SIZE - 1];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_label_facts facts = np_label_facts_of_line(line);
    bool is_there = facts.find(facts.self, np_bytes_text("attributes.label"), &writer) &&
                    np_writer_has_room(&writer);
    ledger_format(ret, NP_LABEL_TEXT_SIZE,
                  is_there ? np_writer_bytes(&writer) : (np_bytes){NULL, 0});
}

/* The line of the index's value, which names a hash of the text: is it the text's own? */
np_code ledger_load_line(np_ledger *ledger, uint64_t value, last_line *ret, np_error *err)
{
    uint8_t text[NP_RECORD_LINE_MAX];
    np_record_line line;
    size_t len = 0;
    const np_record_storage *storage = ledger->options.record;
    uint64_t offset = value / 2;
    if (offset >= ledger->durable) {
        NP_TRY(np_ledger_commit(ledger, err));
    }
    NP_TRY(storage->read(storage->self, offset, text, sizeof(text), &len, err));
    const uint8_t *end = len == 0 ? NULL : memchr(text, '\n', len);
    np_bytes whole = np_bytes_of(text, end == NULL ? 0 : (size_t)(end - text));
    np_code code = np_record_line_parse(whole, &line, err);
    if (code != NP_OK) {
        np_error_set(err, NP_ESTATION_IO, "the record has changed at byte %zu", (size_t)offset);
        return NP_ESTATION_IO;
    }
    copy_line(&line, ret);
    copy_label(&line, ret->label);
    ret->is_found = true;
    return NP_OK;
}

np_code ledger_find_line(np_ledger *ledger, uint8_t kind, np_bytes text, last_line *ret,
                         np_error *err)
{
    uint64_t value = 0;
    *ret = (last_line){.is_found = false};
    if (text.len == 0) {
        return NP_OK;
    }
    NP_TRY(ledger_find(ledger, kind, text, &value, err));
    if (value == 0) {
        return NP_OK;
    }
    NP_TRY(ledger_load_line(ledger, value, ret, err));
    bool is_serial = kind == KIND_SERIAL || kind == KIND_SERIAL_CERTIFIED;
    const char *found = is_serial ? ret->serial : ret->uid;
    ret->is_found = np_bytes_equal(np_bytes_text(found), text);
    return NP_OK;
}

bool ledger_has_passed(const last_line *line)
{
    return line->is_found && (line->result[0] == '\0' || strcmp(line->result, "pass") == 0);
}
