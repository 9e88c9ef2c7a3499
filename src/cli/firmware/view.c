/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/firmware/view.h"

#include "base/civil.h"
#include "base/wipe.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

np_code cli_archive_open(const char *path, cli_archive *ret, np_error *err)
{
    ret->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (ret->fd < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path)
                   : np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be opened: %s", path,
                                      strerror(errno));
    }
    np_code code = np_firmware_source_of_fd(&ret->fd, &ret->source, err);
    if (code == NP_EUSAGE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: not a regular file", path);
    }
    ret->facts = code == NP_OK ? np_firmware_facts_create() : NULL;
    return code != NP_OK || ret->facts != NULL
               ? code
               : np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
}

void cli_archive_close(cli_archive *archive)
{
    if (archive->fd >= 0) {
        close(archive->fd);
    }
    np_firmware_facts_free_at(&archive->facts);
}

static void free_text(char **text)
{
    free(*text);
}

void cli_put_bytes_text(cli_output *output, const char *key, const char *label, np_bytes text)
{
    NP_CLEANUP(free_text) char *copy = strndup((const char *)text.data, text.len);
    if (copy == NULL) {
        output->has_failed = true;
        return;
    }
    cli_put_text(output, key, label, copy);
}

void cli_put_firmware(cli_output *output, const np_firmware_facts *facts)
{
    static const struct {
        const char *key;
        const char *label;
    } names[NP_META_FIELD_COUNT] = {
        [NP_META_PRODUCT] = {"product", "product"},
        [NP_META_DESCRIPTION] = {"description", "description"},
        [NP_META_VERSION] = {"version", "version"},
        [NP_META_AUTHOR] = {"author", "author"},
        [NP_META_PLATFORM] = {"platform", "platform"},
        [NP_META_ARCHITECTURE] = {"architecture", "architecture"},
        [NP_META_MISC] = {"misc", "misc"},
        [NP_META_VCS_IDENTIFIER] = {"vcs_identifier", "vcs identifier"},
    };
    for (unsigned i = 0; i < NP_META_FIELD_COUNT; i++) {
        if (facts->meta.fields[i].data != NULL) {
            cli_put_bytes_text(output, names[i].key, names[i].label, facts->meta.fields[i]);
        }
    }
    cli_put_text(output, "uuid", "uuid", facts->uuid);
}

void cli_put_created(cli_output *output, const np_firmware_facts *facts)
{
    char created[NP_TIME_TEXT_SIZE];
    np_format_time(facts->created, created);
    cli_put_text(output, "created", "created, not signed", created);
}

np_code cli_as_fwup(np_code code, np_error *err)
{
    if (np_error_class(code) != NP_CLASS_INPUT && np_error_class(code) != NP_CLASS_POLICY) {
        return code;
    }
    err->code = NP_EDEVICE_VERIFY;
    return err->code;
}
