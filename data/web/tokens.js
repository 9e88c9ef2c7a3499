// SPDX-License-Identifier: Apache-2.0
// Who may use the management API. A token is shown when it is made, and never again.

import {h, foreign, ago, day, inWords, facts, chip, notify} from "./dom.js";
import {ask, showOnce, field, choice} from "./dialog.js";
import {Listing, addressOf, findAmong} from "./listing.js";
import {organisationField} from "./steps.js";

const roles = {
    view: "sees everything, and changes nothing",
    manage: "changes devices, judges archives, makes shared secrets",
    admin: "does everything, also making tokens",
    admit: "asks whether a device may come in, and nothing else: for a front door of your own",
};
const dayMs = 86400 * 1000;

// None is good for longer than the token of who makes it; what is not said is a year, or less for that.
function lives(own) {
    const left = own.expires_at === null ? Infinity : (Date.parse(own.expires_at) - Date.now()) / dayMs;
    return [...[30, 90].filter((days) => days < left).map((days) => [String(days), days + " days"]),
        ["", left < 365 ? "as long as your own" : "a year"],
        ...(left === Infinity ? [["never", "no end"]] : [])];
}

const isOver = (token) => token.expires_at !== null && Date.parse(token.expires_at) < Date.now();
const roleChip = (token) => chip(token.role === "admin" ? "warn" : "plain", token.role);

function expiry(token) {
    return token.expires_at === null ? "never expires"
        : [day(token.expires_at), " ", chip(isOver(token) ? "bad" : "plain", (isOver(token) ? "expired " : "") + inWords(token.expires_at))];
}

function endOf(days) {
    return days === "" ? {} : {expires_at: days === "never" ? null
        : new Date(Date.now() + Number(days) * dayMs).toISOString().replace(/\.\d+Z$/, "Z")};
}

function questions(context) {
    return [
        field("Name", h("input", {name: "name", required: true, maxlength: 64, autocomplete: "off", spellcheck: "false"}),
            "It stands beside every change that is made with the token. No blanks, no slashes."),
        h("fieldset", {}, h("legend", {}, "Role"), Object.entries(roles).map(([role, words]) =>
            choice("radio", "role", role, [h("strong", {}, role), " ", words], role === "view"))),
        context.me.org ? null : organisationField(context, context.org, "Empty: of all organisations.", false),
        field("Good for", h("select", {name: "days"}, lives(context.me).map(([days, text]) => h("option", {value: days, selected: days === ""}, text)))),
        h("p", {class: "consequence"}, "Whoever has the token may do what its role says, until it expires or is removed. It is shown once."),
    ];
}

// The token's name; null: none was made.
async function make(context) {
    let made = null;
    const isDone = await ask({
        title: "Make a token",
        confirm: "Make it",
        body: questions(context),
        act: async (form, once) => {
            const org = form.get("org");
            made = await context.api.addToken({name: form.get("name"), role: form.get("role"),
                ...endOf(form.get("days")), ...(org ? {org} : {})}, once);
        },
    });
    if (!isDone) {
        return null;
    }
    if (made.token === null) {
        notify(`The token ${made.name} was made, but the answer that showed it was lost. Remove it, and make another.`, "bad");
    } else {
        await showOnce({title: `The token ${made.name}`, secrets: [["Token", made.token]],
            words: "Keep it now: nobody can look it up again, here or in the registry."});
    }
    return made.name;
}

async function remove(context, token) {
    const isOwn = token.name === context.me.name;
    const isDone = await ask({
        title: "Remove the token",
        confirm: "Remove it",
        danger: true,
        typed: token.name,
        body: [h("p", {}, foreign(token.name), " ", roleChip(token)),
            h("p", {class: "consequence"}, "It is good for nothing from this moment on, and cannot be had back: whatever uses it stops. "
                + (isOwn ? "It is the one that you have signed in with: this page is left." : "Pages that are open with it are left within a minute."))],
        act: () => context.api.removeToken(token.name),
    });
    if (isDone) {
        notify(`The token ${token.name} is removed.`);
    }
    return isDone;
}

function details(list, context, token) {
    const takeAway = async () => {
        if (await remove(context, token)) {
            await list.load();
            list.close();
        }
    };
    return [
        list.heading(foreign(token.name), roleChip(token), token.name === context.me.name ? [" ", chip("good", "yours")] : null),
        h("div", {class: "tools"}, h("button", {type: "button", on: {click: takeAway}}, "Remove…")),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["Role", roles[token.role]],
            ["Organisation", token.org === null ? "all" : foreign(token.org)],
            ["Expires", expiry(token)],
            ["Last used", ago(token.last_used)],
            ["Made", ago(token.added_at, "unknown")],
            ["History", h("a", {href: addressOf("changes", token.org ?? "", token.name)}, "Who has made it")],
        ])),
    ];
}

export const tokens = {
    title: "Tokens",

    mount(root, context) {
        const makeOne = async () => {
            const name = await make(context);
            if (name !== null) {
                await list.again();
                context.visit(addressOf("tokens", "of", name));
            }
        };
        const list = new Listing(root, context, {
            name: "tokens", title: "Tokens", items: "tokens",
            lead: "Who may use this page and its API. What is stored of a token is its hash.",
            tools: h("button", {type: "button", on: {click: makeOne}}, "Make a token…"),
            columns: [["Name", "name"], ["Organisation", "why", "side clip"], ["Expires", "by"],
                ["Role", "times"], ["Last used", "last", "side number"]],
            cells: (token) => [foreign(token.name), token.org === null ? "all" : foreign(token.org), expiry(token),
                roleChip(token), ago(token.last_used, "never used")],
            address: (token) => addressOf("tokens", "of", token.name),
            fetch: (page) => context.api.tokens(page),
            one: ([, name], items) => findAmong("tokens", items, (token) => token.name === name, context.api.tokens),
            details: (token) => details(list, context, token),
            nothing: () => ["There is no token", "Make one for each program and person, so that changes have a name."],
            hears: (event) => event === "change",
        });
        return list.shown;
    },
};
