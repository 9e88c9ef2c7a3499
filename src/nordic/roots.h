/* SPDX-License-Identifier: Apache-2.0 */
/* The roots that nRF Cloud's servers have, as their owners publish them: PEM with LF. */
#pragma once

#include "base/bytes.h"

/* Amazon Root CA 1: MQTT and REST. data/AmazonRootCA1.pem is the same. */
extern const char np_nordic_amazon_root[];

/* nRF Cloud's own root, for CoAP. */
extern const char np_nordic_coap_root[];

/*
 * What a modem's tag gets: this root, or Amazon's when it is empty; with CoAP, nRF Cloud's own
 * behind an empty line, as Nordic's tools have it.
 */
void np_nordic_write_roots(np_bytes root, bool has_coap, np_writer *writer);
