// SPDX-License-Identifier: Apache-2.0
// Questions: what will happen is said, and happens when it is confirmed.

import {h, foreign, focusLike, copyText} from "./dom.js";

let made = 0;

function newOnce() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Of what cannot be taken back: its name, to be typed.
function typedField(name) {
    const control = h("input", {name: "typed", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "off"});
    return field(["To confirm, type ", foreign(name, "typed")], control);
}

function checkTyped(form, typed) {
    if (typed !== undefined && form.get("typed").trim() !== typed) {
        throw new Error("That is not the name. Type it as it stands there, or cancel.");
    }
}

// The focus goes back to where it was, also when that was rendered anew meanwhile.
function open(dialog) {
    const opener = document.activeElement;
    document.body.append(dialog);
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            dialog.remove();
            if (!opener.isConnected) {
                focusLike(document.getElementById("main"), opener, "h1");
            }
            resolve(dialog.returnValue === "done");
        });
        dialog.showModal();
    });
}

// Shows a form in a dialog. act(form, once) does the work; an error of it is shown, and the form
// stays; once is the same again when nobody knows whether it was done. typed: a name that has to be
// typed first. The promise is true when it was done.
export function ask({title, body, confirm, danger = false, typed, act}) {
    const id = "dialog" + ++made;
    const problem = h("p", {class: "problem", role: "alert", hidden: true});
    const yes = h("button", {type: "submit", class: danger ? "danger" : "primary"}, confirm);
    const no = h("button", {type: "button"}, "Cancel");
    const form = h("form", {method: "dialog"}, h("h2", {id}, title), body,
                   typed === undefined ? null : typedField(typed), problem, h("div", {class: "actions"}, no, yes));
    const dialog = h("dialog", {"aria-labelledby": id}, form);
    let once = newOnce();
    no.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (yes.getAttribute("aria-disabled") === "true") {
            return; // it is being done
        }
        yes.setAttribute("aria-disabled", "true");
        problem.hidden = true;
        try {
            const given = new FormData(form);
            checkTyped(given, typed);
            await act(given, once);
            dialog.close("done");
        } catch (error) {
            once = error.status === 0 ? once : newOnce();
            problem.replaceChildren(error.body ?? error.message);
            problem.hidden = false;
            problem.scrollIntoView({block: "nearest"});
        }
        yes.removeAttribute("aria-disabled");
    });
    return open(dialog);
}

// Shows secrets that nobody can look up again: [[label, text], …]. Escape does not lose them.
export function showOnce({title, words, secrets}) {
    const id = "dialog" + ++made;
    const said = h("p", {class: "hint", role: "status"});
    const rows = secrets.map(([label, text]) => {
        const control = h("input", {class: "secret", readonly: true, value: text, spellcheck: "false"});
        control.addEventListener("focus", () => control.select());
        const copy = h("button", {type: "button", "aria-label": "Copy: " + label, on: {click: async () => {
            said.textContent = await copyText(text) ? `In the clipboard: ${label.toLowerCase()}.`
                : "This browser does not allow it: select the text and copy it.";
        }}}, "Copy");
        return h("div", {class: "once"}, field(label, control), copy);
    });
    const form = h("form", {method: "dialog"}, h("h2", {id}, title), h("p", {class: "consequence"}, words), rows, said,
                   h("div", {class: "actions"}, h("button", {type: "submit", class: "primary", value: "done"}, "I have kept it")));
    const dialog = h("dialog", {"aria-labelledby": id}, form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
    return open(dialog);
}

export function closeDialogs() {
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
}

export function field(label, control, hint) {
    const id = control.id || "field" + ++made;
    control.id = id;
    if (hint) {
        control.setAttribute("aria-describedby", id + "-hint");
    }
    return h("div", {class: "field"}, h("label", {for: id}, label), control,
             hint ? h("p", {class: "hint", id: id + "-hint"}, hint) : null);
}

export function choice(kind, name, value, label, isChecked = false) {
    const control = h("input", {type: kind, name, value, checked: isChecked});
    return h("label", {class: "choice"}, control, h("span", {}, label));
}
