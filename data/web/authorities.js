// SPDX-License-Identifier: Apache-2.0
// The CAs whose devices come in: until when, and when a device last came in by each.

import {h, foreign, ago, day, inWords, facts, chip} from "./dom.js";
import {ask} from "./dialog.js";
import {Listing, addressOf} from "./listing.js";
import {certificateActions, certificateFacts} from "./chain.js";
import {may, registerAuthority} from "./steps.js";

const soon = 90 * 86400 * 1000;

function expiry(notAfter) {
    const left = Date.parse(notAfter) - Date.now();
    const kind = left < 0 ? "bad" : left < soon ? "warn" : "plain";
    return [day(notAfter), " ", chip(kind, (left < 0 ? "expired " : "") + inWords(notAfter))];
}

const created = (authority) => authority.product === "" ? "none"
    : authority.created.toLocaleString("en") + (authority.create_limit > 0 ? " of " + authority.create_limit.toLocaleString("en") : "");

function cells(authority) {
    return [foreign(authority.subject), foreign(authority.org), expiry(authority.not_after),
        ago(authority.last_used, "never used"), created(authority)];
}

async function remove(context, authority) {
    const isDone = await ask({
        title: "Remove the CA",
        confirm: "Remove it",
        danger: true,
        body: [h("p", {}, foreign(authority.subject), h("span", {class: "muted"}, " of "), foreign(authority.org)),
            h("p", {class: "consequence"}, "Nobody new comes in by it. Devices that it has let in stay: they are known by their own certificates. Registering it again undoes this.")],
        act: () => context.api.removeAuthority(authority.org, authority.fingerprint),
    });
    if (isDone) {
        context.notify("The CA is removed.");
    }
    return isDone;
}

function details(list, context, authority) {
    const takeAway = async () => {
        if (await remove(context, authority)) {
            await list.load();
            list.close();
        }
    };
    return [
        list.heading(foreign(authority.subject), h("span", {class: "muted"}, "of "), foreign(authority.org)),
        h("div", {class: "tools"}, certificateActions(authority),
            may(context, "admin") ? h("button", {type: "button", class: "small", on: {click: takeAway}}, "Remove…") : null),
        h("section", {class: "section"}, h("h3", {}, "How it admits"), facts([
            ["Last used", ago(authority.last_used)],
            ["Creates devices", authority.product === "" ? "no: they are announced" : ["yes, of product ", foreign(authority.product)]],
            ["Created", authority.product === "" ? "" : created(authority)],
            ["Identifier", "from " + authority.identifier],
            ["Remembers", authority.pin === "issuer" ? "the leaf's issuer" : "the leaf"],
            ["When expired", authority.checks_expiry ? "admits nobody new" : "admits as before"],
            ["Description", foreign(authority.description)].filter(() => authority.description !== ""),
        ].filter((pair) => pair.length === 2))),
        h("section", {class: "section"}, h("h3", {}, "Certificate"), certificateFacts(authority)),
    ];
}

export const authorities = {
    title: "CAs",

    mount(root, context) {
        const register = async () => {
            if (await registerAuthority(context, [], context.org)) {
                list.refresh();
            }
        };
        const list = new Listing(root, context, {
            name: "cas", title: "CAs", items: "authorities",
            lead: "A device whose certificate one of them has signed comes in.",
            tools: may(context, "admin") ? h("button", {type: "button", on: {click: register}}, "Register a CA…") : null,
            columns: [["Subject", "name"], ["Organisation", "why", "side clip"], ["Expires", "by"],
                ["Last used", "last", "side number"], ["Created", "times", "side number"]],
            cells,
            address: (authority) => addressOf("cas", authority.org, authority.fingerprint),
            fetch: (page) => context.api.authorities({...page, org: context.org}),
            one: ([org, fingerprint]) => context.api.authority(org, fingerprint),
            details: (authority) => details(list, context, authority),
            nothing: () => ["No CA is registered", "A device comes in when its CA is. Register one here, or from a refused connection."],
            hears: (event) => event !== "refusal",
        });
        return list.shown;
    },
};
