// SPDX-License-Identifier: Apache-2.0
// The page: who is signed in, which view is shown, and what happens at the door meanwhile.

import {h, notify} from "./dom.js";
import {hasToken, useToken, forgetToken, whenSignedOut} from "./api.js";
import {api} from "./calls.js";
import {closeDialogs} from "./dialog.js";
import {makeFrame, dropFrame, markView, setBadge, setLive, showOrganisations} from "./frame.js";
import {watch} from "./live.js";
import {refused} from "./refused.js";
import {devices} from "./devices.js";
import {authorities} from "./authorities.js";
import {firmware} from "./firmware.js";
import {keys} from "./keys.js";
import {organisations} from "./organisations.js";
import {secrets} from "./secrets.js";
import {tokens} from "./tokens.js";
import {changes} from "./changes.js";

const views = {refused, devices, cas: authorities, secrets, firmware, keys, organisations, tokens, changes};
const main = document.getElementById("main");

// What the views share.
const context = {
    api,
    notify,
    setBadge,
    me: null,
    org: "",
    organisations: [],
    go: (hash) => history.pushState(null, "", hash),
    visit: (hash) => {
        context.go(hash);
        route();
    },
    useOrganisation: (name) => {
        context.org = name;
        showOrganisations(context.organisations, name);
    },
    refreshOrganisations: () => fillOrganisations(),
};

let view = null; // what is shown: its name, and what its mount returned
let watching = {stop: () => {}, tryNow: () => {}};

function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; // an address that somebody typed
    }
}

function show(name, isListAlone) {
    view?.shown.unmount();
    const root = h("div", {});
    main.replaceChildren(root);
    view = {name, shown: views[name].mount(root, context)};
    markView(name);
    if (isListAlone) {
        root.querySelector("h1").focus({preventScroll: true});
        scrollTo(0, 0);
    }
}

function route() {
    const [name, ...parts] = location.hash.replace(/^#\//, "").split("/").map(decode);
    const wanted = Object.hasOwn(views, name) ? name : "refused";
    if (view?.name !== wanted) {
        show(wanted, parts.length === 0);
    } else {
        markView(wanted);
    }
    view.shown.route(parts);
}

async function fillOrganisations() {
    const page = await api.organisations({limit: 1000}).catch(() => null);
    if (page !== null) {
        context.organisations = page.organisations.map(({name}) => name);
        showOrganisations(context.organisations, context.org);
    }
}

function chooseOrganisation(name) {
    context.org = name;
    (view.shown.reset ?? view.shown.reload)();
}

function changedState(state) {
    if (setLive(state) && state === "live") {
        view?.shown.reload(); // what happened before is in the lists
        fillOrganisations();
    }
}

function happened(name, data) {
    if (name === "change") {
        fillOrganisations();
    }
    view?.shown.event(name, data);
}

function signOut(reason) {
    watching.stop();
    forgetToken();
    closeDialogs();
    view?.shown.unmount();
    view = null;
    dropFrame();
    document.title = "Nameplate";
    history.replaceState(null, "", "/"); // what was looked at is nobody else's business
    showSignIn(reason);
}

async function start() {
    context.me = await api.me();
    context.org = context.me.org ?? "";
    makeFrame(context.me, {chooseOrganisation, signOut: () => signOut(""), tryNow: () => watching.tryNow()});
    route();
    fillOrganisations();
    watching = watch({happened, changedState});
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

// A gateway that is not there at the moment is no reason to ask for the token again.
async function resume() {
    try {
        await start();
    } catch (error) {
        if (error.status === 401) {
            signOut("The token is not good any more.");
            return;
        }
        const again = h("button", {type: "button", class: "primary", on: {click: resume}}, "Try again");
        main.replaceChildren(h("div", {class: "card sign-in"}, h("h1", {}, "Nameplate"),
            h("p", {class: "problem", role: "alert"}, error.message), again));
        again.focus();
    }
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
    resume();
} else {
    showSignIn("");
}
