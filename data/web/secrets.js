// SPDX-License-Identifier: Apache-2.0
// Shared secrets (NH1): by them devices come in that have no certificate.

import {h, foreign, ago, facts, chip, notify} from "./dom.js";
import {ask, showOnce, field, choice} from "./dialog.js";
import {Listing, addressOf, findAmong} from "./listing.js";
import {may, organisationField} from "./steps.js";

const isProducts = (secret) => secret.product !== "";
const whose = (secret) => isProducts(secret) ? ["product ", foreign(secret.product)] : ["device ", foreign(secret.device)];

function created(secret) {
    return !isProducts(secret) ? "" : secret.created.toLocaleString("en")
        + (secret.create_limit > 0 ? " of " + secret.create_limit.toLocaleString("en") : " created");
}

// Of a product or of a device: what is asked for follows.
function whoseField() {
    const product = h("input", {name: "product", required: true, maxlength: 512, autocomplete: "off"});
    const limit = h("input", {name: "limit", type: "number", min: 0, value: 0, required: true});
    const device = h("input", {name: "device", maxlength: 255, autocomplete: "off", spellcheck: "false"});
    const ofProduct = [field("Product", product), field("Devices that it may create", limit, "0: as many as come.")];
    const ofDevice = field("Identifier of the device", device, "It is on record already.");
    const turn = (isOfProduct) => {
        ofProduct.forEach((one) => one.toggleAttribute("hidden", !isOfProduct));
        ofDevice.toggleAttribute("hidden", isOfProduct);
        product.required = isOfProduct;
        limit.disabled = !isOfProduct;
        device.required = !isOfProduct;
    };
    const kinds = h("fieldset", {on: {change: (event) => turn(event.target.value === "product")}}, h("legend", {}, "Whose it is"),
        choice("radio", "kind", "product", "A product's: its devices create themselves when they first come in", true),
        choice("radio", "kind", "device", "One device's own"));
    turn(true);
    return [kinds, ofProduct, ofDevice];
}

// {org, key} of a new one; null: none was made.
async function make(context) {
    let made = null;
    const isDone = await ask({
        title: "Make a shared secret",
        confirm: "Make it",
        body: [
            organisationField(context, context.org),
            whoseField(),
            h("p", {class: "consequence"}, "Whoever has the secret can be any device that comes in by it, and so can whoever reads the registry. A certificate in a chip has nothing that could be read. The secret is shown once."),
        ],
        act: async (form, once) => {
            const body = form.get("kind") === "product"
                ? {product: form.get("product"), create_limit: Number(form.get("limit"))} : {device: form.get("device")};
            made = await context.api.addSecret(form.get("org"), body, once);
        },
    });
    if (!isDone) {
        return null;
    }
    context.refreshOrganisations();
    if (made.secret === null) {
        notify("The secret was made, but the answer that showed it was lost. Remove it, and make another.", "bad");
    } else {
        await showOnce({title: "The shared secret", secrets: [["Key", made.key], ["Secret", made.secret]],
            words: "Keep the secret now: this page cannot show it again."});
    }
    return made;
}

async function remove(context, secret) {
    const isDone = await ask({
        title: "Remove the shared secret",
        confirm: "Remove it",
        danger: true,
        typed: secret.key,
        body: [h("p", {}, whose(secret), h("span", {class: "muted"}, " of "), foreign(secret.org)),
            h("p", {class: "consequence"}, "Connections that came in by it end, and nobody comes in by it again. Devices that have nothing else stay outside until they are given something new. Removing it cannot be undone here.")],
        act: () => context.api.removeSecret(secret.org, secret.key),
    });
    if (isDone) {
        notify("The shared secret is removed.");
    }
    return isDone;
}

function details(list, context, secret) {
    const takeAway = async () => {
        if (await remove(context, secret)) {
            await list.load();
            list.close();
        }
    };
    return [
        list.heading(whose(secret), chip("plain", isProducts(secret) ? "of a product" : "of a device"), " ",
            h("span", {class: "muted"}, "of "), foreign(secret.org)),
        may(context, "admin") ? h("div", {class: "tools"}, h("button", {type: "button", on: {click: takeAway}}, "Remove…"))
            : h("p", {class: "hint"}, `Removing it takes a token of the role admin; yours has ${context.me.role}.`),
        h("section", {class: "section"}, h("h3", {}, "What is known"), facts([
            ["Key", h("code", {}, secret.key)],
            ["Created", isProducts(secret) ? `${secret.created.toLocaleString("en")} devices`
                + (secret.create_limit > 0 ? ` of at most ${secret.create_limit.toLocaleString("en")}` : ", without a limit") : ""],
            ["Last used", ago(secret.last_used)],
            ["Made", ago(secret.added_at, "unknown")],
            ["History", h("a", {href: addressOf("changes", secret.org, secret.key)}, "Who has made it")],
        ])),
    ];
}

export const secrets = {
    title: "Shared secrets",

    mount(root, context) {
        const makeOne = async () => {
            const made = await make(context);
            if (made !== null) {
                await list.again();
                context.visit(addressOf("secrets", made.org, made.key));
            }
        };
        const list = new Listing(root, context, {
            name: "secrets", title: "Shared secrets", items: "secrets",
            lead: "By them devices come in that have no certificate (NH1). The secrets themselves are not shown.",
            tools: may(context, "manage") ? h("button", {type: "button", on: {click: makeOne}}, "Make a secret…") : null,
            columns: [["Whose", "name"], ["Organisation", "why", "side clip"], ["Key", "by", "side clip"],
                ["Last used", "last", "side number"], ["Created", "times", "side number"]],
            cells: (secret) => [whose(secret), foreign(secret.org), h("code", {}, secret.key),
                ago(secret.last_used, "never used"), created(secret)],
            address: (secret) => addressOf("secrets", secret.org, secret.key),
            fetch: (page) => context.api.secrets({...page, org: context.org}),
            one: ([org, key], items) => findAmong("secrets", items, (secret) => secret.org === org && secret.key === key,
                (page) => context.api.secrets({...page, org})),
            details: (secret) => details(list, context, secret),
            nothing: () => ["There is no shared secret", "Devices with a certificate need none."],
            hears: (event) => event === "change",
        });
        return list.shown;
    },
};
