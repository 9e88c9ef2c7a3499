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
np_code manage_block_certificate(manage_call *call, np_error *err);
np_code manage_block_device(manage_call *call, np_error *err);
np_code manage_block_key(manage_call *call, np_error *err);
np_code manage_delete_authority(manage_call *call, np_error *err);
np_code manage_delete_device(manage_call *call, np_error *err);
np_code manage_delete_key(manage_call *call, np_error *err);
np_code manage_delete_secret(manage_call *call, np_error *err);
np_code manage_delete_token(manage_call *call, np_error *err);
np_code manage_get_admit(manage_call *call, np_error *err);
np_code manage_get_authorities(manage_call *call, np_error *err);
np_code manage_get_authority(manage_call *call, np_error *err);
np_code manage_get_changes(manage_call *call, np_error *err);
np_code manage_get_description(manage_call *call, np_error *err);
np_code manage_get_device(manage_call *call, np_error *err);
np_code manage_get_devices(manage_call *call, np_error *err);
np_code manage_get_events(manage_call *call, np_error *err);
np_code manage_get_firmware(manage_call *call, np_error *err);
np_code manage_get_keys(manage_call *call, np_error *err);
np_code manage_get_me(manage_call *call, np_error *err);
np_code manage_get_organisations(manage_call *call, np_error *err);
np_code manage_get_page(manage_call *call, np_error *err);
np_code manage_get_page_file(manage_call *call, np_error *err);
np_code manage_get_refusal(manage_call *call, np_error *err);
np_code manage_get_refusals(manage_call *call, np_error *err);
np_code manage_get_secrets(manage_call *call, np_error *err);
np_code manage_get_tokens(manage_call *call, np_error *err);
np_code manage_judge_firmware(manage_call *call, np_store *store, np_error *err);
np_code manage_move_device(manage_call *call, np_error *err);
np_code manage_open_rekey(manage_call *call, np_error *err);
np_code manage_post_admit(manage_call *call, np_error *err);
np_code manage_post_authority(manage_call *call, np_error *err);
np_code manage_post_challenge(manage_call *call, np_error *err);
np_code manage_post_device(manage_call *call, np_error *err);
np_code manage_post_firmware(manage_call *call, np_error *err);
np_code manage_post_secret(manage_call *call, np_error *err);
np_code manage_post_token(manage_call *call, np_error *err);
np_code manage_put_key(manage_call *call, np_error *err);
np_code manage_put_key_state(manage_call *call, np_error *err);
np_code manage_unblock_certificate(manage_call *call, np_error *err);
np_code manage_unblock_device(manage_call *call, np_error *err);
np_code manage_unblock_key(manage_call *call, np_error *err);
