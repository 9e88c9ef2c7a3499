// SPDX-License-Identifier: Apache-2.0
// The management API. The token lives in this tab: in memory, and in sessionStorage so that a
// reload keeps it; it is sent in a header and stands in no address.

const key = "nameplate-token";
let token = sessionStorage.getItem(key);
let onSignedOut = () => {};

export const hasToken = () => token !== null;

export function whenSignedOut(action) {
    onSignedOut = action;
}

export function useToken(text) {
    token = text;
    sessionStorage.setItem(key, text);
}

export function forgetToken() {
    token = null;
    sessionStorage.removeItem(key);
}

export class ApiError extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

// What to do, where the gateway has not said it.
const nextSteps = {
    403: "Sign in with a token that may, or ask who has one.",
    408: "Try again.",
    413: "Its configuration can allow more: upload_mb in management.",
    429: "Wait a minute, then try again.",
    500: "Look into the log of the gateway.",
    503: "Try again in a few seconds. If it stays so, look at the database of the registry.",
};

// What a sentence begins with; other words may be names and commands, which stay as they are.
const beginning = /^(?:a|an|another|for|in|it|its|no|nobody|not|nothing|one|only|the|there|this|what|who|you|your)\b/;

function toSentence(text) {
    const said = text.startsWith("nameplate ") ? "On a command line: " + text
        : text.replace(beginning, (word) => word.charAt(0).toUpperCase() + word.slice(1));
    return said.replaceAll("`", "").replace(/[.?!]?$/, (end) => end || ".");
}

async function toError(answer) {
    let said = {message: `The gateway answers ${answer.status}`};
    try {
        said = (await answer.json()).error;
    } catch {
        // no JSON: the status has to do
    }
    const next = said.hint || nextSteps[answer.status];
    const error = new ApiError(answer.status, toSentence(said.message) + (next ? " " + toSentence(next) : ""));
    error.reason = said.reason; // of a refused archive
    return error;
}

const unreachable = "The gateway cannot be reached. Nothing is lost: try again when this page says that it is live.";

function makeBody({body, file}) {
    return file ?? (body === undefined ? undefined : JSON.stringify(body));
}

export async function send(method, path, options = {}) {
    const {query = {}, body, file, once, signal, accept = "application/json"} = options;
    const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
    const address = path + (given.length > 0 ? "?" + new URLSearchParams(given) : "");
    const headers = {Accept: accept, Authorization: "Bearer " + token};
    if (body !== undefined || file !== undefined) {
        headers["Content-Type"] = file === undefined ? "application/json" : "application/octet-stream";
    }
    if (once !== undefined) {
        headers["Idempotency-Key"] = once;
    }
    let answer;
    try {
        answer = await fetch(address, {
            method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error",
            body: makeBody(options),
        });
    } catch (error) {
        throw error.name === "AbortError" ? error : new ApiError(0, unreachable);
    }
    if (answer.status === 401) {
        forgetToken();
        onSignedOut();
    }
    if (!answer.ok) {
        throw await toError(answer);
    }
    return answer;
}

export async function call(method, path, options) {
    const answer = await send(method, path, options);
    return answer.status === 204 ? null : answer.json();
}

export const get = (path, query) => call("GET", path, {query});

// A path of parts that may have any character.
export const at = (...parts) => "/v1/" + parts.map(encodeURIComponent).join("/");
