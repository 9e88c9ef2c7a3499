// SPDX-License-Identifier: Apache-2.0
// The CAs whose devices come in: until when, and when a device last came in by each.

import {h, foreign, ago, day, inWords, facts, keepFocus, markRow, closeOnEscape} from "./dom.js";
import {ask} from "./dialog.js";
import {certificateActions, certificateFacts} from "./chain.js";
import {may, registerAuthority} from "./steps.js";

const soon = 90 * 86400 * 1000;
const address = (authority) => "#/cas/" + encodeURIComponent(authority.org) + "/" + authority.fingerprint;

function expiry(notAfter) {
    const left = Date.parse(notAfter) - Date.now();
    const kind = left < 0 ? "bad" : left < soon ? "warn" : "plain";
    return [day(notAfter), " ", h("span", {class: "chip " + kind}, (left < 0 ? "expired " : "") + inWords(notAfter))];
}

const created = (authority) => authority.product === "" ? "none"
    : authority.created.toLocaleString("en") + (authority.create_limit > 0 ? " of " + authority.create_limit.toLocaleString("en") : "");

function makeRow(authority) {
    return h("li", {}, h("a", {class: "row", href: address(authority)},
        h("span", {class: "name"}, foreign(authority.subject)),
        h("span", {class: "why side clip"}, foreign(authority.org)),
        h("span", {class: "by"}, expiry(authority.not_after)),
        h("span", {class: "last side number"}, ago(authority.last_used, "never used")),
        h("span", {class: "times side number"}, created(authority))));
}

export const authorities = {
    title: "CAs",

    mount(root, context) {
        const list = h("ul", {class: "rows"});
        const empty = h("div", {class: "empty", hidden: true}, h("strong", {}, "No CA is registered"),
            "A device comes in when its CA is. Register one here, or from a refused connection.");
        const detail = h("div", {class: "detail", hidden: true});
        const more = h("div", {class: "more", hidden: true});
        const split = h("div", {class: "split"}, h("div", {class: "list card authorities"},
            h("div", {class: "columns", "aria-hidden": "true"}, h("span", {}, "Subject"), h("span", {}, "Organisation"),
                h("span", {}, "Expires"), h("span", {class: "number"}, "Last used"), h("span", {class: "number"}, "Created")),
            list, empty, more), detail);
        let known = [];
        let chosen = null;
        let loads = 0;

        async function load(after) {
            const turn = ++loads;
            try {
                const page = await context.api.authorities({org: context.org, after, limit: 200});
                if (turn !== loads) {
                    return;
                }
                known = after === undefined ? page.authorities : known.concat(page.authorities);
                keepFocus(list, () => list.replaceChildren(...known.map(makeRow)));
                empty.hidden = known.length > 0;
                more.hidden = page.next === null;
                more.replaceChildren(h("button", {type: "button", on: {click: () => load(page.next)}}, "Show more"));
                mark();
            } catch (error) {
                context.fail(error);
            }
        }

        const mark = () => markRow(list, chosen === null ? null : address(chosen));

        async function remove(authority) {
            const isDone = await ask({
                title: "Remove the CA",
                confirm: "Remove it",
                danger: true,
                body: [h("p", {}, foreign(authority.subject), h("span", {class: "muted"}, " of "), foreign(authority.org)),
                    h("p", {class: "consequence"}, "Nobody new comes in by it. Devices that it has let in stay: they are known by their own certificates.")],
                act: () => context.api.removeAuthority(authority.org, authority.fingerprint),
            });
            if (isDone) {
                context.notify("The CA is removed.");
                close();
                load();
            }
        }

        async function choose(place, {isQuiet = false} = {}) {
            chosen = place;
            mark();
            split.classList.toggle("has-detail", place !== null);
            detail.hidden = place === null;
            detail.replaceChildren();
            if (place === null) {
                return;
            }
            try {
                const authority = await context.api.authority(place.org, place.fingerprint);
                if (chosen !== place) {
                    return;
                }
                detail.replaceChildren(show(authority));
                if (!isQuiet) {
                    detail.querySelector("h2").focus();
                }
            } catch (error) {
                context.fail(error);
            }
        }

        function show(authority) {
            return h("article", {class: "card", "aria-labelledby": "authority-name"},
                h("header", {}, h("div", {class: "line"},
                    h("h2", {id: "authority-name", tabindex: "-1"}, foreign(authority.subject)),
                    h("button", {type: "button", class: "small quiet", on: {click: close}}, "Close")),
                h("p", {}, h("span", {class: "muted"}, "of "), foreign(authority.org))),
                h("div", {class: "tools"}, certificateActions(authority),
                    may(context, "admin") ? h("button", {type: "button", class: "small", on: {click: () => remove(authority)}}, "Remove…") : null),
                h("section", {class: "section"}, h("h3", {}, "How it admits"), facts([
                    ["Last used", ago(authority.last_used)],
                    ["Creates devices", authority.product === "" ? "no: they are announced" : ["yes, of product ", foreign(authority.product)]],
                    ["Created", authority.product === "" ? "" : created(authority)],
                    ["Identifier", "from " + authority.identifier],
                    ["Remembers", authority.pin === "issuer" ? "the leaf's issuer" : "the leaf"],
                    ["When expired", authority.checks_expiry ? "admits nobody new" : "admits as before"],
                    ["Description", foreign(authority.description)].filter(() => authority.description !== ""),
                ].filter((pair) => pair.length === 2))),
                h("section", {class: "section"}, h("h3", {}, "Certificate"), certificateFacts(authority)));
        }

        function close() {
            const row = list.querySelector("[aria-current]");
            context.go("#/cas");
            choose(null);
            row?.focus();
        }

        root.append(h("div", {class: "head"},
            h("div", {class: "title"}, h("h1", {tabindex: "-1"}, "CAs"),
                h("p", {}, "Devices that one of them has signed come in.")),
            h("div", {class: "tools"}, may(context, "admin") ? h("button", {type: "button", on: {click: async () => {
                if (await registerAuthority(context, [], context.org)) {
                    load();
                }
            }}}, "Register a CA…") : null)), split);
        closeOnEscape(root, () => chosen !== null, close);
        load();
        return {
            route: ([org, fingerprint]) => choose(fingerprint === undefined ? null : {org, fingerprint}),
            event: (name) => {
                if (name !== "refusal" && document.querySelector("dialog") === null) {
                    load();
                }
            },
            reload: () => load(),
            unmount: () => {},
        };
    },
};
