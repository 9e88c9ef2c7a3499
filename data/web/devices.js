// SPDX-License-Identifier: Apache-2.0
// The devices on record: searched, a page at a time, and what their owner does to them.

import {h, foreign, ago, facts, keepFocus, markRow, closeOnEscape} from "./dom.js";
import {certificateActions, certificateFacts} from "./chain.js";
import {may, changeDevice, announceDevice} from "./steps.js";

const kinds = {active: "good", blocked: "bad", deleted: "plain"};
const pageSize = 50;

const chip = (state) => h("span", {class: "chip " + kinds[state]}, state);
const address = (device) => "#/devices/" + encodeURIComponent(device.org) + "/" + encodeURIComponent(device.identifier);

function makeRow(device) {
    return h("li", {}, h("a", {class: "row", href: address(device)},
        h("span", {class: "name"}, foreign(device.identifier)),
        h("span", {class: "why side clip"}, foreign(device.org)),
        h("span", {class: "by side clip"}, foreign(device.product)),
        h("span", {class: "times"}, chip(device.state)),
        h("span", {class: "last side number"}, ago(device.last_seen))));
}

function actions(context, device, done) {
    if (!may(context, "manage")) {
        return h("p", {class: "hint"}, "Changing a device takes a token of the role manage.");
    }
    const step = (name, label, className) => h("button", {type: "button", class: className, on: {click: async () => {
        if (await changeDevice(context, name, device.org, device.identifier)) {
            done();
        }
    }}}, label);
    return h("div", {class: "tools"}, device.state === "active"
        ? [step("block", "Block…", "primary"), step("rekey-window", "Rekey window…"), step("delete", "Delete…")]
        : step("unblock", "Unblock…", "primary"));
}

function details(context, device, close, done) {
    return h("article", {class: "card", "aria-labelledby": "device-name"},
        h("header", {}, h("div", {class: "line"},
            h("h2", {id: "device-name", tabindex: "-1"}, foreign(device.identifier)),
            h("button", {type: "button", class: "small quiet", on: {click: close}}, "Close")),
        h("p", {}, chip(device.state), " ", h("span", {class: "muted"}, "of "), foreign(device.org))),
        actions(context, device, done),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["Product", foreign(device.product)].filter(() => device.product !== ""),
            ["Tags", device.tags.length > 0 ? device.tags.map((tag) => [h("span", {class: "chip plain"}, foreign(tag)), " "]) : "none"],
            ["Description", foreign(device.description)].filter(() => device.description !== ""),
            ["First seen", ago(device.first_seen)],
            ["Last seen", ago(device.last_seen)],
            ["Certificates", String(device.certificates)],
            ["Rekey window", device.rekey_until && Date.parse(device.rekey_until) > Date.now()
                ? ["open, closes ", ago(device.rekey_until)] : "closed"],
        ].filter((pair) => pair.length === 2))),
        device.credentials.length > 0 ? h("section", {class: "section"}, h("h3", {}, "Certificates on record"),
            h("ol", {class: "chain"}, device.credentials.map((credential) => h("li", {}, h("div", {class: "line"},
                h("span", {class: "name"}, "Recorded ", ago(credential.added_at)),
                credential.is_blocked || credential.is_key_blocked ? h("span", {class: "chip bad"}, "blocked") : null,
                certificateActions(credential)), certificateFacts({...credential, key: ""}))))) : null);
}

export const devices = {
    title: "Devices",

    mount(root, context) {
        const list = h("ul", {class: "rows"});
        const empty = h("div", {class: "empty", hidden: true});
        const pages = h("div", {class: "more"});
        const summary = h("p", {}, "…");
        const detail = h("div", {class: "detail", hidden: true});
        const split = h("div", {class: "split"}, h("div", {class: "list card devices"},
            h("div", {class: "columns", "aria-hidden": "true"}, h("span", {}, "Identifier"), h("span", {}, "Organisation"),
                h("span", {}, "Product"), h("span", {}, "State"), h("span", {class: "number"}, "Last seen")),
            list, empty, pages), detail);
        const search = h("input", {type: "search", "aria-label": "Search by identifier", placeholder: "Identifier begins with…",
            autocomplete: "off", spellcheck: "false"});
        const state = h("select", {"aria-label": "State"}, h("option", {value: ""}, "Every state"),
            Object.keys(kinds).map((name) => h("option", {value: name}, name)));
        let trail = []; // what the pages before this one began behind
        let after;
        let loads = 0;
        let chosen = null;
        let typing;

        async function load() {
            const turn = ++loads;
            try {
                const page = await context.api.devices({org: context.org, prefix: search.value, state: state.value,
                    after, limit: pageSize});
                if (turn !== loads) {
                    return;
                }
                show(page);
            } catch (error) {
                context.fail(error);
            }
        }

        function show(page) {
            keepFocus(list, () => list.replaceChildren(...page.devices.map(makeRow)));
            mark();
            const count = page.devices.length;
            const isFiltered = search.value !== "" || state.value !== "";
            empty.hidden = count > 0;
            empty.replaceChildren(h("strong", {}, isFiltered ? "No device is like this" : "No device is on record"),
                isFiltered ? "Search for less, or in every state." : "Devices of registered CAs appear here when they come in.");
            summary.textContent = count === 0 ? "" : `Page ${trail.length + 1}, ${count} ${count === 1 ? "device" : "devices"}.`;
            pages.hidden = trail.length === 0 && page.next === null;
            pages.replaceChildren(
                h("button", {type: "button", disabled: trail.length === 0, on: {click: () => turnTo(trail.pop())}}, "Previous"),
                h("button", {type: "button", disabled: page.next === null, on: {click: () => {
                    trail.push(after);
                    turnTo(page.next);
                }}}, "Next"));
        }

        function turnTo(place) {
            after = place;
            load().then(() => root.querySelector("h1").focus());
        }

        function again() {
            trail = [];
            after = undefined;
            return load();
        }

        const mark = () => markRow(list, chosen === null ? null : address(chosen));

        async function choose(device, {isQuiet = false} = {}) {
            chosen = device;
            mark();
            split.classList.toggle("has-detail", device !== null);
            detail.hidden = device === null;
            if (device === null) {
                detail.replaceChildren();
                return;
            }
            try {
                const known = await context.api.device(device.org, device.identifier);
                if (chosen === device) {
                    keepFocus(detail, () => detail.replaceChildren(details(context, known, close, refresh)));
                    if (!isQuiet) {
                        detail.querySelector("h2").focus();
                    }
                }
            } catch (error) {
                detail.replaceChildren();
                context.fail(error);
            }
        }

        function close() {
            const row = list.querySelector("[aria-current]");
            context.go("#/devices");
            choose(null);
            row?.focus();
        }

        async function refresh() {
            await load();
            if (chosen !== null) {
                await choose(chosen, {isQuiet: true});
            }
        }

        search.addEventListener("input", () => {
            clearTimeout(typing);
            typing = setTimeout(again, 200);
        });
        state.addEventListener("change", again);
        root.append(h("div", {class: "head"},
            h("div", {class: "title"}, h("h1", {tabindex: "-1"}, "Devices"), summary),
            h("div", {class: "tools", role: "search"}, search, state,
                may(context, "manage") ? h("button", {type: "button", on: {click: async () => {
                    const org = context.me.org || context.org;
                    if (await announceDevice(context, org, search.value)) {
                        again();
                    }
                }}}, "Announce…") : null)), split);
        closeOnEscape(root, () => chosen !== null, close);
        load();
        return {
            route: ([org, identifier]) => choose(identifier === undefined ? null : {org, identifier}),
            event: (name) => {
                if (name !== "refusal" && after === undefined && document.querySelector("dialog") === null) {
                    load();
                }
            },
            reload: again,
            unmount: () => clearTimeout(typing),
        };
    },
};
