// SPDX-License-Identifier: Apache-2.0
// Firmware: the archives that were accepted, and the judge, who is asked about another one.

import {h, foreign, ago, fingerprint, facts, size, chip, notify} from "./dom.js";
import {ask, field} from "./dialog.js";
import {Listing, addressOf, findAmong, searchField} from "./listing.js";
import {may, organisationField} from "./steps.js";

// The judge's no, with its reason by name.
function refusal(error) {
    if (!error.reason) {
        return error;
    }
    error.body = h("div", {class: "verdict"}, h("p", {}, chip("bad", error.reason), " ", h("strong", {}, "Refused.")), h("p", {}, error.message));
    return error;
}

async function judge(context, form, file, once) {
    try {
        return await context.api.judgeFirmware(form.get("org"), form.get("product"), file, once);
    } catch (error) {
        if (error.status === 0) {
            error.message = "The upload was cut off. If this page is live, the archive may be larger than the gateway takes (upload_mb in management).";
        }
        throw refusal(error);
    }
}

async function upload(context) {
    let accepted = null;
    const progress = h("p", {class: "hint", role: "status"});
    const isDone = await ask({
        title: "Judge an archive",
        confirm: "Judge it",
        body: [
            organisationField(context, context.org, "Whose signing keys are asked."),
            field("Product", h("input", {name: "product", required: true, maxlength: 64, autocomplete: "off", spellcheck: "false"}),
                "The archive has to be for this one."),
            field("Archive", h("input", {type: "file", name: "file", required: true, accept: ".fw"}), "A .fw file of fwup, signed."),
            h("p", {class: "consequence"}, "The signature, every resource and what the archive says of itself are checked. When it is accepted, it is recorded with the key that signed it. The archive itself is not kept."),
            progress,
        ],
        act: async (form, once) => {
            const file = form.get("file");
            progress.textContent = `${size(file.size)} are on their way.`;
            try {
                accepted = await judge(context, form, file, once);
            } finally {
                progress.textContent = "";
            }
        },
    });
    if (isDone) {
        notify(`Accepted: ${accepted.product} ${accepted.version} for ${accepted.platform}.`);
    }
    return isDone ? accepted : null;
}

function details(list, archive) {
    return [
        list.heading([foreign(archive.product), " ", foreign(archive.version)], chip("good", "accepted"), " ",
            h("span", {class: "muted"}, "of "), foreign(archive.org)),
        h("section", {class: "section"}, h("h3", {}, "What it says of itself"), facts([
            ["Platform", foreign(archive.platform)],
            ["Architecture", foreign(archive.architecture)],
            ["UUID", h("code", {}, archive.uuid)],
        ])),
        h("section", {class: "section"}, h("h3", {}, "The file"), facts([
            ["Size", `${size(archive.size)} (${archive.size.toLocaleString("en")} bytes)`],
            ["SHA-256", fingerprint(archive.sha256)],
            ["Accepted", ago(archive.accepted_at)],
            ["History", h("a", {href: addressOf("changes", archive.org, archive.uuid)}, "Who has sent it")],
        ])),
    ];
}

export const firmware = {
    title: "Archives",

    mount(root, context) {
        const product = searchField("Product is exactly");
        const judgeOne = async () => {
            const accepted = await upload(context);
            if (accepted !== null) {
                await list.again();
                context.visit(addressOf("firmware", accepted.org, accepted.sha256));
            }
        };
        const list = new Listing(root, context, {
            name: "firmware", title: "Firmware archives", items: "firmware",
            lead: "What was judged and accepted. Archives are not kept here: their hashes and signers are.",
            filters: [product],
            tools: may(context, "manage") ? h("button", {type: "button", on: {click: judgeOne}}, "Judge an archive…") : null,
            columns: [["Product and version", "name"], ["Organisation", "why", "side clip"], ["Platform", "by", "side clip"],
                ["Accepted", "last", "side number"], ["Size", "times", "side number"]],
            cells: (archive) => [[foreign(archive.product), " ", foreign(archive.version)], foreign(archive.org),
                [foreign(archive.platform), " · ", foreign(archive.architecture)], ago(archive.accepted_at), size(archive.size)],
            address: (archive) => addressOf("firmware", archive.org, archive.sha256),
            fetch: (page) => context.api.firmware({...page, org: context.org, product: product.value}),
            one: ([org, sha256], items) => findAmong("firmware", items, (archive) => archive.org === org && archive.sha256 === sha256,
                async (page) => context.api.firmware({...page, org})),
            details: (archive) => details(list, archive),
            nothing: () => product.value !== "" ? ["No archive is of this product", "The product is searched for as a whole."]
                : ["No archive was accepted yet", "Trust the key that signs your firmware, then let an archive be judged."],
            hears: (event) => event === "change",
        });
        return list.shown;
    },
};
