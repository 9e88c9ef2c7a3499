// SPDX-License-Identifier: Apache-2.0
// The organisations: whose CAs and devices there are. One is chosen for all views by its row.

import {h, foreign, day} from "./dom.js";

export const organisations = {
    title: "Organisations",

    mount(root, context) {
        const list = h("ul", {class: "rows"});
        const empty = h("div", {class: "empty", hidden: true}, h("strong", {}, "There is no organisation yet"),
            "One exists from the moment that something of it is registered.");
        const more = h("div", {class: "more", hidden: true});
        let loads = 0;

        async function load(after) {
            const turn = ++loads;
            try {
                const page = await context.api.organisations({after, limit: 200});
                if (turn !== loads) {
                    return;
                }
                const items = page.organisations.map((organisation) => h("li", {}, h("a", {class: "row", href: "#/devices",
                    on: {click: () => context.useOrganisation(organisation.name)}},
                h("span", {class: "name"}, foreign(organisation.name)),
                h("span", {class: "last side number"}, organisation.added_at ? ["since ", day(organisation.added_at)] : ""))));
                if (after === undefined) {
                    list.replaceChildren(...items);
                } else {
                    list.append(...items);
                }
                empty.hidden = list.children.length > 0;
                more.hidden = page.next === null;
                more.replaceChildren(h("button", {type: "button", on: {click: () => load(page.next)}}, "Show more"));
            } catch (error) {
                context.fail(error);
            }
        }

        root.append(h("div", {class: "head"}, h("div", {class: "title"}, h("h1", {tabindex: "-1"}, "Organisations"),
            h("p", {}, "Choose one to see its devices alone."))), h("div", {class: "list card organisations"}, list, empty, more));
        load();
        return {route: () => {}, event: (name) => name === "change" && load(), reload: () => {}, unmount: () => {}};
    },
};
