/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests from strangers, with the signers that are given: what is accepted is a line of JSON in
 * canonical form with an identifier; what is refused has a reason. JSON on the way is also taken
 * apart by itself, as if its signature had been good.
 */
#include "base/wipe.h"
#include "cloud/manifest_payload.h"
#include "cloud/manifest_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check(const np_manifest_entry *entry)
{
    require(entry->is_refused == (entry->reason[0] != '\0'));
    require(entry->is_refused == (entry->line_len == 0));
    require(entry->is_refused || record_json_is_value(np_bytes_of(entry->line, entry->line_len)));
    require(entry->is_refused || strlen(entry->unique_id) == NP_MANIFEST_ID_SIZE - 1);
}

static void read_payload(np_p256_verifier *verifier, np_bytes json)
{
    static uint8_t room[2 * NP_MANIFEST_ELEMENT_MAX];
    static np_manifest_entry entry;
    cloud_members members;
    np_bytes id;
    entry = (np_manifest_entry){0};
    manifest_reading on = {
        .verifier = verifier, .room = np_writer_of(room, sizeof(room)), .entry = &entry};
    if (cloud_slices_check(json, NP_MANIFEST_DEPTH_MAX) == NULL &&
        cloud_slices_members(json, &members) && manifest_text(&on, &members, "uniqueId", &id) &&
        manifest_take_id(&on, id)) {
        manifest_read_payload(&on, json, id);
        check(&entry);
    }
}

static void read_manifest(np_p256_verifier *verifier, FILE *file)
{
    static uint8_t room[NP_MANIFEST_ELEMENT_MAX];
    static np_manifest_entry entry;
    static cloud_manifest_stream stream;
    static const np_manifest_signers signers = {.count = 1};
    cloud_manifest_element element;
    bool is_end = false;
    stream = (cloud_manifest_stream){.file = file, .path = "manifest"};
    while (cloud_manifest_stream_next(&stream, room, sizeof(room), &element, &is_end, NULL) ==
               NP_OK &&
           !is_end) {
        np_bytes bytes = np_bytes_of(room, element.len);
        require(np_manifest_read(&signers, verifier, bytes, &entry, NULL) == NP_OK);
        check(&entry);
        read_payload(verifier, bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    uint8_t *copy = malloc(size + 1);
    require(copy != NULL && np_p256_verifier_create(&verifier, NULL) == NP_OK);
    memcpy(copy, data, size);
    copy[size] = '\0';
    FILE *file = fmemopen(copy, size + 1, "r");
    require(file != NULL);
    read_manifest(verifier, file);
    read_payload(verifier, np_bytes_of(data, size));
    fclose(file);
    free(copy);
    return 0;
}
