/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are lists, a page at a time: `limit` and `after` in the query, and {"organisations":
 * [...], "next": "17"} as the answer; next is what `after` of the next page is, null at the end.
 * Inside the room.
 */
#pragma once

#include "gateway/manage/call.h"

enum { MANAGE_LIMIT = 100, MANAGE_LIMIT_MAX = 1000 };

typedef struct manage_list {
    manage_call *call;
    np_page page; /* one more than was asked for, to see whether there is more */
    json_t *items;
    int64_t last;
    bool has_more;
} manage_list;

/* For lists in the order of numbers. NP_EUSAGE for what is no page. */
NP_MUST_USE np_code manage_list_begin(manage_list *list, manage_call *call, np_error *err);

/* Takes the item, which may be NULL (out of memory). number: what the next page begins behind. */
NP_MUST_USE np_code manage_list_add(manage_list *list, json_t *item, int64_t number, np_error *err);

/* The answer under this name, when code is NP_OK; forwards it. */
NP_MUST_USE np_code manage_list_end(manage_list *list, const char *name, np_code code,
                                    np_error *err);

/* Of a list that comes whole: is the item of this number on the page? */
bool manage_list_wants(const manage_list *list, int64_t number);
