// SPDX-License-Identifier: Apache-2.0
// Elements, texts and times. Whatever comes from a device goes in as text, never as markup.

const booleans = new Set(["disabled", "checked", "required", "hidden", "readonly", "selected", "open"]);

// h("p", {class: "note", on: {click: f}}, "text", element, [more], null)
export function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
        if (name === "on") {
            for (const [kind, listener] of Object.entries(value)) {
                element.addEventListener(kind, listener);
            }
        } else if (booleans.has(name)) {
            element.toggleAttribute(name, Boolean(value));
        } else if (value !== null && value !== undefined) {
            element.setAttribute(name, String(value));
        }
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return element;
}

// Characters that turn text round, hide it or join it to what stands beside it.
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

function codepoint(character) {
    const code = "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return h("span", {class: "codepoint", title: "an invisible character"}, code);
}

// A text that a stranger has chosen: isolated from what surrounds it, and nothing of it invisible.
export function foreign(text, className) {
    const isolated = h("bdi", {class: className});
    let plain = "";
    for (const character of text ?? "") {
        if (hidden.test(character)) {
            isolated.append(plain, codepoint(character));
            plain = "";
        } else {
            plain += character;
        }
    }
    isolated.append(plain);
    return isolated;
}

const steps = [
    [60, 1, "second"],
    [3600, 60, "minute"],
    [86400, 3600, "hour"],
    [86400 * 45, 86400, "day"],
    [86400 * 700, 86400 * 30.44, "month"],
    [Infinity, 86400 * 365.25, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", {style: "narrow", numeric: "always"});
const absolute = new Intl.DateTimeFormat("en-GB", {dateStyle: "medium", timeStyle: "medium"});

export function inWords(iso) {
    const seconds = (Date.parse(iso) - Date.now()) / 1000;
    if (Number.isNaN(seconds)) {
        return iso; // a day that no calendar has
    }
    if (Math.abs(seconds) < 3) {
        return "now";
    }
    const [, length, unit] = steps.find(([limit]) => Math.abs(seconds) < limit);
    return relative.format(Math.trunc(seconds / length), unit);
}

function inFull(iso) {
    const date = new Date(iso);
    return Number.isNaN(date.getTime()) ? iso : absolute.format(date);
}

// "2 minutes ago", which goes on; the date itself on hovering and for programs.
export function ago(iso, none = "never") {
    return iso ? h("time", {datetime: iso, title: inFull(iso), class: "ago"}, inWords(iso))
               : h("span", {class: "muted"}, none);
}

export function day(iso) {
    return h("time", {datetime: iso, title: inFull(iso)}, iso.slice(0, 10));
}

setInterval(() => {
    for (const element of document.querySelectorAll("time.ago")) {
        const words = inWords(element.dateTime);
        if (element.textContent !== words) {
            element.textContent = words;
        }
    }
}, 5000);

// "3f9a c01e ...", so that people can compare it.
export function fingerprint(hex) {
    return h("code", {class: "fingerprint"}, hex.replace(/(.{4})(?=.)/g, "$1 "));
}

export function icon(kind) {
    const paths = {
        in: "M3.5 8.5l3 3 6-7",
        out: "M4 4l8 8M12 4l-8 8",
        wait: "M8 4v4l2.5 2",
    };
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("class", "icon " + kind);
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", paths[kind]);
    svg.append(path);
    return svg;
}

export function facts(pairs) {
    return h("dl", {class: "facts"}, pairs.filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// "see `registry ca show`" with its commands set as such.
export function sentence(text) {
    const parts = text.split("`");
    const whole = parts.map((part, index) => index % 2 === 1 ? h("code", {}, part) : part);
    whole[0] = parts[0].charAt(0).toUpperCase() + parts[0].slice(1);
    return [...whole, "."];
}

export function announce(text) {
    document.getElementById("announcer").textContent = text;
}

const label = (element) => element.tagName + (element.getAttribute("href") ?? element.getAttribute("aria-label") ?? element.textContent);

// What had the focus is gone: what is like it gets it, else the nearest heading.
export function focusLike(root, had, heading = "h2") {
    const same = [...root.querySelectorAll("a, button, h2")].find((element) => label(element) === label(had));
    (same ?? root.querySelector(heading))?.focus({preventScroll: true});
}

// Renders anew what has the focus inside, which stays where it was as well as that can be told.
export function keepFocus(root, render) {
    const had = root.contains(document.activeElement) ? document.activeElement : null;
    render();
    if (had !== null && !root.contains(document.activeElement)) {
        focusLike(root, had);
    }
}

// Of a list's rows, the one that leads to this address is the current one; null: none is.
export function markRow(list, address) {
    for (const row of list.querySelectorAll(".row")) {
        if (address !== null && row.getAttribute("href") === address) {
            row.setAttribute("aria-current", "true");
        } else {
            row.removeAttribute("aria-current");
        }
    }
}

// Escape closes what is open beside a list, unless it is a dialog's or a field's.
export function closeOnEscape(root, isOpen, close) {
    root.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && isOpen() && !event.target.closest("dialog, input")) {
            close();
        }
    });
}

// A sentence at the bottom, for a while.
export function notify(text, kind = "good") {
    const notice = h("p", {class: "notice " + kind}, text);
    document.getElementById("notices").append(notice);
    setTimeout(() => notice.remove(), 8000);
}

export async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}

// "12.3 MB"
export function size(bytes) {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
    const value = bytes / 1000 ** step;
    return value.toLocaleString("en", {maximumFractionDigits: step === 0 || value >= 100 ? 0 : 1}) + " " + units[step];
}

// A state as a word on a ground of its colour.
export const chip = (kind, ...text) => h("span", {class: "chip " + kind}, text);

// A file for the reader, made here: nothing is fetched.
export function download(name, text) {
    const url = URL.createObjectURL(new Blob([text], {type: "application/x-pem-file"}));
    h("a", {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
}
