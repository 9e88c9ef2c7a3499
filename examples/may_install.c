/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device asks before it installs: is this firmware one of ours, and not too old? The keys
 * are pinned here, where no server can change them. Nothing is installed; exit status 0 means yes,
 * 1 no, 2 that it could not be found out.
 *
 *   may_install FIRMWARE [MINIMUM-VERSION]
 */
#include <fcntl.h>
#include <nameplate/firmware.h>
#include <stdio.h>
#include <unistd.h>

/* Public keys as fwup has them in its .pub files. Put your own here; these are test keys. */
static const char *const pinned[] = {
    "RomPLat10CCoPLsq7M2rSdWXHbNW9MN8K7TEIJabBbw=",
    "Ze0hWS6kCN1/h93IL37wCXiYS2ckZ0VWpLbqyUF9gow=",
};

enum { PINNED = sizeof(pinned) / sizeof(pinned[0]) };

static int give_up(const char *what, const np_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    return 2;
}

static np_bytes bytes_of(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0') {
        len++;
    }
    return (np_bytes){(const uint8_t *)text, len};
}

static int answer(int fd, const np_firmware_policy *policy)
{
    np_firmware_verdict verdict;
    np_error err;
    if (np_firmware_check(fd, policy, &verdict, &err) != NP_OK) {
        return give_up("the firmware cannot be judged", &err);
    }
    if (verdict.reason != NP_FIRMWARE_ACCEPTED) {
        printf("no: %s: %s\n", np_firmware_reason_name(verdict.reason), verdict.detail);
        return 1;
    }
    printf("yes: %s %s, signed by key %zu\n", verdict.product, verdict.version, verdict.key + 1);
    return 0;
}

int main(int argc, char **argv)
{
    np_firmware_key keys[PINNED];
    np_error err;
    if (argc < 2) {
        fprintf(stderr, "usage: %s FIRMWARE [MINIMUM-VERSION]\n", argv[0]);
        return 2;
    }
    for (unsigned i = 0; i < PINNED; i++) {
        if (np_firmware_key_decode(bytes_of(pinned[i]), &keys[i], &err) != NP_OK) {
            return give_up("a pinned key", &err);
        }
    }
    const np_firmware_policy policy = {
        .keys = keys, .key_count = PINNED, .minimum_version = argc > 2 ? argv[2] : NULL};
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror(argv[1]);
        return 2;
    }
    int status = answer(fd, &policy);
    close(fd);
    return status;
}
