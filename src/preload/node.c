/* SPDX-License-Identifier: Apache-2.0 */
#include "preload/node.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number behind "/dev/i2c-"; NULL for any other path. */
static const char *number_of(const char *path)
{
    static const char begin[] = "/dev/i2c-";
    if (path == NULL || strncmp(path, begin, strlen(begin)) != 0) {
        return NULL;
    }
    const char *number = path + strlen(begin);
    size_t digits = strspn(number, "0123456789");
    return digits > 0 && number[digits] == '\0' ? number : NULL;
}

/* What the environment says about this bus: false when it does not name it. */
static bool look_up(const char *number, char *ret_path, size_t size)
{
    static const char scheme[] = "=unix:";
    const char *list = getenv("NAMEPLATE_I2C");
    size_t digits = strlen(number);
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        bool is_it = strncmp(list, number, digits) == 0 &&
                     strncmp(list + digits, scheme, strlen(scheme)) == 0;
        if (is_it) {
            size_t skipped = digits + strlen(scheme);
            int written = snprintf(ret_path, size, "%.*s", (int)(length - skipped), list + skipped);
            return written >= 0 && (size_t)written < size;
        }
        list += length + (list[length] == ',' ? 1 : 0);
    }
    return false;
}

bool preload_node_find(const char *path, preload_node *ret)
{
    const char *number = number_of(path);
    if (number == NULL || !look_up(number, ret->socket_path, sizeof(ret->socket_path))) {
        return false;
    }
    ret->number = (unsigned)strtoul(number, NULL, 10);
    return true;
}
