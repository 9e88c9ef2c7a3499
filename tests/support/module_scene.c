/* SPDX-License-Identifier: Apache-2.0 */
#include "support/module_scene.h"

#include "crypto/p256.h"
#include "link/served_counts.h"
#include <signal.h>
#include <unistd.h>

void module_scene_serve(module_scene *on)
{
    served_start(&on->chip, &on->server);
}

void module_scene_configure(module_scene *on, const char *format)
{
    const char *uri = on->chip.uri;
    FILE *file = fopen(on->conf, "w");
    assert_non_null(file);
    const char *at = strstr(format == NULL ? "%s" : format, "%s");
    if (format == NULL) {
        fprintf(file, "cache = none\n[chip]\nuri = %s\n", uri);
    } else if (at == NULL) {
        fputs(format, file);
    } else {
        fprintf(file, "%.*s%s%s", (int)(at - format), format, uri, at + 2);
    }
    assert_int_equal(fclose(file), 0);
}

int module_scene_make(void **state)
{
    module_scene *on = calloc(1, sizeof(*on));
    assert_non_null(on);
    factory_open_recorded(&on->line, "608a", NP_ATECC608A, NP_PACE_TYPICAL);
    assert_ok(factory_provision(&on->line), &on->line.err);
    served_make(&on->chip);
    served_put(&on->chip, NP_ATECC608A, np_virtual_chip_eeprom(on->line.chip));
    snprintf(on->conf, sizeof(on->conf), "%s/conf", on->chip.folder);
    snprintf(on->cache, sizeof(on->cache), "%s/cache", on->chip.folder);
    on->server = (np_server_options){.time = SOCKET_TIME_ZERO};
    module_scene_configure(on, NULL);
    unsetenv("NAMEPLATE_CHIP");
    unsetenv("NAMEPLATE_PKCS11_LOG");
    assert_int_equal(setenv("NAMEPLATE_PKCS11_CONF", on->conf, 1), 0);
    assert_int_equal(setenv("NAMEPLATE_CACHE", "", 1), 0);
    module_scene_serve(on);
    *state = on;
    return 0;
}

/* A test that failed may have left the module initialised. */
int module_scene_remove(void **state)
{
    module_scene *on = *state;
    char command[160];
    CK_RV ignored = C_Finalize(NULL);
    (void)ignored;
    unlink(on->conf);
    snprintf(command, sizeof(command), "rm -rf '%s'", on->cache);
    int removed = system(command);
    factory_close(&on->line);
    served_remove(&on->chip);
    free(on);
    return removed;
}

void module_scene_exchange(module_scene *on)
{
    factory other;
    factory_open_recorded(&other, "508a", NP_ATECC508A, NP_PACE_TYPICAL);
    assert_ok(factory_provision(&other), &other.err);
    served_put(&on->chip, NP_ATECC508A, np_virtual_chip_eeprom(other.chip));
    factory_close(&other);
}

CK_SESSION_HANDLE module_scene_begin(CK_FLAGS flags)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    assert_rv(C_Initialize(NULL), CKR_OK);
    assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION | flags, NULL, NULL, &session), CKR_OK);
    return session;
}

void module_scene_end(void)
{
    assert_rv(C_Finalize(NULL), CKR_OK);
}

CK_OBJECT_HANDLE module_scene_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                                   const char *label)
{
    char text[33];
    CK_OBJECT_HANDLE found[2] = {0};
    CK_ULONG count = 0;
    snprintf(text, sizeof(text), "%s", label);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_LABEL, text, strlen(text)}};
    assert_rv(C_FindObjectsInit(session, template, NP_COUNT_OF(template)), CKR_OK);
    assert_rv(C_FindObjects(session, found, NP_COUNT_OF(found), &count), CKR_OK);
    assert_rv(C_FindObjectsFinal(session), CKR_OK);
    assert_in_range(count, 0, 1);
    return found[0];
}

uint64_t module_scene_commands(module_scene *on)
{
    served_counts counts;
    uint64_t sum = 0;
    assert_ok(served_counts_read(on->chip.uri, &counts, &on->err), &on->err);
    for (size_t i = 0; i < NP_COUNT_OF(counts.commands); i++) {
        sum += counts.commands[i];
    }
    return sum;
}

bool module_scene_is_signed(module_scene *on, const uint8_t digest[static 32],
                            const uint8_t signature[static 64])
{
    bool is_good = false;
    const uint8_t *key = on->line.life->device.point.data;
    assert_ok(np_p256_verify(key, digest, signature, &is_good, &on->err), &on->err);
    return is_good;
}
