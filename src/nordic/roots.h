/* SPDX-License-Identifier: Apache-2.0 */
/* The roots that nRF Cloud's servers have, as their owners publish them: PEM with LF. */
#pragma once

/* Amazon Root CA 1: MQTT and REST. data/AmazonRootCA1.pem is the same. */
extern const char np_nordic_amazon_root[];

/* nRF Cloud's own root, for CoAP. */
extern const char np_nordic_coap_root[];
