// SPDX-License-Identifier: Apache-2.0
// Who stands outside, and why: the list, which grows as devices knock, and one of them in full.

import {h, foreign, ago, fingerprint, facts, icon, sentence, keepFocus, markRow, closeOnEscape, announce} from "./dom.js";
import {makeProblem, showProblem} from "./listing.js";
import {chain} from "./chain.js";
import {may, registerAuthority, changeDevice, announceDevice} from "./steps.js";

const rowsMax = 500; // on the page; the older ones are asked for

const nameOf = (refusal) => refusal.identifier || refusal.subject || "no certificate";
const hasComeIn = (refusal) => refusal.admitted_at !== null;

function fillRow(row, refusal) {
    const isIn = hasComeIn(refusal);
    row.replaceChildren(
        h("span", {class: "name"}, icon(isIn ? "in" : "out"), h("span", {class: "unseen"}, isIn ? "came in since: " : "outside: "),
            foreign(nameOf(refusal)), refusal.org ? h("span", {class: "muted"}, " ", foreign(refusal.org)) : null),
        h("span", {class: "why"}, h("span", {class: "chip " + (isIn ? "plain" : "bad")}, refusal.reason), " ",
            h("span", {class: "sentence muted"}, isIn ? "has come in since" : refusal.sentence)),
        h("span", {class: "by side clip"}, refusal.issuer ? [h("span", {class: "lead"}, "signed by "), foreign(refusal.issuer)] : ""),
        h("span", {class: "times side number"}, refusal.count.toLocaleString("en"), h("span", {"aria-hidden": "true"}, " ×"),
            h("span", {class: "unseen"}, " times")),
        h("span", {class: "last side number"}, ago(hasComeIn(refusal) ? refusal.admitted_at : refusal.last_at)));
}

// The step that the remedy's name stands for, if this token may take it.
function step(context, refusal, done) {
    const name = refusal.remedy.name;
    const preset = refusal.org || context.org;
    const after = (work) => async () => {
        if (await work()) {
            done();
        }
    };
    const rows = [
        [["register_ca", "compare_ca", "renew_ca"], "admin", "Register this CA…",
            () => registerAuthority(context, refusal.chain, preset)],
        [["unblock"], "manage", "Unblock the device…",
            () => changeDevice(context, "unblock", refusal.org, refusal.identifier)],
        [["rekey_window"], "manage", "Open a rekey window…",
            () => changeDevice(context, "rekey-window", refusal.org, refusal.identifier)],
        [["announce"], "manage", "Announce the device…",
            () => announceDevice(context, refusal.org, refusal.identifier)],
    ];
    const row = rows.find(([names]) => names.includes(name));
    if (!row) {
        return null;
    }
    const [, role, label, work] = row;
    return may(context, role) ? h("button", {type: "button", class: "primary", on: {click: after(work)}}, label)
        : h("p", {class: "hint"}, `This takes a token of the role ${role}; yours has ${context.me.role}.`);
}

function todo(context, refusal, done) {
    if (hasComeIn(refusal)) {
        return h("div", {class: "todo done"}, h("h3", {}, "Nothing to do"),
            h("p", {}, icon("in"), "This certificate has come in since, ", ago(refusal.admitted_at), "."));
    }
    return h("div", {class: "todo"}, h("h3", {}, "What to do"), h("strong", {}, refusal.remedy.title),
        h("p", {}, refusal.remedy.words), h("p", {class: "hint"}, sentence(refusal.next)),
        step(context, refusal, done));
}

function details(context, refusal, {close, done}) {
    return h("article", {class: "card", "aria-labelledby": "refusal-name"},
        h("header", {},
            h("div", {class: "line"},
                h("h2", {id: "refusal-name", tabindex: "-1"}, foreign(nameOf(refusal))),
                h("button", {type: "button", class: "small quiet", on: {click: close}}, "Close")),
            h("p", {}, h("span", {class: "chip " + (hasComeIn(refusal) ? "plain" : "bad")}, refusal.reason), " ",
                sentence(refusal.sentence))),
        todo(context, refusal, done),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["Detail", foreign(refusal.detail)].filter(() => refusal.detail !== ""),
            ["Organisation", refusal.org ? foreign(refusal.org) : "nobody's yet"],
            ["Refused", [refusal.count.toLocaleString("en"), refusal.count === 1 ? " time" : " times", ", last ", ago(refusal.last_at)]],
            ["First", ago(refusal.first_at)],
            ["Came from", foreign(refusal.peer)],
            ["At gateway", foreign(refusal.gateway)],
            ["Certificate", refusal.fingerprint ? fingerprint(refusal.fingerprint) : "none was presented"],
        ].filter((pair) => pair.length === 2))),
        refusal.chain.length > 0 ? h("section", {class: "section"}, h("h3", {}, "What was presented"),
            h("p", {class: "hint"}, "A note, not a proof: certificates are no secret, and whoever has one can be refused with it."),
            chain(refusal.chain)) : null);
}

export const refused = {
    title: "Refused connections",

    mount(root, context) {
        const rows = new Map(); // id to {row, refusal}
        const summary = h("p", {}, "…");
        const list = h("ul", {class: "rows"});
        const empty = h("div", {class: "empty", hidden: true}, h("strong", {}, "Nobody stands outside"),
            "Devices that are refused appear here at the moment they knock.");
        const problem = makeProblem();
        const more = h("div", {class: "more", hidden: true});
        const detail = h("div", {class: "detail", hidden: true});
        const split = h("div", {class: "split"},
            h("div", {class: "list card refused"},
                h("div", {class: "columns", "aria-hidden": "true"}, h("span", {}, "Device"), h("span", {}, "Why"),
                    h("span", {}, "Signed by"), h("span", {class: "number"}, "Times"), h("span", {class: "number"}, "Last")),
                problem, list, empty, more),
            detail);
        const reasons = h("select", {"aria-label": "Reason", on: {change: () => load()}}, h("option", {value: ""}, "All reasons"));
        const which = h("select", {"aria-label": "Which", on: {change: () => show()}},
            h("option", {value: "outside"}, "Still outside"), h("option", {value: ""}, "All, also those who came in since"));
        let chosen = null;
        let shownDetail = ""; // what the detail was made of
        let next = null;
        let loads = 0;
        let unsaid = []; // new ones that were not announced yet

        const isWanted = (refusal) => !(which.value === "outside" && hasComeIn(refusal))
            && (reasons.value === "" || refusal.reason === reasons.value)
            && (context.org === "" || refusal.org === context.org || refusal.org === "");

        function show() {
            let outside = 0;
            let shown = 0;
            for (const {row, refusal} of rows.values()) {
                const isShown = isWanted(refusal) || refusal.id === chosen;
                row.parentElement.hidden = !isShown;
                shown += isShown ? 1 : 0;
                outside += hasComeIn(refusal) ? 0 : 1;
            }
            empty.hidden = shown > 0;
            summary.textContent = outside === 0 ? "Everybody who knocked is in."
                : `${outside}${next ? " or more" : ""} ${outside === 1 ? "stands" : "stand"} outside.`;
            context.setBadge(outside, next !== null);
        }

        function noteReason(name) {
            if (![...reasons.options].some((option) => option.value === name)) {
                reasons.append(h("option", {value: name}, name));
            }
        }

        function put(refusal, place) {
            const known = rows.get(refusal.id);
            const row = known?.row ?? h("a", {class: "row", href: "#/refused/" + refusal.id});
            fillRow(row, refusal);
            rows.set(refusal.id, {row, refusal});
            noteReason(refusal.reason);
            if (!known) {
                const item = h("li", {}, row);
                if (place === "first") {
                    list.prepend(item);
                } else {
                    list.append(item);
                }
                mark();
            }
            return row;
        }

        const mark = () => markRow(list, chosen === null ? null : "#/refused/" + chosen);

        async function load(after) {
            const turn = ++loads;
            try {
                const page = await context.api.refusals({after, limit: 100, reason: reasons.value});
                if (turn !== loads) {
                    return;
                }
                if (after === undefined) {
                    rows.clear();
                    list.replaceChildren();
                }
                problem.hidden = true;
                page.refusals.forEach((refusal) => put(refusal, "last"));
                next = page.next;
                more.hidden = next === null;
                more.replaceChildren(h("button", {type: "button", on: {click: () => load(next)}}, "Show older ones"));
                show();
            } catch (error) {
                showProblem(problem, error, () => load(after));
            }
        }

        // What has changed meanwhile of those on the page; nothing moves.
        async function refresh() {
            const page = await context.api.refusals({limit: 100, reason: reasons.value}).catch(() => null);
            problem.hidden ||= page !== null;
            page?.refusals.reverse().forEach((refusal) => put(refusal, "first"));
            if (page) {
                show();
            }
        }

        function dropOldest() {
            for (const item of [...list.children].slice(rowsMax)) {
                rows.delete(Number(item.firstChild.hash.split("/").pop()));
                item.remove();
                more.hidden = true;
            }
        }

        // Several at once are one announcement.
        function sayNew() {
            const names = unsaid;
            unsaid = [];
            announce(names.length === 1 ? `Refused: ${names[0]}` : `${names.length} devices were refused.`);
        }

        async function choose(id, {isQuiet = false} = {}) {
            chosen = id;
            mark();
            split.classList.toggle("has-detail", id !== null);
            detail.hidden = id === null;
            if (id === null) {
                detail.replaceChildren();
                shownDetail = "";
                show();
                return;
            }
            try {
                const refusal = await context.api.refusal(id);
                if (chosen !== id) {
                    return;
                }
                const news = [refusal.id, refusal.seq, refusal.admitted_at].join();
                if (news !== shownDetail) {
                    keepFocus(detail, () => detail.replaceChildren(details(context, refusal, {close, done: () => follow()})));
                    shownDetail = news;
                }
                put(refusal, "first");
                show();
                if (!isQuiet) {
                    detail.querySelector("h2").focus();
                }
            } catch (error) {
                shownDetail = "";
                detail.replaceChildren(h("article", {class: "card"}, h("p", {class: "problem", role: "alert"}, error.message),
                    h("button", {type: "button", class: "small", on: {click: close}}, "Close")));
            }
        }

        function close() {
            const row = rows.get(chosen)?.row;
            context.go("#/refused");
            choose(null);
            row?.focus();
        }

        async function follow() {
            await refresh();
            if (chosen !== null) {
                await choose(chosen, {isQuiet: true});
            }
        }

        function onRefusal(refusal) {
            const isNew = !rows.has(refusal.id);
            const row = put(refusal, "first");
            show();
            if (isNew && !row.parentElement.hidden) {
                row.classList.add("is-new");
                if (unsaid.push(`${nameOf(refusal)}, ${refusal.sentence}`) === 1) {
                    setTimeout(sayNew, 300);
                }
                dropOldest();
            }
            if (refusal.id === chosen) {
                choose(chosen, {isQuiet: true});
            }
        }

        async function onArrival(arrival) {
            announce(`${arrival.identifier} has come in.`);
            const known = [...rows.values()].find(({refusal}) => refusal.fingerprint === arrival.fingerprint);
            if (known) {
                context.notify(`${arrival.identifier} has come in.`);
            }
            await follow();
        }

        root.append(h("div", {class: "head"},
            h("div", {class: "title"}, h("h1", {tabindex: "-1"}, "Refused connections"), summary),
            h("div", {class: "tools"}, which, reasons)), split);
        closeOnEscape(root, () => chosen !== null, close);
        const timer = setInterval(follow, 10000);
        load();
        return {
            route: ([id]) => choose(/^\d+$/.test(id ?? "") ? Number(id) : null),
            event: (name, data) => name === "refusal" ? onRefusal(data) : name === "arrival" ? onArrival(data) : follow(),
            reload: () => rows.size > 0 ? follow() : load(),
            unmount: () => clearInterval(timer),
        };
    },
};
