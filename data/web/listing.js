// SPDX-License-Identifier: Apache-2.0
// A list of the registry: searched, a page at a time, and one of it in full beside it. A view says
// what is its own:
//
//   name       of the view: its address, and its class in the style sheet
//   title, lead
//   filters    inputs and selects; each change asks again
//   tools      buttons
//   columns    [label, place in a row, more classes]
//   cells      (item) => what stands under each column
//   address    (item) => where its row leads; null: nowhere
//   fetch      ({after, limit}) => a page of the API, whose items are page[items]
//   one        (parts of an address, items) => the one that is shown beside the list
//   details    (one) => elements; the first is an h2
//   nothing    () => [what is said of an empty list, what to do]
//   hears      (event's name) => does it change this list?

import {h, keepFocus, markRow, closeOnEscape} from "./dom.js";

const pageSize = 50;
const typingMs = 200; // a search begins when nobody has typed for so long; not tuned

const makeCells = (view, contents) => view.columns.map(([, place, more = ""], index) =>
    h("span", {class: `${place} ${more}`}, contents[index]));

export const addressOf = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");

// Why a list is not as it is now, above what was shown before, which stays.
export function showProblem(box, error, again) {
    box.hidden = error.status === 401; // the page is left then
    box.replaceChildren(h("p", {}, error.message),
        h("button", {type: "button", class: "small", on: {click: again}}, "Try again"));
}

export const makeProblem = () => h("div", {class: "problem apart", role: "alert", hidden: true});

export class Listing {
    constructor(root, context, view) {
        Object.assign(this, {root, context, view});
        this.items = [];
        this.trail = []; // what the pages before this one began behind
        this.after = undefined;
        this.turn = 0;
        this.parts = null; // of the address of the one that is shown
        this.list = h("ul", {class: "rows", "aria-label": view.title});
        this.empty = h("div", {class: "empty"}, "Loading…");
        this.problem = makeProblem();
        this.pages = h("nav", {class: "more", "aria-label": "Pages", hidden: true});
        this.detail = h("section", {class: "detail", "aria-label": "In full", hidden: true});
        this.build();
        this.loaded = this.load();
    }

    build() {
        const {view} = this;
        const filters = view.filters ?? [];
        this.split = h("div", {class: "split"}, h("div", {class: "list card " + view.name},
            h("div", {class: "columns", "aria-hidden": "true"},
                view.columns.map(([label, , more = ""]) => h("span", {class: more.includes("number") ? "number" : ""}, label))),
            this.problem, this.list, this.empty, this.pages), this.detail);
        for (const control of filters) {
            control.addEventListener(control.tagName === "SELECT" ? "change" : "input", () => this.soon(control));
        }
        this.root.append(h("div", {class: "head"},
            h("div", {class: "title"}, h("h1", {tabindex: "-1"}, view.title), h("p", {}, view.lead)),
            filters.length > 0 ? h("div", {class: "tools", role: "search"}, filters) : null,
            h("div", {class: "tools"}, view.tools ?? [])), this.split);
        closeOnEscape(this.root, () => this.parts !== null, () => this.close());
    }

    soon(control) {
        clearTimeout(this.typing);
        this.typing = setTimeout(() => this.again(), control.tagName === "SELECT" ? 0 : typingMs);
    }

    again() {
        this.trail = [];
        this.after = undefined;
        return this.load();
    }

    async load() {
        const turn = ++this.turn;
        this.list.setAttribute("aria-busy", "true");
        try {
            const page = await this.view.fetch({after: this.after, limit: pageSize});
            if (turn === this.turn) {
                this.show(page);
            }
        } catch (error) {
            if (turn === this.turn) {
                this.empty.hidden = true;
                showProblem(this.problem, error, () => this.load());
            }
        }
        this.list.removeAttribute("aria-busy");
    }

    show(page) {
        this.items = page[this.view.items];
        this.problem.hidden = true;
        keepFocus(this.list, () => this.list.replaceChildren(...this.items.map((item) => this.makeRow(item))));
        this.mark();
        const [title, rest] = this.view.nothing();
        this.empty.hidden = this.items.length > 0;
        this.empty.replaceChildren(h("strong", {}, title), rest);
        this.showPages(page.next);
    }

    showPages(next) {
        const turnTo = (place) => {
            this.after = place;
            this.load().then(() => this.root.querySelector("h1").focus());
        };
        this.pages.hidden = this.trail.length === 0 && next === null;
        this.pages.replaceChildren(
            h("button", {type: "button", disabled: this.trail.length === 0, on: {click: () => turnTo(this.trail.pop())}}, "Previous"),
            h("span", {class: "muted"}, `Page ${this.trail.length + 1}`),
            h("button", {type: "button", disabled: next === null, on: {click: () => {
                this.trail.push(this.after);
                turnTo(next);
            }}}, "Next"));
    }

    makeRow(item) {
        const address = this.view.address?.(item) ?? null;
        const cells = makeCells(this.view, this.view.cells(item));
        return h("li", {}, address === null ? h("div", {class: "row"}, cells)
            : h("a", {class: "row", href: address, on: {click: () => this.view.choose?.(item)}}, cells));
    }

    mark() {
        markRow(this.list, this.parts === null ? null : addressOf(this.view.name, ...this.parts));
    }

    async choose(parts, {isQuiet = false} = {}) {
        this.parts = parts;
        this.mark();
        this.split.classList.toggle("has-detail", parts !== null);
        this.detail.hidden = parts === null;
        if (parts === null) {
            this.detail.replaceChildren();
            return;
        }
        await this.loaded;
        const shown = await this.findOne(parts);
        if (this.parts === parts) {
            keepFocus(this.detail, () => this.detail.replaceChildren(h("article", {class: "card"}, shown)));
            if (!isQuiet) {
                this.detail.querySelector("h2").focus();
            }
        }
    }

    async findOne(parts) {
        try {
            const one = await this.view.one(parts, this.items);
            if (one) {
                return this.view.details(one);
            }
            return [this.heading("Not in this list"), h("p", {class: "problem"}, "It was removed meanwhile, or was never there.")];
        } catch (error) {
            return [this.heading("Not to be shown"), h("p", {class: "problem", role: "alert"}, error.message)];
        }
    }

    // What the details of one begin with: its name, the way back, and a line below.
    heading(name, ...below) {
        return h("header", {}, h("div", {class: "line"},
            h("h2", {tabindex: "-1"}, name),
            h("button", {type: "button", class: "small quiet", on: {click: () => this.close()}}, "Close")),
        below.length > 0 ? h("p", {}, below) : null);
    }

    close() {
        const row = this.list.querySelector("[aria-current]");
        this.context.go("#/" + this.view.name);
        this.choose(null);
        (row ?? this.root.querySelector("h1")).focus();
    }

    // After a change: the list, and what is shown of it.
    async refresh() {
        this.loaded = this.load();
        await this.loaded;
        if (this.parts !== null) {
            await this.choose(this.parts, {isQuiet: true});
        }
    }

    // A button that does work() and shows what has become of it.
    step(label, work, className = "") {
        return h("button", {type: "button", class: className, on: {click: async () => {
            if (await work()) {
                await this.refresh();
            }
        }}}, label);
    }

    // For the page's frame.
    get shown() {
        const isIdle = () => document.querySelector("dialog") === null;
        return {
            route: (parts) => this.choose(parts.length < 2 ? null : parts),
            event: (name) => this.view.hears?.(name) && this.after === undefined && isIdle() && this.refresh(),
            reload: () => this.refresh(),
            reset: () => this.again(),
            unmount: () => clearTimeout(this.typing),
        };
    }
}

// One of a list that has no address of its own in the API: on this page of the list, or on another.
export async function findAmong(name, items, isIt, fetch) {
    let found = items.find(isIt);
    for (let after; found === undefined && after !== null;) {
        const page = await fetch({after, limit: 1000});
        found = page[name].find(isIt);
        after = page.next;
    }
    return found;
}

// A field to search by, and a choice, for the filters of a view.
export function searchField(label) {
    return h("input", {type: "search", "aria-label": label, placeholder: label + "…", autocomplete: "off", spellcheck: "false"});
}

export function choiceField(label, options) {
    return h("select", {"aria-label": label}, options.map(([value, text]) => h("option", {value}, text)));
}
