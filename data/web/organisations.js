// SPDX-License-Identifier: Apache-2.0
// The organisations: whose CAs and devices there are. One is chosen for all views by its row.

import {foreign, day} from "./dom.js";
import {Listing} from "./listing.js";

export const organisations = {
    title: "Organisations",

    mount(root, context) {
        const list = new Listing(root, context, {
            name: "organisations", title: "Organisations", items: "organisations",
            lead: "Choose one, and every view is of that one alone.",
            columns: [["Name", "name"], ["Since", "last", "side number"]],
            cells: (organisation) => [foreign(organisation.name), organisation.added_at ? day(organisation.added_at) : ""],
            address: () => "#/devices",
            choose: (organisation) => context.useOrganisation(organisation.name),
            fetch: (page) => context.api.organisations(page),
            nothing: () => ["There is no organisation yet", "One exists from the moment that something of it is registered."],
            hears: (event) => event === "change",
        });
        return list.shown;
    },
};
