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

np_code manage_get_changes(manage_call *call, np_error *err)
{
    manage_list list;
    char org[NP_ORG_NAME_MAX + 1];
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_list_begin(&list, call, err));
    np_code code =
        np_change_each(call->store, np_bytes_text(org), &list.page, list_one, &list, err);
    return manage_list_end(&list, "changes", code, err);
}

np_code manage_get_description(manage_call *call, np_error *err)
{
    (void)err;
    call->reply.type = "application/json";
    call->reply.content = manage_description[0].content;
    return NP_OK;
}
