/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /v1/refusals and /v1/refusals/{id}: who was refused at the door. A token of an organisation
 * sees what is known to be of that one; of whom nobody knows whose he is, those see who see all.
 */
#include "gateway/manage/list.h"
#include "gateway/manage/routes.h"
#include "gateway/refusal_view.h"

static np_code list_one(void *self, const np_refusal *refusal, np_error *err)
{
    return manage_list_add(self, np_refusal_view(refusal, false), refusal->seq, err);
}

np_code manage_get_refusals(manage_call *call, np_error *err)
{
    manage_list list;
    char reason[32];
    char org[NP_ORG_NAME_MAX + 1];
    NP_TRY(manage_query(call, "reason", reason, sizeof(reason), err));
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_list_begin(&list, call, err));
    const np_refusal_query query = {.org = np_bytes_text(org),
                                    .reason = np_bytes_text(reason),
                                    .before = list.page.after,
                                    .limit = list.page.limit};
    np_code code = np_refusals_each(call->store, &query, list_one, &list, err);
    return manage_list_end(&list, "refusals", code, err);
}

static np_code take_one(void *self, const np_refusal *refusal, np_error *err)
{
    (void)err;
    manage_call *call = self;
    call->reply.json = np_refusal_view(refusal, true);
    return NP_OK;
}

/* 0 for what is no number: no refusal has it. */
static int64_t parse_id(np_bytes text)
{
    enum { DIGITS_MAX = 18 };
    int64_t id = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.len > DIGITS_MAX || text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }
        id = id * 10 + (text.data[i] - '0');
    }
    return id;
}

np_code manage_get_refusal(manage_call *call, np_error *err)
{
    const np_refusal_query query = {
        .org = call->token->org, .id = parse_id(call->parts[0]), .limit = 1};
    if (query.id > 0) {
        NP_TRY(np_refusals_each(call->store, &query, take_one, call, err));
    }
    return call->reply.json != NULL ? NP_OK
                                    : np_error_set(err, NP_EINPUT_MISSING,
                                                   "no refusal has this number, or none any more");
}
