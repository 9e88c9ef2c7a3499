/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/list.h"

#include "base/format.h"

np_code manage_list_begin(manage_list *list, manage_call *call, np_error *err)
{
    uint64_t after;
    *list = (manage_list){.call = call};
    NP_TRY(
        manage_query_number(call, "limit", MANAGE_LIMIT, MANAGE_LIMIT_MAX, &list->page.limit, err));
    NP_TRY(manage_query_number(call, "after", 0, INT64_MAX, &after, err));
    list->page.after = (int64_t)after;
    list->page.limit++;
    list->items = json_array();
    return NP_OK;
}

np_code manage_list_add(manage_list *list, json_t *item, int64_t number, np_error *err)
{
    if (json_array_size(list->items) + 1 == list->page.limit) {
        list->has_more = true;
        json_decref(item);
        return NP_OK;
    }
    list->last = number;
    return json_array_append_new(list->items, item) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

np_code manage_list_end(manage_list *list, const char *name, np_code code, np_error *err)
{
    char next[24];
    (void)err;
    if (code != NP_OK) {
        json_decref(list->items);
        return code;
    }
    np_format(next, sizeof(next), "%zu", (size_t)list->last);
    list->call->reply.json = json_pack("{s:o, s:o}", name, list->items, "next",
                                       list->has_more ? json_string(next) : json_null());
    return NP_OK;
}

bool manage_list_wants(const manage_list *list, int64_t number)
{
    return number > list->page.after && !list->has_more;
}
