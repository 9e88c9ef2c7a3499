/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry in memory for the rule of admission: what is stored can be said in a line, and what a
 * verdict wants stored is stored.
 */
#pragma once

#include "registry/admission.h"

enum {
    SCENE_DER_MAX = 2048,
    SCENE_CERTIFICATES = 16,
    SCENE_ORG = 1,
    SCENE_OTHER_ORG = 2,
};

typedef struct scene_authority {
    uint8_t der[SCENE_DER_MAX];
    np_bytes subject;
    np_known_authority known;
} scene_authority;

typedef struct scene_credential {
    uint8_t certificate_sha256[32];
    uint8_t key_sha256[32];
    size_t device; /* index */
    bool is_blocked;
    np_pin pin;
} scene_credential;

typedef struct admission_scene {
    scene_authority authorities[SCENE_CERTIFICATES];
    size_t authority_count;
    np_known_device devices[SCENE_CERTIFICATES];
    size_t device_count;
    scene_credential credentials[SCENE_CERTIFICATES];
    size_t credential_count;
    np_admission_policy policy;
    int64_t now;
    bool is_recording;    /* the last credential is there when a device has been asked for */
    bool is_out_of_order; /* nothing can be asked */
    bool hesitates;       /* a question is answered when it is asked again */
    bool is_asked_again;
    uint8_t presented[NP_ADMISSION_CHAIN_MAX][SCENE_DER_MAX];
} admission_scene;

/* A PEM file of tests/vectors/nerveshub, without ".pem", as DER. */
size_t scene_load(const char *name, uint8_t *ret, size_t size);

scene_authority *scene_add_authority(admission_scene *scene, const char *name, int64_t org);
np_known_device *scene_add_device(admission_scene *scene, int64_t org, const char *identifier);

/* The verdict on a chain of certificates, by what is stored. */
np_admission scene_judge(admission_scene *scene, const np_bytes *chain, size_t chain_len);

/* Presents the certificates of a list like "device1_cli_template ca1_root_ca_template". */
np_admission scene_present(admission_scene *scene, const char *names);

/* Stores what the verdict wants stored. */
void scene_apply(admission_scene *scene, const np_admission *admission);
