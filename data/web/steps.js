// SPDX-License-Identifier: Apache-2.0
// What an operator can do, with what follows from it said before it is done.

import {h, foreign, fingerprint, notify} from "./dom.js";
import {ask, field, choice} from "./dialog.js";

const ranks = {view: 0, manage: 1, admin: 2};

export const may = (context, role) => ranks[context.me.role] >= ranks[role];

export function organisationField(context, preset, hint = "It is made if it is not there yet. No blanks, no slashes.", required = true) {
    const control = h("input", {name: "org", required, maxlength: 64, autocomplete: "off", spellcheck: "false",
        list: "organisations-known", value: context.me.org || preset || "", readonly: Boolean(context.me.org)});
    return [field("Organisation", control, hint),
        h("datalist", {id: "organisations-known"}, context.organisations.map((name) => h("option", {value: name})))];
}

// The CAs of a chain to choose among, or a place for one that the device has not sent.
function authorityField(certificates) {
    const authorities = certificates.filter((certificate) => certificate.is_ca);
    if (authorities.length === 0) {
        return field("The CA's certificate, as PEM", h("textarea", {name: "pem", required: true, spellcheck: "false",
            placeholder: "-----BEGIN CERTIFICATE-----"}), "The device has sent its own certificate alone. Paste the one of the CA that signed it.");
    }
    return h("fieldset", {}, h("legend", {}, "CA"), authorities.map((certificate, index) => choice("radio", "pem",
        certificate.pem, [foreign(certificate.subject), " ", fingerprint(certificate.fingerprint)], index === 0)));
}

function jitpField() {
    const product = h("input", {name: "product", maxlength: 64, autocomplete: "off", value: "device", required: true});
    const more = field("Product of these devices", product);
    const box = choice("checkbox", "jitp", "yes", "Let it create devices that connect for the first time", true);
    box.querySelector("input").addEventListener("change", (event) => {
        more.hidden = !event.target.checked;
        product.required = event.target.checked;
    });
    return [box, more];
}

// True when it was registered.
export async function registerAuthority(context, certificates, preset) {
    let name = "";
    const isDone = await ask({
        title: "Register this CA",
        confirm: "Register the CA",
        body: [
            authorityField(certificates),
            organisationField(context, preset),
            jitpField(),
            choice("checkbox", "checks_expiry", "yes", "Admit nobody new once the CA has expired"),
            h("div", {class: "consequence"},
                h("strong", {}, "What follows"),
                h("p", {}, "Whoever holds the key of this CA decides from now on which devices are this organisation's. "
                    + "All of its devices that knock come in, not only this one."),
                h("p", {}, "You vouch that the CA belongs to the organisation: no proof of ownership is asked for. "
                    + "Removing the CA later leaves those inside that it has let in.")),
            choice("checkbox", "vouch", "yes", "I vouch for it"),
        ],
        act: async (form, once) => {
            if (!form.get("vouch")) {
                throw new Error("Vouch for the CA first: nobody else does.");
            }
            name = form.get("org");
            await context.api.addAuthority(name, {
                certificate: form.get("pem"),
                product: form.get("jitp") ? form.get("product") : "",
                checks_expiry: Boolean(form.get("checks_expiry")),
            }, once);
        },
    });
    if (isDone) {
        notify(`The CA is registered for ${name}. Its devices come in at their next try.`);
        context.refreshOrganisations();
    }
    return isDone;
}

// Of one device; texts say what follows.
const deviceSteps = {
    block: {
        title: "Block the device", confirm: "Block it", danger: true,
        words: "It stays out with all its keys and certificates until it is unblocked. If it is connected now, it is cut off within a second.",
        done: "is blocked",
    },
    unblock: {
        title: "Unblock the device", confirm: "Unblock it",
        words: "It may come in again, with the keys and certificates that are on record.",
        done: "may come in again",
    },
    delete: {
        title: "Delete the device", confirm: "Delete it", danger: true,
        words: "It stays on record, so that it stays out, and is cut off within a second. Unblocking takes it back.",
        done: "is deleted",
    },
    "rekey-window": {
        title: "Open a rekey window", confirm: "Open it for 24 hours",
        words: "For 24 hours, whoever comes with a certificate of a registered CA and this identifier comes in with a new key, once. Open it when the device's board or chip was replaced.",
        done: "may come in with a new key for 24 hours",
    },
};

export async function changeDevice(context, step, org, identifier) {
    const row = deviceSteps[step];
    const isDone = await ask({
        title: row.title,
        confirm: row.confirm,
        danger: row.danger,
        body: [h("p", {}, foreign(identifier), h("span", {class: "muted"}, " of "), foreign(org)),
            h("p", {class: "consequence"}, row.words)],
        act: (form, once) => context.api.changeDevice(org, identifier, step, {}, once),
    });
    if (isDone) {
        notify(`${identifier} ${row.done}.`);
    }
    return isDone;
}

const credentialWords = {
    certificates: {
        noun: "certificate",
        block: "A connection that came in by it is cut off within a second, and nobody comes in by it any more. The device may have others, also for the same key.",
        unblock: "The device comes in by it again, unless its key or the device itself is blocked.",
    },
    keys: {
        noun: "key",
        block: "All certificates of this key are out with it, also those that the device has not shown yet, and connections that came in by them are cut off within a second. Do this when a key is known to somebody else.",
        unblock: "The device comes in again by the certificates of this key that are not blocked themselves.",
    },
};

// One certificate of a device, or one key with all of its certificates, kept out or let in again.
export async function changeCredential(context, device, {kind, sha256, step}) {
    const words = credentialWords[kind];
    const verb = step === "block" ? "Block" : "Unblock";
    const isDone = await ask({
        title: `${verb} the ${words.noun}`,
        confirm: `${verb} it`,
        danger: step === "block",
        body: [h("p", {}, h("span", {class: "muted"}, `${words.noun} of `), foreign(device.identifier)), h("p", {}, fingerprint(sha256)),
            h("p", {class: "consequence"}, words[step])],
        act: (form, once) => context.api.changeCredential(device, kind, sha256, step, once),
    });
    if (isDone) {
        notify(`The ${words.noun} of ${device.identifier} ${step === "block" ? "is blocked" : "is good again"}.`);
    }
    return isDone;
}

// The organisation that it is in now; null: it stays where it was.
export async function moveDevice(context, device) {
    let to = null;
    const others = context.organisations.filter((name) => name !== device.org);
    const isDone = await ask({
        title: "Move the device to another organisation",
        confirm: "Move it",
        danger: true,
        typed: device.identifier,
        body: [
            h("p", {}, foreign(device.identifier), h("span", {class: "muted"}, " of "), foreign(device.org)),
            field("To", h("input", {name: "to", required: true, maxlength: 64, autocomplete: "off", spellcheck: "false", list: "others-known"}),
                "The other organisation. It is made if it is not there yet."),
            h("datalist", {id: "others-known"}, others.map((name) => h("option", {value: name}))),
            h("p", {class: "consequence"}, "It belongs to the other organisation from that moment on, with its keys and certificates. Who sees only this organisation does not see it any more, and cannot take it back."),
        ],
        act: async (form, once) => {
            to = form.get("to").trim();
            await context.api.changeDevice(device.org, device.identifier, "move", {to}, once);
        },
    });
    if (isDone) {
        notify(`${device.identifier} belongs to ${to}.`);
        context.refreshOrganisations();
    }
    return isDone ? to : null;
}

// What is not known yet is asked for.
export async function announceDevice(context, org, identifier) {
    let name = identifier;
    const isDone = await ask({
        title: "Announce a device",
        confirm: "Announce it",
        body: [
            org ? h("p", {}, h("span", {class: "muted"}, "Organisation "), foreign(org)) : organisationField(context, ""),
            field("Identifier", h("input", {name: "identifier", required: true, maxlength: 255, autocomplete: "off",
                spellcheck: "false", value: identifier, readonly: Boolean(org && identifier)})),
            field("Product", h("input", {name: "product", maxlength: 64, autocomplete: "off"}), "May be empty."),
            h("p", {class: "consequence"}, "The first certificate of a registered CA of this organisation that names this identifier is recorded as the device's."),
        ],
        act: async (form, once) => {
            name = form.get("identifier");
            const product = form.get("product");
            await context.api.addDevice(org || form.get("org"), {identifier: name, ...(product ? {product} : {})}, once);
        },
    });
    if (isDone) {
        notify(`${name} is announced. It comes in at its next try.`);
    }
    return isDone;
}
