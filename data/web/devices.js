// SPDX-License-Identifier: Apache-2.0
// The devices on record: searched, a page at a time, and what their owner does to them.

import {h, foreign, ago, facts, fingerprint, chip} from "./dom.js";
import {Listing, addressOf, searchField, choiceField} from "./listing.js";
import {certificateActions, certificateFacts} from "./chain.js";
import {may, changeDevice, changeCredential, moveDevice, announceDevice} from "./steps.js";

const kinds = {active: "good", blocked: "bad", deleted: "plain"};
const stateChip = (device) => chip(kinds[device.state], device.state);

function cells(device) {
    return [foreign(device.identifier), foreign(device.org), foreign(device.product), stateChip(device), ago(device.last_seen)];
}

function actions(list, context, device) {
    if (!may(context, "manage")) {
        return h("p", {class: "hint"}, `Changing a device takes a token of the role manage; yours has ${context.me.role}.`);
    }
    const step = (name, label, className) => list.step(label,
        () => changeDevice(context, name, device.org, device.identifier), className);
    const move = async () => {
        const org = await moveDevice(context, device);
        if (org !== null) {
            await list.load();
            context.visit(addressOf("devices", org, device.identifier));
        }
    };
    return h("div", {class: "tools"},
        device.state === "active" ? [step("block", "Block…", "primary"), step("rekey-window", "Rekey window…")]
            : step("unblock", "Unblock…", "primary"),
        may(context, "admin") && !context.me.org ? h("button", {type: "button", on: {click: move}}, "Move…") : null,
        device.state === "active" ? step("delete", "Delete…") : null);
}

function credentialSteps(list, context, device, credential) {
    const step = (isBlocked, kind, noun, sha256) => list.step(`${isBlocked ? "Unblock" : "Block"} the ${noun}…`,
        () => changeCredential(context, device, {kind, sha256, step: isBlocked ? "unblock" : "block"}), "small");
    return may(context, "manage") ? h("div", {class: "tools"},
        step(credential.is_blocked, "certificates", "certificate", credential.fingerprint),
        step(credential.is_key_blocked, "keys", "key", credential.key)) : null;
}

function credentialItem(list, context, device, credential) {
    return h("li", {}, h("div", {class: "line"},
        h("span", {class: "name"}, credential.pin === "issuer" ? "Of its issuer, recorded " : "Recorded ", ago(credential.added_at)),
        credential.is_blocked ? chip("bad", "certificate blocked") : null,
        credential.is_key_blocked ? chip("bad", "key blocked") : null,
        certificateActions(credential)),
    certificateFacts({...credential, key: fingerprint(credential.key)}),
    credentialSteps(list, context, device, credential));
}

function details(list, context, device) {
    return [
        list.heading(foreign(device.identifier), stateChip(device), " ", h("span", {class: "muted"}, "of "), foreign(device.org)),
        actions(list, context, device),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["Product", foreign(device.product)].filter(() => device.product !== ""),
            ["Tags", device.tags.length > 0 ? device.tags.map((tag) => [chip("plain", foreign(tag)), " "]) : "none"],
            ["Description", foreign(device.description)].filter(() => device.description !== ""),
            ["First seen", ago(device.first_seen)],
            ["Last seen", ago(device.last_seen)],
            ["Certificates", String(device.certificates)],
            ["Rekey window", device.rekey_until && Date.parse(device.rekey_until) > Date.now()
                ? ["open, closes ", ago(device.rekey_until)] : "closed"],
            ["History", h("a", {href: addressOf("changes", device.org, device.identifier)}, "Who has changed it")],
        ].filter((pair) => pair.length === 2))),
        device.credentials.length > 0 ? h("section", {class: "section"}, h("h3", {}, "Certificates on record"),
            h("ol", {class: "chain"}, device.credentials.map((credential) => credentialItem(list, context, device, credential)))) : null,
    ];
}

export const devices = {
    title: "Devices",

    mount(root, context) {
        const search = searchField("Identifier begins with");
        const state = choiceField("State", [["", "Every state"], ...Object.keys(kinds).map((name) => [name, name])]);
        const announce = async () => {
            if (await announceDevice(context, context.me.org || context.org, search.value)) {
                list.again();
            }
        };
        const list = new Listing(root, context, {
            name: "devices", title: "Devices", items: "devices",
            lead: "Who is known. A device that a registered CA has signed is recorded when it first comes in.",
            filters: [search, state],
            tools: may(context, "manage") ? h("button", {type: "button", on: {click: announce}}, "Announce…") : null,
            columns: [["Identifier", "name"], ["Organisation", "why", "side clip"], ["Product", "by", "side clip"],
                ["State", "times"], ["Last seen", "last", "side number"]],
            cells,
            address: (device) => addressOf("devices", device.org, device.identifier),
            fetch: (page) => context.api.devices({...page, org: context.org, prefix: search.value, state: state.value}),
            one: ([org, identifier]) => context.api.device(org, identifier),
            details: (device) => details(list, context, device),
            nothing: () => search.value !== "" || state.value !== ""
                ? ["No device is like this", "Search for less, or in every state."]
                : ["No device is on record", "Devices of registered CAs appear here when they come in."],
            hears: (event) => event !== "refusal",
        });
        return list.shown;
    },
};
