/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/me, /v1/changes and /v1/openapi.json: who am I, who has changed what, what is there. */
#include "gateway/manage/list.h"
#include "gateway/manage/page.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"

np_code manage_get_me(manage_call *call, np_error *err)
{
    (void)err;
    call->reply.json = np_token_view(call->token);
    return NP_OK;
}

static np_code list_one(void *self, const np_change *change, np_error *err)
{
    return manage_list_add(self, np_change_view(change), change->seq, err);
}

static np_code read_order(manage_call *call, bool *ret_is_newest_first, np_error *err)
{
    char order[16];
    NP_TRY(manage_query(call, "order", order, sizeof(order), err));
    *ret_is_newest_first = strcmp(order, "newest") == 0;
    return *ret_is_newest_first || order[0] == '\0' || strcmp(order, "oldest") == 0
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "order in the query is not oldest or newest");
}

np_code manage_get_changes(manage_call *call, np_error *err)
{
    manage_list list;
    char org[NP_ORG_NAME_MAX + 1];
    char subject[MANAGE_PART_SIZE];
    np_change_query query = {0};
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_query(call, "subject", subject, sizeof(subject), err));
    NP_TRY(read_order(call, &query.is_newest_first, err));
    NP_TRY(manage_list_begin(&list, call, err));
    query.org = np_bytes_text(org);
    query.subject = np_bytes_text(subject);
    query.page = list.page;
    np_code code = np_change_each(call->store, &query, list_one, &list, err);
    return manage_list_end(&list, "changes", code, err);
}

np_code manage_get_description(manage_call *call, np_error *err)
{
    (void)err;
    call->reply.type = "application/json";
    call->reply.content = manage_description[0].content;
    return NP_OK;
}
