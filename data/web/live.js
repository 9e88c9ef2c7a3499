// SPDX-License-Identifier: Apache-2.0
// What happens at the door, as it happens: server-sent events by fetch, since an EventSource cannot
// show a token. A stream ends after a while and is begun again behind the event that was seen last; so
// is one that was lost.

import {send} from "./api.js";

const pauses = [1000, 2000, 4000, 8000, 15000];
const shortest = 5000; // of a stream that has ended as it should; not tuned

// Ends early when somebody wants to try now, or when the machine has a network again.
function makePause() {
    let wake = () => {};
    addEventListener("online", () => wake());
    return {
        sleep: (ms) => new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            wake = () => {
                clearTimeout(timer);
                resolve();
            };
        }),
        wake: () => wake(),
    };
}

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
    const pause = makePause();
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
            const begun = Date.now();
            try {
                await read();
                if (Date.now() - begun > shortest) {
                    continue;
                }
            } catch (error) {
                if (error.status === 401 || stop.signal.aborted) {
                    return;
                }
            }
            changedState("lost");
            await pause.sleep(pauses[Math.min(failures++, pauses.length - 1)]);
        }
    }

    run();
    return {stop: () => stop.abort(), tryNow: pause.wake};
}
