/* SPDX-License-Identifier: Apache-2.0 */
#include "station/event.h"

#include "base/civil.h"
#include "base/format.h"
#include "base/utf8.h"
#include "record/json.h"

static const char *const bay_states[NP_BAY_STATE_COUNT] = {
    [NP_BAY_ABSENT] = "absent", [NP_BAY_WAITING] = "waiting", [NP_BAY_BUSY] = "busy",
    [NP_BAY_LABEL] = "label",   [NP_BAY_DONE] = "done",       [NP_BAY_TROUBLE] = "trouble",
};

static const char *const kinds[NP_STATION_EVENT_COUNT] = {
    [NP_STATION_STARTED] = "started", [NP_STATION_BAY] = "bay",
    [NP_STATION_STEP] = "step",       [NP_STATION_RESULT] = "result",
    [NP_STATION_HALTED] = "halted",   [NP_STATION_RESUMED] = "resumed",
    [NP_STATION_SYNCED] = "synced",   [NP_STATION_TROUBLE] = "trouble",
    [NP_STATION_STOPPED] = "stopped",
};

const char *np_bay_state_name(np_bay_state state)
{
    return bay_states[state];
}

const char *np_station_event_name(np_station_event_kind kind)
{
    return kinds[kind];
}

/* What is no UTF-8 came from outside, and is left out. */
static void put_text(np_writer *writer, const char *name, const char *text)
{
    np_bytes bytes = np_bytes_text(text == NULL ? "" : text);
    if (bytes.len > 0 && np_is_utf8(bytes)) {
        record_json_write_name(writer, name);
        record_json_write_text(writer, bytes);
    }
}

static void put_number(np_writer *writer, const char *name, uint64_t number)
{
    record_json_write_name(writer, name);
    record_json_write_number(writer, number);
}

static void put_time(np_writer *writer, int64_t time_ms)
{
    char seconds[NP_TIME_TEXT_SIZE];
    char text[NP_TIME_TEXT_SIZE + 4];
    np_format_time(time_ms / 1000, seconds);
    np_format(text, sizeof(text), "%.*s.%03uZ", NP_TIME_TEXT_SIZE - 2, seconds,
              (unsigned)(time_ms % 1000));
    put_text(writer, "time", text);
}

/* Members in the order of their names. */
void np_station_event_write(const np_station_event *event, np_writer *writer)
{
    bool is_result = event->kind == NP_STATION_RESULT;
    np_write_u8(writer, '{');
    if (is_result) {
        put_text(writer, "action", np_unit_action_name(event->action));
        put_number(writer, "attempt", event->attempt);
    }
    put_text(writer, "bay", event->name);
    if (event->code != NP_OK) {
        put_text(writer, "code", np_code_name(event->code));
    }
    if (is_result) {
        put_number(writer, "duration_ms", event->duration_ms);
    }
    put_text(writer, "event", np_station_event_name(event->kind));
    put_text(writer, "fingerprint", event->fingerprint);
    put_text(writer, "hint", event->hint);
    put_text(writer, "message", event->message);
    put_number(writer, "number", event->number);
    put_text(writer, "result", np_result_name(event->result));
    put_text(writer, "serial", event->serial);
    put_text(writer, "state", event->bay == NP_STATION_NO_BAY ? "" : bay_states[event->state]);
    put_text(writer, "step", event->step);
    put_time(writer, event->time_ms);
    put_text(writer, "uid", event->uid);
    np_write_u8(writer, '}');
}
