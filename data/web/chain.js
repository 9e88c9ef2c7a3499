// SPDX-License-Identifier: Apache-2.0
// Certificates: who, signed by whom, valid until when, and the PEM.

import {h, foreign, day, inWords, fingerprint, facts, download, notify, copyText} from "./dom.js";

function validity(certificate) {
    const now = Date.now();
    const isLate = Date.parse(certificate.not_after) < now;
    const isEarly = Date.parse(certificate.not_before) > now;
    const words = isLate ? "expired " + inWords(certificate.not_after)
        : isEarly ? "not valid yet" : "valid, ends " + inWords(certificate.not_after);
    return [day(certificate.not_before), " to ", day(certificate.not_after), " ",
        h("span", {class: "chip " + (isLate || isEarly ? "bad" : "good")}, words)];
}

// A file's name of a subject: what is no letter, digit or dash is left out.
function fileName(certificate) {
    const name = (certificate.subject ?? "").replace(/^.*CN=/, "").replace(/[^A-Za-z0-9.-]+/g, "-").replace(/^[.-]+|-+$/g, "");
    return (name.slice(0, 60) || "certificate") + ".pem";
}

async function copy(text) {
    const isDone = await copyText(text);
    notify(isDone ? "The PEM is in the clipboard." : "This browser does not allow it: take the file.", isDone ? "good" : "bad");
}

export function certificateActions(certificate) {
    const name = certificate.subject ?? "certificate";
    return [
        h("button", {type: "button", class: "small", "aria-label": `Download PEM of ${name}`,
            on: {click: () => download(fileName(certificate), certificate.pem)}}, "Download PEM"),
        h("button", {type: "button", class: "small quiet", "aria-label": `Copy PEM of ${name}`,
            on: {click: () => copy(certificate.pem)}}, "Copy"),
    ];
}

export function certificateFacts(certificate) {
    return facts([
        ["Subject", foreign(certificate.subject ?? "cannot be read")],
        ["Issuer", foreign(certificate.issuer ?? "cannot be read")],
        ["Validity", certificate.not_after ? validity(certificate) : "cannot be read"],
        ["Key", certificate.key ?? ""],
        ["SHA-256", fingerprint(certificate.fingerprint)],
    ]);
}

function role(certificate, index) {
    return certificate.is_ca ? "CA" : index === 0 ? "device" : "certificate";
}

export function chain(certificates) {
    return h("ol", {class: "chain"}, certificates.map((certificate, index) => h("li", {},
        h("div", {class: "line"},
            h("span", {class: "name"}, `${index + 1}. ${role(certificate, index)}`),
            certificate.subject && certificate.subject === certificate.issuer
                ? h("span", {class: "chip plain"}, "signs itself") : null,
            certificateActions(certificate)),
        certificateFacts(certificate))));
}
