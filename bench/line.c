/* SPDX-License-Identifier: Apache-2.0 */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>

void bench_check(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "bench: %s: %s\n", np_code_name(code), err->message);
        exit(1);
    }
}

void bench_line_next_chip(bench_line *line)
{
    static const np_chip_serial serial = {{0, 0, 0xb9, 0x08, 0xc6, 0x8e, 0x16, 0xff, 0}};
    np_virtual_chip_free(line->chip);
    line->chip = np_virtual_chip_new(&line->options, &serial);
    np_virtual_bus_init(&line->bus, line->clock_hz, line->chip);
    np_atecc_init(&line->device, np_virtual_bus_table(&line->bus), NP_ATECC_DEFAULT_ADDRESS);
}

void bench_line_open(bench_line *line, np_atecc_model model, np_chip_pace pace, uint32_t clock_hz)
{
    np_error err;
    *line = (bench_line){.clock_hz = clock_hz, .seeded = {.seed = 1}};
    line->options = (np_virtual_chip_options){
        .model = model, .pace = pace, .random = np_random_by_seed(&line->seeded)};
    bench_check(np_signer_create(BENCH_NOW, 10, &line->signer, &err), &err);
    line->request = (np_plan_request){.now = BENCH_NOW, .address = NP_ATECC_DEFAULT_ADDRESS};
    bench_line_next_chip(line);
}

void bench_line_close(bench_line *line)
{
    np_virtual_chip_free(line->chip);
    np_signer_free(line->signer);
}

void bench_line_provision(bench_line *line, bench_before_step *before_step)
{
    np_error err;
    np_snapshot snapshot;
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t key[64];
    uint8_t fingerprint[32];
    np_signer_compressed(line->signer, compressed);
    np_signer_public_key(line->signer, key);
    np_signer_fingerprint(line->signer, fingerprint);
    line->request.signer = (np_plan_signer){.certificate = np_signer_certificate(line->signer),
                                            .compressed = compressed,
                                            .public_key = key,
                                            .fingerprint = fingerprint};
    np_apply_tools tools = {.signing = np_signer_signing(line->signer),
                            .random = line->options.random,
                            .before_step = before_step,
                            .before_step_self = line};
    bench_check(np_snapshot_take(&line->device, &snapshot, &err), &err);
    bench_check(np_plan_compute(&snapshot, &line->request, &line->plan, &err), &err);
    bench_check(np_plan_apply(&line->plan, &line->device, &tools, &line->result, &err), &err);
}
