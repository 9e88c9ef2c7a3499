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

async function toError(answer) {
    let message = `The gateway answers ${answer.status}.`;
    try {
        const {error} = await answer.json();
        const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
        message = sentence + "." + (error.hint ? ` (${error.hint})` : "");
    } catch {
        // no JSON: the status has to do
    }
    return new ApiError(answer.status, message);
}

export async function send(method, path, {query = {}, body, signal, accept = "application/json"} = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
    const address = path + (given.length > 0 ? "?" + new URLSearchParams(given) : "");
    const headers = {Accept: accept, Authorization: "Bearer " + token};
    if (body !== undefined) {
        headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
        answer = await fetch(address, {
            method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error",
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch (error) {
        throw error.name === "AbortError" ? error : new ApiError(0, "The gateway cannot be reached.");
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
