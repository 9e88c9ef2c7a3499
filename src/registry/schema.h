/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the registry's tables that this program makes and needs. Inside the room. */
#pragma once

enum { STORE_SCHEMA_VERSION = 10 };
