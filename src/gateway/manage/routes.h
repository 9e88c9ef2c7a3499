/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the management API: everything that it can do, a row a route. Inside the room. */
#pragma once

#include "gateway/manage/call.h"

/* The routes in order; NULL at the end. */
const manage_route *manage_route_at(size_t index);

/*
 * Does the path fit the route's? Its {parts} are then unescaped in call->parts. *ret_is_good is
 * false when one of them is no UTF-8 or too long.
 */
bool manage_route_fits(const manage_route *route, np_bytes path, manage_call *call,
                       bool *ret_is_good);

/* What routes do, by subject. */
np_code manage_get_events(manage_call *call, np_error *err);
np_code manage_get_organisations(manage_call *call, np_error *err);
np_code manage_get_page(manage_call *call, np_error *err);
np_code manage_get_page_file(manage_call *call, np_error *err);
np_code manage_get_refusal(manage_call *call, np_error *err);
np_code manage_get_refusals(manage_call *call, np_error *err);
