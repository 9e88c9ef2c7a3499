/* SPDX-License-Identifier: Apache-2.0 */
#include "support/admission_scene.h"

#include "crypto/hash.h"
#include "registry/decision.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/pem.h"
#include "x509/verify.h"

size_t scene_load(const char *name, uint8_t *ret, size_t size)
{
    char path[160];
    size_t len = 0;
    np_writer writer = np_writer_of(ret, size);
    (void)snprintf(path, sizeof(path), "nerveshub/%s.pem", name);
    uint8_t *pem = vector_load(path, &len);
    assert_int_equal(np_pem_decode(np_bytes_of(pem, len), "CERTIFICATE", &writer, NULL), NP_OK);
    free(pem);
    return writer.len;
}

scene_authority *scene_add_authority(admission_scene *scene, const char *name, int64_t org)
{
    np_certificate certificate;
    scene_authority *ret = &scene->authorities[scene->authority_count++];
    size_t len = scene_load(name, ret->der, sizeof(ret->der));
    ret->known = (np_known_authority){.id = (int64_t)scene->authority_count,
                                      .org = org,
                                      .der = np_bytes_of(ret->der, len),
                                      .may_create_more = UINT64_MAX};
    assert_int_equal(np_certificate_parse(ret->known.der, &certificate, NULL), NP_OK);
    ret->subject = certificate.subject;
    return ret;
}

np_known_device *scene_add_device(admission_scene *scene, int64_t org, const char *identifier)
{
    np_known_device *ret = &scene->devices[scene->device_count++];
    *ret = (np_known_device){
        .id = (int64_t)scene->device_count, .org = org, .identifier_len = strlen(identifier)};
    memcpy(ret->identifier, identifier, ret->identifier_len);
    return ret;
}

static np_code check(admission_scene *scene, np_error *err)
{
    scene->is_asked_again = scene->hesitates && !scene->is_asked_again;
    if (scene->is_asked_again) {
        return NP_ESTATION_BUSY;
    }
    return scene->is_out_of_order ? np_error_set(err, NP_ESTATION_IO, "the registry is gone")
                                  : NP_OK;
}

static np_code find(admission_scene *scene, const uint8_t *sha256, bool is_key,
                    np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    *ret_is_found = false;
    NP_TRY(check(scene, err));
    size_t visible = scene->credential_count - (scene->is_recording ? 1 : 0);
    for (size_t i = 0; i < visible && !*ret_is_found; i++) {
        const scene_credential *credential = &scene->credentials[i];
        const uint8_t *own = is_key ? credential->key_sha256 : credential->certificate_sha256;
        *ret_is_found = memcmp(own, sha256, NP_SHA256_SIZE) == 0;
        *ret = (np_known_credential){.device = scene->devices[credential->device],
                                     .is_blocked = credential->is_blocked,
                                     .pin = credential->pin};
    }
    return NP_OK;
}

static np_code find_certificate(void *self, const uint8_t sha256[static 32],
                                np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    return find(self, sha256, false, ret, ret_is_found, err);
}

static np_code find_key(void *self, const uint8_t sha256[static 32], np_known_credential *ret,
                        bool *ret_is_found, np_error *err)
{
    return find(self, sha256, true, ret, ret_is_found, err);
}

static np_code find_device(void *self, int64_t org, np_bytes identifier, np_known_device *ret,
                           bool *ret_is_found, np_error *err)
{
    admission_scene *scene = self;
    *ret_is_found = false;
    NP_TRY(check(scene, err));
    scene->is_recording = false;
    for (size_t i = 0; i < scene->device_count && !*ret_is_found; i++) {
        *ret = scene->devices[i];
        *ret_is_found =
            ret->org == org &&
            np_bytes_equal(np_bytes_of(ret->identifier, ret->identifier_len), identifier);
    }
    return NP_OK;
}

static np_code visit_authorities(void *self, np_bytes subject,
                                 void (*visit)(void *context, const np_known_authority *authority),
                                 void *context, np_error *err)
{
    admission_scene *scene = self;
    NP_TRY(check(scene, err));
    for (size_t i = 0; i < scene->authority_count; i++) {
        if (np_bytes_equal(scene->authorities[i].subject, subject)) {
            visit(context, &scene->authorities[i].known);
        }
    }
    return NP_OK;
}

/* By a store that answers each question when it is asked for the second time. */
static void assert_same_in_pieces(admission_scene *scene, const np_admission_request *request,
                                  const np_admission *expected)
{
    np_admission ret;
    admission_decision decision;
    np_code code = NP_ESTATION_BUSY;
    memset(&decision, 0xa5, sizeof(decision));
    scene->hesitates = true;
    admission_begin(request, &ret, &decision);
    while (code == NP_ESTATION_BUSY) {
        code = admission_go_on(&decision, NULL);
    }
    scene->hesitates = false;
    assert_int_equal(code, NP_OK);
    assert_int_equal(ret.reason, expected->reason);
    assert_int_equal(ret.effects, expected->effects);
    assert_int_equal(ret.org, expected->org);
    assert_int_equal(ret.device, expected->device);
    assert_int_equal(ret.authority, expected->authority);
    assert_int_equal(ret.may_create_more, expected->may_create_more);
    assert_ptr_equal(ret.pinned.data, expected->pinned.data);
    assert_int_equal(ret.identifier_len, expected->identifier_len);
    assert_memory_equal(ret.identifier, expected->identifier, ret.identifier_len);
    assert_memory_equal(ret.leaf_sha256, expected->leaf_sha256, sizeof(ret.leaf_sha256));
    assert_string_equal(ret.detail, expected->detail);
}

np_admission scene_judge(admission_scene *scene, const np_bytes *chain, size_t chain_len)
{
    np_admission ret;
    const np_admission_store store = {.find_certificate = find_certificate,
                                      .find_key = find_key,
                                      .find_device = find_device,
                                      .visit_authorities = visit_authorities,
                                      .self = scene};
    const np_admission_request request = {.chain = chain,
                                          .chain_len = chain_len,
                                          .store = &store,
                                          .policy = scene->policy,
                                          .judge = np_judge_libcrypto(),
                                          .now = scene->now};
    bool is_still = !scene->is_recording && !scene->is_out_of_order;
    np_code code = np_admission_decide(&request, &ret, NULL);
    assert_int_equal(code, scene->is_out_of_order ? NP_ESTATION_IO : NP_OK);
    if (is_still) {
        assert_same_in_pieces(scene, &request, &ret);
    }
    return ret;
}

np_admission scene_present(admission_scene *scene, const char *names)
{
    np_bytes chain[NP_ADMISSION_CHAIN_MAX];
    char copy[256];
    char *at = NULL;
    size_t count = 0;
    (void)snprintf(copy, sizeof(copy), "%s", names);
    for (char *name = strtok_r(copy, " ", &at); name != NULL; name = strtok_r(NULL, " ", &at)) {
        uint8_t *der = scene->presented[count];
        chain[count++] = np_bytes_of(der, scene_load(name, der, SCENE_DER_MAX));
    }
    return scene_judge(scene, chain, count);
}

void scene_apply(admission_scene *scene, const np_admission *admission)
{
    np_certificate certificate;
    np_known_device *device =
        admission->device == 0 ? NULL : &scene->devices[admission->device - 1];
    if ((admission->effects & NP_EFFECT_CREATE_DEVICE) != 0) {
        device = scene_add_device(scene, admission->org, "");
        device->identifier_len = admission->identifier_len;
        memcpy(device->identifier, admission->identifier, admission->identifier_len);
    }
    if ((admission->effects & NP_EFFECT_CLOSE_REKEY) != 0) {
        device->rekey_until = 0;
    }
    if ((admission->effects & NP_EFFECT_ADD_CERTIFICATE) != 0) {
        scene_credential *credential = &scene->credentials[scene->credential_count++];
        *credential = (scene_credential){.device = (size_t)(device - scene->devices)};
        assert_int_equal(np_certificate_parse(admission->pinned, &certificate, NULL), NP_OK);
        np_sha256(certificate.der, credential->certificate_sha256);
        np_sha256(certificate.spki, credential->key_sha256);
        uint8_t leaf[NP_SHA256_SIZE];
        np_sha256(certificate.der, leaf);
        bool is_leaf = memcmp(leaf, admission->leaf_sha256, sizeof(leaf)) == 0;
        credential->pin = is_leaf ? NP_PIN_LEAF : NP_PIN_ISSUER;
        device->certificates++;
    }
}
