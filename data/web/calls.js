// SPDX-License-Identifier: Apache-2.0
// The calls of the management API that the page makes, by name. `once` is an idempotency key: what
// is sent again with it, because the answer was lost, is done once.

import {get, call, at} from "./api.js";

const post = (path, body, once) => call("POST", path, {body, once});

export const api = {
    me: () => get("/v1/me"),
    organisations: (query) => get("/v1/organisations", query),
    changes: (query) => get("/v1/changes", query),

    refusals: (query) => get("/v1/refusals", query),
    refusal: (id) => get(at("refusals", id)),

    authorities: (query) => get("/v1/authorities", query),
    authority: (org, fingerprint) => get(at("authorities", org, fingerprint)),
    addAuthority: (org, body, once) => post(at("authorities", org), body, once),
    removeAuthority: (org, fingerprint) => call("DELETE", at("authorities", org, fingerprint)),

    devices: (query) => get("/v1/devices", query),
    device: (org, identifier) => get(at("devices", org, identifier)),
    addDevice: (org, body, once) => post(at("devices", org), body, once),
    changeDevice: (org, identifier, step, body, once) => post(at("devices", org, identifier, step), body, once),
    // kind: "certificates" or "keys"; step: "block" or "unblock"
    changeCredential: (device, kind, fingerprint, step, once) =>
        post(at("devices", device.org, device.identifier, kind, fingerprint, step), {}, once),

    secrets: (query) => get("/v1/secrets", query),
    addSecret: (org, body, once) => post(at("secrets", org), body, once),
    removeSecret: (org, key) => call("DELETE", at("secrets", org, key)),
    tokens: (query) => get("/v1/tokens", query),
    addToken: (body, once) => post(at("tokens"), body, once),
    removeToken: (name) => call("DELETE", at("tokens", name)),

    firmware: (query) => get("/v1/firmware", query),
    judgeFirmware: (org, product, file, once) => call("POST", at("firmware", org), {query: {product}, file, once}),
    keys: (query) => get("/v1/firmware-keys", query),
    addKey: (org, name, body) => call("PUT", at("firmware-keys", org, name), {body}),
    setKeyState: (org, name, state) => call("PUT", at("firmware-keys", org, name, "state"), {body: {state}}),
    removeKey: (org, name) => call("DELETE", at("firmware-keys", org, name)),
};
