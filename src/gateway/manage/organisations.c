/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/organisations: those that the token may see. */
#include "gateway/manage/list.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"

static np_code list_one(void *self, const np_org *org, np_error *err)
{
    manage_list *list = self;
    json_t *one = json_pack("{s:o, s:o}", "name", np_text_view(org->name), "added_at",
                            np_time_view(org->added_at));
    return manage_list_add(list, one, org->id, err);
}

np_code manage_get_organisations(manage_call *call, np_error *err)
{
    manage_list list;
    NP_TRY(manage_list_begin(&list, call, err));
    np_code code = np_org_each(call->store, call->token->org, &list.page, list_one, &list, err);
    return manage_list_end(&list, "organisations", code, err);
}
