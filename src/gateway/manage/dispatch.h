/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the head of a request to its answer: the route, the token, the body, the route's own work.
 * In two steps, so that nobody sends a large body only to be refused. Without sockets: a
 * connection (gateway/manage/connection.h) and a fuzzer call it alike. Inside the room.
 */
#pragma once

#include "gateway/manage/call.h"

/*
 * Begins: call->shared and call->head are set, all else is zero. False when the answer is there
 * already; else the body is to be fetched, if there is one.
 */
bool manage_begin(manage_call *call, int64_t now);

/*
 * Fills call->reply, and is true; or false: the route's examine is to be called first, which may
 * take its time, with its outcome in call->examine_code and call->examine_err, and then
 * manage_conclude. body: the bytes of MANAGE_JSON; of MANAGE_FILE, call->file and so on are set.
 * call->body_sha256 is that of the body.
 */
bool manage_finish(manage_call *call, np_bytes body);

/* Fills call->reply. */
void manage_conclude(manage_call *call);

/* The most bytes that the body may have. */
uint64_t manage_body_max(const manage_call *call);

/* Releases what the call has; file and stream are their owners'. */
void manage_call_clear(manage_call *call);
