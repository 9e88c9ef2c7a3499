// SPDX-License-Identifier: Apache-2.0
// What stands round every view: the bar, the views' links, and whether the page is live.

import {h, foreign} from "./dom.js";

const bar = document.getElementById("bar");
const links = document.getElementById("views");
const lost = document.getElementById("lost");

// [group, [address, text, least role], …]
const groups = [
    ["At the door", ["refused", "Refused"], ["devices", "Devices"]],
    ["Who may come in", ["cas", "CAs"], ["secrets", "Shared secrets"]],
    ["Firmware", ["firmware", "Archives"], ["keys", "Signing keys"]],
    ["Registry", ["organisations", "Organisations"], ["tokens", "Tokens", "admin"], ["changes", "Changes"]],
];

const makeBadge = () => h("span", {class: "badge", hidden: true});

function makeLinks(role) {
    links.replaceChildren(...groups.map(([group, ...rows], index) => h("div", {class: "group"},
        h("h2", {id: "group" + index}, group),
        h("ul", {"aria-labelledby": "group" + index}, rows.filter(([, , least]) => (least ?? role) === role).map(([name, text]) => h("li", {},
            h("a", {href: "#/" + name, "data-view": name}, text, name === "refused" ? makeBadge() : null)))))));
}

function setMenu(isOpen) {
    links.classList.toggle("open", isOpen);
    document.getElementById("menu")?.setAttribute("aria-expanded", String(isOpen));
}

function makeMenuButton() {
    return h("button", {type: "button", id: "menu", class: "small", "aria-expanded": "false", "aria-controls": "views",
        on: {click: (event) => setMenu(event.currentTarget.getAttribute("aria-expanded") !== "true")}}, "Menu", makeBadge());
}

export function makeFrame(me, {chooseOrganisation, signOut, tryNow}) {
    const choice = me.org ? h("span", {class: "who"}, foreign(me.org))
        : h("select", {id: "organisation", "aria-label": "Organisation", class: "organisation",
            on: {change: (event) => chooseOrganisation(event.target.value)}}, h("option", {value: ""}, "All organisations"));
    makeLinks(me.role);
    bar.replaceChildren(h("div", {},
        makeMenuButton(),
        h("a", {class: "brand", href: "#/refused"}, h("img", {src: "/icon.svg", alt: ""}), "Nameplate"),
        h("div", {class: "end"}, h("span", {class: "live", id: "live", "data-state": "wait", role: "status"}, "connecting"), choice,
            h("span", {class: "who", title: "The token, and its role"}, foreign(me.name), " · " + me.role),
            h("button", {type: "button", class: "small quiet", on: {click: signOut}}, "Sign out"))));
    lost.replaceChildren(h("p", {}, h("strong", {}, "The gateway cannot be reached."),
        " What you see may be old. This page goes on by itself when it is back."),
    h("button", {type: "button", class: "small", on: {click: tryNow}}, "Try now"));
    document.body.classList.add("signed-in");
}

export function dropFrame() {
    bar.replaceChildren();
    links.replaceChildren();
    lost.hidden = true;
    document.getElementById("notices").replaceChildren();
    document.getElementById("announcer").replaceChildren();
    setMenu(false);
    document.body.classList.remove("signed-in");
}

export function markView(name) {
    setMenu(false);
    for (const link of links.querySelectorAll("a")) {
        link.toggleAttribute("aria-current", false);
        if (link.dataset.view === name) {
            link.setAttribute("aria-current", "page");
        }
    }
}

export function setBadge(count, isMore) {
    for (const badge of document.querySelectorAll(".badge")) {
        badge.hidden = count === 0;
        badge.replaceChildren(count + (isMore ? "+" : ""), h("span", {class: "unseen"}, " outside"));
    }
    document.title = (count > 0 ? `(${count}) ` : "") + "Nameplate";
}

export function showOrganisations(names, chosen) {
    document.getElementById("organisation")?.replaceChildren(h("option", {value: ""}, "All organisations"),
        ...names.map((name) => h("option", {value: name, selected: name === chosen}, name)));
}

const states = {live: "live", lost: "connection lost", wait: "connecting"};

// True when that is news.
export function setLive(state) {
    const live = document.getElementById("live");
    if (!live || live.dataset.state === state) {
        return false;
    }
    live.dataset.state = state;
    live.textContent = states[state];
    lost.hidden = state !== "lost";
    return true;
}

document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && links.classList.contains("open")) {
        setMenu(false);
        document.getElementById("menu").focus();
    }
});
