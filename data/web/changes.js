// SPDX-License-Identifier: Apache-2.0
// Who has changed what, and when: the list that is only added to, the newest first.

import {h, foreign, ago} from "./dom.js";
import {Listing, searchField} from "./listing.js";

// A hash in a text is as long as a line: its ends are enough, and the whole is there to hover over.
function withShortHashes(text) {
    return text.split(/\b([0-9a-f]{64})\b/).map((part, index) => index % 2 === 0 ? foreign(part)
        : h("code", {title: part}, `${part.slice(0, 8)}…${part.slice(-8)}`));
}

function cells(change) {
    return [
        [h("span", {class: "act"}, withShortHashes(change.what)), " ", withShortHashes(change.subject)],
        foreign(change.org),
        ["by ", foreign(change.who)],
        ago(change.changed_at),
        "no. " + change.seq,
    ];
}

export const changes = {
    title: "Changes",

    mount(root, context) {
        const search = searchField("About exactly");
        const list = new Listing(root, context, {
            name: "changes", title: "Changes", items: "changes",
            lead: ["Each change has the hash of the one before in it; ", h("code", {}, "nameplate registry changes verify"),
                " finds one that was altered or taken away."],
            filters: [search],
            columns: [["What", "name"], ["Organisation", "why", "side clip"], ["Who", "by", "side clip"],
                ["When", "last", "side number"], ["Number", "times", "side number"]],
            cells,
            fetch: (page) => context.api.changes({...page, org: context.org, subject: search.value, order: "newest"}),
            nothing: () => search.value !== ""
                ? ["Nothing was changed about this", "An identifier, a name or a fingerprint is searched for as a whole."]
                : ["Nothing was changed yet", "What somebody does here, or on a command line, is written down."],
            hears: (event) => event === "change",
        });
        return {
            ...list.shown,
            // of one thing: "#/changes/acme/T2-000017"
            route: ([org, subject]) => {
                if (subject !== undefined && subject !== search.value) {
                    search.value = subject;
                    list.again();
                }
            },
        };
    },
};
