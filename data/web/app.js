// SPDX-License-Identifier: Apache-2.0
// The page's frame: who is signed in, which view is shown, and what happens at the door meanwhile.

import {h, foreign, notify} from "./dom.js";
import {get, call, at, hasToken, useToken, forgetToken, whenSignedOut} from "./api.js";
import {watch} from "./live.js";
import {refused} from "./refused.js";
import {devices} from "./devices.js";
import {authorities} from "./authorities.js";
import {organisations} from "./organisations.js";

const views = {refused, devices, cas: authorities, organisations};
const bar = document.getElementById("bar");
const main = document.getElementById("main");

const api = {
    me: () => get("/v1/me"),
    organisations: (query) => get("/v1/organisations", query),
    refusals: (query) => get("/v1/refusals", query),
    refusal: (id) => get(at("refusals", id)),
    authorities: (query) => get("/v1/authorities", query),
    authority: (org, fingerprint) => get(at("authorities", org, fingerprint)),
    addAuthority: (org, body) => call("POST", at("authorities", org), {body}),
    removeAuthority: (org, fingerprint) => call("DELETE", at("authorities", org, fingerprint)),
    devices: (query) => get("/v1/devices", query),
    device: (org, identifier) => get(at("devices", org, identifier)),
    addDevice: (org, body) => call("POST", at("devices", org), {body}),
    changeDevice: (org, identifier, step) => call("POST", at("devices", org, identifier, step), {body: {}}),
};

// What the views share.
const context = {
    api,
    notify,
    me: null,
    org: "",
    organisations: [],
    go: (hash) => history.pushState(null, "", hash),
    fail: (error) => {
        if (error.status !== 401) {
            notify(error.message, "bad");
        }
    },
    setBadge: (count, isMore) => {
        const badge = document.getElementById("badge");
        badge.hidden = count === 0;
        badge.replaceChildren(count + (isMore ? "+" : ""), h("span", {class: "unseen"}, " outside"));
        document.title = (count > 0 ? `(${count}) ` : "") + "Nameplate";
    },
    useOrganisation: (name) => {
        context.org = name;
        const choice = document.getElementById("organisation");
        if (choice) {
            choice.value = name;
        }
    },
    refreshOrganisations: () => fillOrganisations(),
};

let view = null; // what is shown: its name, and what its mount returned
let stopWatching = () => {};

function route() {
    const [name, ...parts] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
    const wanted = Object.hasOwn(views, name) ? name : "refused";
    if (view?.name !== wanted) {
        view?.shown.unmount();
        const root = h("div", {});
        main.replaceChildren(root);
        view = {name: wanted, shown: views[wanted].mount(root, context)};
        for (const link of bar.querySelectorAll("nav a")) {
            link.toggleAttribute("aria-current", false);
            if (link.dataset.view === wanted) {
                link.setAttribute("aria-current", "page");
            }
        }
        if (parts.length === 0) {
            root.querySelector("h1").focus({preventScroll: true});
            scrollTo(0, 0);
        }
    }
    view.shown.route(parts);
}

async function fillOrganisations() {
    const choice = document.getElementById("organisation");
    const page = await api.organisations({limit: 1000}).catch(() => ({organisations: []}));
    context.organisations = page.organisations.map(({name}) => name);
    if (choice) {
        choice.replaceChildren(h("option", {value: ""}, "All organisations"),
            context.organisations.map((name) => h("option", {value: name}, name)));
        choice.value = context.org;
    }
}

function makeBar() {
    const link = (name, ...label) => h("li", {}, h("a", {href: "#/" + name, "data-view": name}, label));
    const choice = context.me.org ? h("span", {class: "who"}, foreign(context.me.org))
        : h("select", {id: "organisation", "aria-label": "Organisation", class: "organisation", on: {change: (event) => {
            context.org = event.target.value;
            view.shown.reload();
        }}}, h("option", {value: ""}, "All organisations"));
    bar.replaceChildren(h("div", {},
        h("a", {class: "brand", href: "#/refused"}, h("img", {src: "/icon.svg", alt: ""}), "Nameplate"),
        h("nav", {"aria-label": "Views"}, h("ul", {},
            link("refused", "Refused", h("span", {class: "badge", id: "badge", hidden: true})),
            link("devices", "Devices"), link("cas", "CAs"), link("organisations", "Organisations"))),
        h("div", {class: "end"}, h("span", {class: "live", id: "live", "data-state": "wait", role: "status"}, "connecting"), choice,
            h("span", {class: "who", title: "The token, and its role"}, foreign(context.me.name), " · " + context.me.role),
            h("button", {type: "button", class: "small quiet", on: {click: () => signOut("")}}, "Sign out"))));
}

const states = {live: "live", lost: "connection lost", wait: "connecting"};

function setState(state) {
    const live = document.getElementById("live");
    if (live && live.dataset.state !== state) {
        live.dataset.state = state;
        live.textContent = states[state];
        if (state === "live") {
            view?.shown.reload(); // what happened before is in the lists
        }
    }
}

function happened(name, data) {
    if (name === "change") {
        fillOrganisations();
    }
    view?.shown.event(name, data);
}

function signOut(reason) {
    stopWatching();
    forgetToken();
    view?.shown.unmount();
    view = null;
    bar.replaceChildren();
    document.title = "Nameplate";
    history.replaceState(null, "", "/"); // what was looked at is nobody else's business
    showSignIn(reason);
}

async function start() {
    context.me = await api.me();
    context.org = context.me.org ?? "";
    makeBar();
    route();
    fillOrganisations();
    stopWatching = watch({happened, changedState: setState});
}

function showSignIn(reason) {
    const problem = h("p", {class: "problem", role: "alert", hidden: reason === ""}, reason);
    const token = h("input", {type: "password", id: "token", required: true, autocomplete: "off", spellcheck: "false"});
    const button = h("button", {type: "submit", class: "primary"}, "Sign in");
    const form = h("form", {class: "card sign-in", on: {submit: async (event) => {
        event.preventDefault();
        button.disabled = true;
        problem.hidden = true;
        useToken(token.value.trim());
        try {
            await start();
        } catch (error) {
            forgetToken();
            showSignIn(error.message);
        }
    }}},
    h("img", {src: "/icon.svg", alt: ""}), h("div", {}, h("h1", {}, "Nameplate"),
        h("p", {class: "muted"}, "Who comes in at this gateway, and who does not.")),
    h("div", {class: "field"}, h("label", {for: "token"}, "Token"), token,
        h("p", {class: "hint"}, "It is kept in this tab until you sign out or close it. ",
            h("code", {}, "nameplate registry token add"), " makes one.")),
    problem, button);
    main.replaceChildren(form);
    token.focus();
}

whenSignedOut(() => {
    if (view !== null) {
        signOut("The token is not good any more: it was removed, or has expired.");
    }
});
document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});
addEventListener("hashchange", () => hasToken() && view !== null && route());
addEventListener("popstate", () => hasToken() && view !== null && route());

if (hasToken()) {
    start().catch((error) => signOut(error.status === 401 ? "The token is not good any more." : error.message));
} else {
    showSignIn("");
}
