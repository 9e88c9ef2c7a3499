// SPDX-License-Identifier: Apache-2.0
// The keys that sign firmware: which are trusted, which are on their way out, which are no more.

import {h, foreign, fingerprint, facts, chip, notify} from "./dom.js";
import {ask, field} from "./dialog.js";
import {Listing, addressOf, searchField, choiceField} from "./listing.js";
import {may, organisationField} from "./steps.js";

const states = {
    active: {kind: "good", means: "trusted: devices get it, and what it signs is accepted"},
    retiring: {kind: "warn", means: "still trusted, so that devices can follow; nothing new should be signed with it"},
    revoked: {kind: "bad", means: "not trusted: devices do not get it any more, and what it signs is refused by name"},
};
const stateChip = (key) => chip(states[key.state].kind, key.state);

const turns = {
    active: {
        label: "Trust again…", title: "Trust the key again", confirm: "Trust it",
        words: "Devices get the key again when they next ask, and archives that it signed are accepted.",
    },
    retiring: {
        label: "Retire…", title: "Retire the key", confirm: "Retire it",
        words: "It stays trusted for now, so that devices in the field can be updated to a newer key. Sign new archives with another one. It can be trusted again.",
    },
    revoked: {
        label: "Revoke…", title: "Revoke the key", confirm: "Revoke it", danger: true,
        words: "Archives that it signed are refused from now on. Devices that ask for their keys do not get it any more: a device that knows only this key takes no update until it has another. Those offline keep it until they ask.",
    },
};

async function turn(context, key, state) {
    const row = turns[state];
    const isDone = await ask({
        title: row.title,
        confirm: row.confirm,
        danger: row.danger,
        typed: row.danger ? key.name : undefined,
        body: [h("p", {}, foreign(key.name), h("span", {class: "muted"}, " of "), foreign(key.org)),
            h("p", {class: "consequence"}, row.words)],
        act: () => context.api.setKeyState(key.org, key.name, state),
    });
    if (isDone) {
        notify(`The key ${key.name} is ${state}.`);
    }
    return isDone;
}

async function forget(context, key) {
    const isDone = await ask({
        title: "Forget the key",
        confirm: "Forget it",
        danger: true,
        typed: key.name,
        body: [h("p", {}, foreign(key.name), h("span", {class: "muted"}, " of "), foreign(key.org)),
            h("p", {class: "consequence"}, "Nothing of it stays but the list of changes. A key that has signed an archive on record cannot be forgotten: revoke it.")],
        act: () => context.api.removeKey(key.org, key.name),
    });
    if (isDone) {
        notify(`The key ${key.name} is forgotten.`);
    }
    return isDone;
}

async function add(context) {
    let name = "";
    const isDone = await ask({
        title: "Trust a signing key",
        confirm: "Trust it",
        body: [
            organisationField(context, context.org),
            field("Name", h("input", {name: "name", required: true, maxlength: 64, autocomplete: "off", spellcheck: "false"}),
                "Such as release-2026. No blanks, no slashes."),
            field("Public key", h("input", {name: "key", required: true, maxlength: 64, autocomplete: "off", spellcheck: "false", class: "code"}),
                ["As ", h("code", {}, "nameplate firmware key create"), " and fwup write it to a .pub file: 44 characters."]),
            field("Product", h("input", {name: "product", maxlength: 64, autocomplete: "off"}), "Empty: all of the organisation's products."),
            h("p", {class: "consequence"}, "Whoever has the private key can from now on sign firmware that devices of the organisation take."),
        ],
        act: async (form) => {
            name = form.get("name");
            const product = form.get("product");
            await context.api.addKey(form.get("org"), name, {key: form.get("key").trim(), ...(product ? {product} : {})});
        },
    });
    if (isDone) {
        notify(`The key ${name} is trusted.`);
        context.refreshOrganisations();
    }
    return isDone;
}

function details(list, context, key) {
    const forgetIt = async () => {
        if (await forget(context, key)) {
            await list.load();
            list.close();
        }
    };
    const possible = Object.keys(turns).filter((state) => state !== key.state && !(state === "retiring" && key.state === "revoked"));
    return [
        list.heading(foreign(key.name), stateChip(key), " ", h("span", {class: "muted"}, "of "), foreign(key.org)),
        may(context, "admin") ? h("div", {class: "tools"},
            possible.map((state) => list.step(turns[state].label, () => turn(context, key, state))),
            key.firmware === 0 ? h("button", {type: "button", on: {click: forgetIt}}, "Forget…") : null)
            : h("p", {class: "hint"}, `Changing a key takes a token of the role admin; yours has ${context.me.role}.`),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["State", states[key.state].means],
            ["Product", key.product === "" ? "all of the organisation's" : foreign(key.product)],
            ["Has signed", `${key.firmware.toLocaleString("en")} ${key.firmware === 1 ? "archive" : "archives"} on record`],
            ["SHA-256", fingerprint(key.fingerprint)],
            ["History", h("a", {href: addressOf("changes", key.org, key.name)}, "Who has changed it")],
        ])),
    ];
}

export const keys = {
    title: "Signing keys",

    mount(root, context) {
        const search = searchField("Name or product has");
        const state = choiceField("State", [["", "Every state"], ...Object.keys(states).map((name) => [name, name])]);
        const isWanted = (key) => (state.value === "" || key.state === state.value)
            && (key.name + "\n" + key.product).toLowerCase().includes(search.value.toLowerCase());
        const list = new Listing(root, context, {
            name: "keys", title: "Signing keys", items: "keys",
            lead: "Whose signature makes firmware good, for devices and for this registry.",
            filters: [search, state],
            tools: may(context, "admin") ? h("button", {type: "button", on: {click: async () => await add(context) && list.refresh()}}, "Trust a key…") : null,
            columns: [["Name", "name"], ["Organisation", "why", "side clip"], ["Product", "by", "side clip"],
                ["State", "times"], ["Has signed", "last", "side number"]],
            cells: (key) => [foreign(key.name), foreign(key.org), key.product === "" ? "all products" : foreign(key.product),
                stateChip(key), key.firmware === 0 ? "nothing" : `${key.firmware.toLocaleString("en")} ${key.firmware === 1 ? "archive" : "archives"}`],
            address: (key) => addressOf("keys", key.org, key.name),
            // they are few: the API gives them all at once
            fetch: async () => {
                const page = await context.api.keys({org: context.org});
                return {...page, keys: page.keys.filter(isWanted)};
            },
            one: ([org, name], items) => items.find((key) => key.org === org && key.name === name),
            details: (key) => details(list, context, key),
            nothing: () => search.value !== "" || state.value !== "" ? ["No key is like this", "Search for less, or in every state."]
                : ["No key is trusted", "Archives are accepted when a key that is trusted here has signed them."],
            hears: (event) => event === "change",
        });
        return list.shown;
    },
};
