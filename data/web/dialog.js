// SPDX-License-Identifier: Apache-2.0
// Questions: what will happen is said, and happens when it is confirmed.

import {h} from "./dom.js";

let made = 0;

// Shows a form in a dialog. act() does the work; an error of it is shown, and the form stays. The
// promise is true when it was done.
export function ask({title, body, confirm, danger = false, act}) {
    const id = "dialog" + ++made;
    const problem = h("p", {class: "problem", role: "alert", hidden: true});
    const yes = h("button", {type: "submit", class: danger ? "danger" : "primary"}, confirm);
    const no = h("button", {type: "button"}, "Cancel");
    const form = h("form", {method: "dialog"}, h("h2", {id: id}, title), body, problem,
                   h("div", {class: "actions"}, no, yes));
    const dialog = h("dialog", {"aria-labelledby": id}, form);
    let isDone = false;
    document.body.append(dialog);
    return new Promise((resolve) => {
        no.addEventListener("click", () => dialog.close());
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(isDone);
        });
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            yes.disabled = true;
            problem.hidden = true;
            try {
                await act(new FormData(form));
                isDone = true;
                dialog.close();
            } catch (error) {
                problem.textContent = error.message;
                problem.hidden = false;
                yes.disabled = false;
            }
        });
        dialog.showModal();
    });
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
