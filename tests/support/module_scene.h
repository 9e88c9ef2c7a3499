/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PKCS #11 module with a served chip: that of the recorded life "608a", so that keys and
 * certificates are known. The module finds it by a configuration file in the chip's folder.
 * Failures of the helper fail the test.
 */
#pragma once

#include "pkcs11/cryptoki.h"
#include "support/factory.h"
#include "support/served.h"
#include "support/test.h"

typedef struct module_scene {
    factory line;
    served chip;
    np_server_options server;
    char conf[96];
    char cache[96];
    np_error err;
} module_scene;

/* For cmocka: a scene with a chip that is served in zero time, the module not initialised. */
int module_scene_make(void **state);
int module_scene_remove(void **state);

/* Replaces the configuration file: a text with %s for the chip's URI, or NULL for just the chip. */
void module_scene_configure(module_scene *on, const char *format);

/* Serves the chip again, after it was stopped. */
void module_scene_serve(module_scene *on);

/* A 508A of another serial in the same place; it must not be served at the moment. */
void module_scene_exchange(module_scene *on);

/* C_Initialize, and a session in slot 0; C_Finalize. */
CK_SESSION_HANDLE module_scene_begin(CK_FLAGS flags);
void module_scene_end(void);

/* The one object of this class and label; 0 for none. */
CK_OBJECT_HANDLE module_scene_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                                   const char *label);

/* Commands that the served chip has had so far. */
uint64_t module_scene_commands(module_scene *on);

/* Is r|s a signature of the 32 bytes by the chip's key? libcrypto says. */
bool module_scene_is_signed(module_scene *on, const uint8_t digest[static 32],
                            const uint8_t signature[static 64]);

/* A code by its name, so that a failure can be read. */
#define assert_rv(expression, code)                                                                \
    do {                                                                                           \
        CK_RV assert_rv_code = (expression);                                                       \
        if (assert_rv_code != (code)) {                                                            \
            fail_msg("%s: 0x%lx instead of " #code, #expression, assert_rv_code);                  \
        }                                                                                          \
    } while (0)
