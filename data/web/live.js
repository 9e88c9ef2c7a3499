// SPDX-License-Identifier: Apache-2.0
// What happens at the door, as it happens: server-sent events by fetch, since an EventSource cannot
// show a token. A lost connection is made again, from the event that was seen last.

import {send} from "./api.js";

const pauses = [1000, 2000, 4000, 8000, 15000];

// One event of the stream: lines "field: value" until an empty one.
function parse(block) {
    const event = {name: "message", id: null, data: ""};
    for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        const value = line.slice(colon + 1).replace(/^ /, "");
        if (line.startsWith("event:")) {
            event.name = value;
        } else if (line.startsWith("id:")) {
            event.id = value;
        } else if (line.startsWith("data:")) {
            event.data += value;
        }
    }
    return event;
}

export function watch({happened, changedState}) {
    const stop = new AbortController();
    let last = null;
    let failures = 0;

    async function read() {
        const answer = await send("GET", "/v1/events",
            {signal: stop.signal, accept: "text/event-stream", query: {after: last}});
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        changedState("live");
        failures = 0;
        for (;;) {
            const {value, done} = await reader.read();
            if (done) {
                return;
            }
            text += value;
            let end;
            while ((end = text.indexOf("\n\n")) >= 0) {
                const event = parse(text.slice(0, end));
                text = text.slice(end + 2);
                last = event.id ?? last;
                if (event.data !== "") {
                    happened(event.name, JSON.parse(event.data));
                }
            }
        }
    }

    async function run() {
        while (!stop.signal.aborted) {
            try {
                await read();
            } catch (error) {
                if (error.status === 401 || stop.signal.aborted) {
                    return;
                }
            }
            changedState("lost");
            await new Promise((resolve) => setTimeout(resolve, pauses[Math.min(failures++, pauses.length - 1)]));
        }
    }

    run();
    return () => stop.abort();
}
