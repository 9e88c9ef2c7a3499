/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the virtual modem share. */
#pragma once

#include "base/wipe.h"
#include "virtual/modem.h"
#include "virtual/modem_models.h"

enum {
    VMODEM_OUT_MAX = 16384, /* the longest answer: a list, or a credential of 4 kB with its echo */
    VMODEM_BUFFER_MAX = 8192, /* of cred buf: Base64 of a credential */
};

struct np_virtual_modem {
    np_virtual_modem_options options;
    np_modem_state state;
    uint64_t generation;
    np_p256_key *identity; /* made when first needed */
    /* power */
    bool is_powered;
    bool is_starting;
    uint64_t ready_ns; /* when it has started */
    /* not durable */
    unsigned mode; /* +CFUN */
    bool has_numbers;
    /* the command that comes, and the one that runs */
    bool is_quoted;
    bool is_behind_return;
    size_t command_len;
    uint8_t command[VMODEM_COMMAND_MAX];
    bool is_busy;
    uint64_t busy_until_ns;
    /* what came while a shell was busy */
    size_t ring_len;
    uint8_t ring[VMODEM_SHELL_RING];
    /* cred buf */
    size_t buffer_len;
    uint8_t buffer[VMODEM_BUFFER_MAX];
    /* to the host */
    size_t out_len;
    uint8_t out[VMODEM_OUT_MAX];
    uint8_t last_out;
    /* counts for faults */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t commands;
};

/* What is too much for the buffer is lost, as on a UART. */
void vmodem_put(np_virtual_modem *modem, np_bytes bytes);
void vmodem_put_text(np_virtual_modem *modem, const char *text);

/* The state has changed for good. */
void vmodem_keep(np_virtual_modem *modem);

/* ---- time and input ---- */

/* Completes what is complete by then. */
void vmodem_settle(np_virtual_modem *modem, uint64_t now_ns);

/* A byte that a modem with its receiver on has got. */
void vmodem_type(np_virtual_modem *modem, uint64_t now_ns, uint8_t byte);

/* What stands in command begins to run. */
void vmodem_begin_command(np_virtual_modem *modem, uint64_t now_ns, unsigned duration_us);

/* It has run: its effect, and its answer. */
void vmodem_execute(np_virtual_modem *modem);

/* A shell's; an AT host has none. */
void vmodem_prompt(np_virtual_modem *modem);

/* ---- commands ---- */

/* Results of AT commands besides CME numbers. */
enum { VMODEM_OK = -1, VMODEM_ERROR = -2 };

/* Without blanks and line breaks around it. */
np_bytes vmodem_trim(np_bytes text);

/* Runs an AT command; writes information lines and the final result. Nothing for an empty one. */
void vmodem_run_at(np_virtual_modem *modem, np_bytes command, np_writer *reply);

/* How long it will take. */
unsigned vmodem_at_us(np_bytes command);

/* The UUID of the firmware's build, made of its name. */
void vmodem_firmware_uuid(const np_virtual_modem *modem, uint8_t ret[static NP_MODEM_UUID_SIZE]);

/* The handlers (modem_credentials.c, modem_keys.c): parameters in, information lines out. */
int vmodem_at_credential(np_virtual_modem *modem, np_bytes rest, np_writer *reply);
/* Is it an operation that writes or deletes? */
bool vmodem_credential_stores(np_bytes rest);

int vmodem_at_keygen(np_virtual_modem *modem, np_bytes rest, np_writer *reply);
int vmodem_at_attest(np_virtual_modem *modem, np_bytes rest, np_writer *reply);

/* Can credentials be changed now? VMODEM_OK or the number. */
int vmodem_gate(const np_virtual_modem *modem);

/* A shell's line; its output without prompt. */
void vmodem_run_shell(np_virtual_modem *modem, np_bytes line, np_writer *reply);
unsigned vmodem_shell_us(const np_virtual_modem *modem, np_bytes line);

/* cred and nrf_cloud_cred; false when the first word is neither. */
bool vmodem_run_cred(np_virtual_modem *modem, np_bytes line, np_writer *reply);

/* The next word of a line; empty at its end. */
np_bytes vmodem_take_word(np_reader *line);
bool vmodem_take_word_number(np_reader *line, np_sec_tag *ret);

/* ---- credentials ---- */
np_modem_credential *vmodem_find(np_virtual_modem *modem, np_sec_tag tag, unsigned type);

/* VMODEM_OK or the number: NP_CME_MEMORY_FULL. */
int vmodem_store(np_virtual_modem *modem, const np_modem_credential *credential);
int vmodem_store_text(np_virtual_modem *modem, np_sec_tag tag, unsigned type, np_bytes content);
void vmodem_remove(np_virtual_modem *modem, np_modem_credential *credential);

void vmodem_credential_digest(const np_modem_credential *credential,
                              uint8_t ret[static NP_MODEM_DIGEST_SIZE]);

/* ---- keys ---- */

/* A fresh key in the place, as %KEYGEN makes it; VMODEM_OK or the number. */
int vmodem_make_key(np_virtual_modem *modem, np_sec_tag tag, unsigned type, np_p256_key **ret);

/* The key that was made there; NULL: none, or libcrypto fails. The caller's. */
np_p256_key *vmodem_load_key(np_virtual_modem *modem, np_sec_tag tag, unsigned type);

typedef struct vmodem_request {
    np_bytes attributes; /* "CN=..."; empty: CN=<device UUID> */
    np_bytes key_usage;  /* zeros and ones; empty: 11101 */
} vmodem_request;

/* The certificate request, DER; false when the attributes are none, or libcrypto fails. */
bool vmodem_write_csr(np_virtual_modem *modem, np_p256_key *key, const vmodem_request *request,
                      np_writer *writer);

/* 16 bytes as text. */
void vmodem_format_uuid(const uint8_t uuid[static NP_MODEM_UUID_SIZE],
                        char ret[static NP_UUID_TEXT_SIZE]);
