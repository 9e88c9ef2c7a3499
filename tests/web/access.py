#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who comes in, on the web page in headless Chromium (TAP).

access.py NAMEPLATE: one certificate and one key of a device are kept out and let in again, at a
gateway that the device knocks at; shared secrets and tokens are made, shown once, and removed; who
may not see tokens does not. What has happened is asked of the program and of the door."""

import contextlib
import json
import os
import sqlite3
import sys
import tempfile
import time
import urllib.error
import urllib.request

from fleet import DETAIL, NO_DIALOG, PRESS, confirm, enter, fill, go, listed, press, problem, run_steps
from looks import OVERFLOW, expect, look_as, look_as_before, names_of_controls, schemes_and_widths, too_faint
from room import Room
from webdriver import PATIENCE, Browser

SECRETS = "return [...document.querySelectorAll('dialog input.secret')].map((one) => one.value)"


def knocks(room, status):
    end = time.monotonic() + PATIENCE
    while room.connect("--chip", "virtual:kit.chip") != status:
        expect(time.monotonic() < end, "the device never hears %d" % status)


def sign_in(browser, room):
    enter(browser, room, room.token)


def block(browser, room, noun):
    """Kept out, alone, and let in again; the page says so each time."""
    go(browser, "devices", "acme", "T2-000017")
    browser.wait("the device", DETAIL, "T2-000017")
    for verb, chips, status in (("Block", ["active", noun + " blocked"], 5), ("Unblock", ["active"], 0)):
        press(browser, ".detail", "%s the %s" % (verb, noun))
        expect(noun + " of T2-000017" in browser.text("dialog"), "of what is not said")
        confirm(browser)
        browser.wait("the state", NO_DIALOG + " && [...document.querySelectorAll('.detail .chip.bad, .detail header .chip')]"
                     ".map((one) => one.textContent).join() === arguments[0]", ",".join(chips))
        browser.wait("the focus", "return document.querySelector('.detail').contains(document.activeElement)")
        knocks(room, status)
    done = [one["what"] for one in listed(room, "changes", "list")["changes"] if one["who"] == "boss"][-2:]
    expect(done[0] != done[1] and all("block" in one for one in done), "written down: %s" % done)


def keep_the_focus(browser, room):
    """The button that has opened a question is rendered anew while the question is open."""
    go(browser, "devices", "acme", "T2-000017")
    browser.wait("the device", DETAIL, "T2-000017")
    press(browser, ".detail", "Block…")
    browser.run("document.querySelectorAll('.detail button').forEach((one) => one.replaceWith(one.cloneNode(true)))")
    browser.keys("escape")
    browser.wait("the focus", NO_DIALOG + " && document.activeElement.textContent === 'Block…'")
    go(browser, "organisations")


def block_a_certificate(browser, room):
    block(browser, room, "certificate")


def block_a_key(browser, room):
    block(browser, room, "key")


def see_once(browser, how_many):
    """Escape does not lose it; afterwards it is nowhere on the page."""
    browser.wait("what is shown once", "return document.querySelectorAll('dialog input.secret').length === arguments[0]", how_many)
    browser.keys("escape")
    browser.keys("escape")
    shown = browser.run(SECRETS)
    expect(len(shown) == how_many and all(shown), "it is gone: %s" % shown)
    expect(names_of_controls(browser) == [], "controls without a name: %s" % names_of_controls(browser))
    expect(too_faint(browser) == [], "too faint: %s" % too_faint(browser)[:3])
    press(browser, "dialog", "I have kept it")
    browser.wait("the end of the dialog", NO_DIALOG)
    expect(not browser.run("return document.documentElement.outerHTML.includes(arguments[0])", shown[-1]), "it is still there")
    return shown


def make_secrets(browser, room):
    go(browser, "secrets")
    expect("no shared secret" in browser.text(".empty"), "an empty list does not say so")
    press(browser, ".head", "Make a secret")
    fill(browser, org="acme", product="tracker", limit="5")
    confirm(browser)
    key, secret = see_once(browser, 2)
    with contextlib.closing(sqlite3.connect(room.folder + "/fleet.db")) as base:
        stored = base.execute("SELECT secret FROM secrets WHERE key_id = ?", (key,)).fetchone()
    expect(stored is not None and stored[0] == secret, "shown: %s, stored: %s" % (secret, stored))
    browser.wait("the secret", DETAIL, "product tracker")
    press(browser, ".head", "Make a secret")
    browser.run("document.querySelector('dialog [value=device]').click()")
    fill(browser, org="acme", device="T2-000018")
    confirm(browser)
    problem(browser, "evice")  # there is no such device
    fill(browser, device="T2-000017")
    confirm(browser)
    own, _ = see_once(browser, 2)
    browser.wait("the secret", DETAIL, "device T2-000017")
    known = {(one["key"], one["product"], one["device"], one["create_limit"]) for one in listed(room, "secret", "list")["secrets"]}
    expect(known == {(key, "tracker", "", 5), (own, "", "T2-000017", 0)}, "known: %s" % known)
    press(browser, ".detail", "Remove")
    fill(browser, typed=own)
    confirm(browser)
    browser.wait("its end", NO_DIALOG + " && document.querySelectorAll('.secrets .row').length === 1 && document.querySelector('.detail').hidden")
    expect([one["key"] for one in listed(room, "secret", "list")["secrets"]] == [key], "it is not removed")


def status_of(room, token):
    asked = urllib.request.Request(room.base + "/v1/me", headers={"Authorization": "Bearer " + token})
    try:
        with urllib.request.urlopen(asked) as answer:
            me = json.loads(answer.read())
            return answer.status, me["name"], me["role"], me["org"]
    except urllib.error.HTTPError as error:
        return (error.code,)


def make_tokens(browser, room):
    go(browser, "tokens")
    browser.wait("the own one", "return document.querySelector('.tokens .row .name')?.textContent === 'boss'")
    press(browser, ".head", "Make a token")
    fill(browser, name="boss", org="acme")
    browser.run("document.querySelector('dialog [value=manage]').click()")
    confirm(browser)
    problem(browser, "oken")  # the name is taken
    fill(browser, name="worker")
    confirm(browser)
    token, = see_once(browser, 1)
    expect(status_of(room, token) == (200, "worker", "manage", "acme"), "it is %s" % (status_of(room, token),))
    browser.wait("the token", DETAIL, "worker")
    expect("acme" in browser.text(".detail"), "whose it is is not said")
    found = [one for one in listed(room, "token", "list")["tokens"] if one["name"] == "worker"][0]
    days = (time.mktime(time.strptime(found["expires_at"], "%Y-%m-%dT%H:%M:%SZ")) - time.time()) / 86400
    expect(363 < days < 367, "it is good for %s days" % days)
    press(browser, ".detail", "Remove")
    fill(browser, typed="worker")
    confirm(browser)
    browser.wait("its end", NO_DIALOG + " && document.querySelectorAll('.tokens .row').length === 1")
    expect(status_of(room, token) == (401,), "it is still good")


def look_at_them(browser, room):
    for scheme, width in schemes_and_widths():
        look_as(browser, scheme, width)
        for view in ("secrets", "tokens"):
            go(browser, view)
            where = "%s, %s, %d" % (view, scheme, width)
            browser.run("document.querySelector('.rows a.row').click()")
            browser.wait("it in full", "return document.querySelector('.detail h2')")
            expect(too_faint(browser) == [], "%s: too faint: %s" % (where, too_faint(browser)[:3]))
            expect(browser.run(PRESS, "main", "Remove"), where + " has no button")
            expect(browser.run(OVERFLOW) == [False, []], "%s overflows: %s" % (where, browser.run(OVERFLOW)))
            expect(names_of_controls(browser) == [], "%s: controls without a name: %s" % (where, names_of_controls(browser)))
            expect(too_faint(browser) == [], "%s: too faint: %s" % (where, too_faint(browser)[:3]))
            browser.keys("escape")
            browser.wait("the end of the dialog", NO_DIALOG)
    look_as_before(browser)


def keep_tokens_to_admins(browser, room):
    press(browser, "#bar", "Sign out")
    browser.wait("the form", "return document.activeElement.id === 'token'")
    browser.type(room.make_token("hand", "manage"))
    browser.keys("enter")
    browser.wait("the live stream", "return document.querySelector('#live[data-state=live]')")
    expect(browser.run("return document.querySelector('nav a[data-view=tokens]')") is None, "there is a way to the tokens")
    browser.run("location.hash = '#/tokens'")
    browser.wait("the refusal", "return document.querySelector('.list .problem:not([hidden])')?.textContent.includes('admin')")
    go(browser, "secrets")
    browser.run("document.querySelector('.secrets .row').click()")
    browser.wait("the secret", DETAIL, "product tracker")
    expect("yours has manage" in browser.text(".detail"), "why it may not is not said")
    refused = [entry["message"] for entry in browser.log("browser") if "Failed to load resource" not in entry["message"]]
    expect(refused == [], "the console says %s" % refused)


def main():
    with tempfile.TemporaryDirectory(prefix="np-access.") as folder, contextlib.ExitStack() as owned:
        room = Room(folder)
        owned.callback(room.close)
        room.run("registry", "ca", "add", "acme.cert", "--org", "acme", "--jitp", "product=tracker", "--trusted")
        expect(room.connect("--chip", "virtual:kit.chip") == 0, "the device does not come in")
        browser = Browser(1280, 800)
        owned.callback(browser.close)
        return run_steps(browser, room, (sign_in, keep_the_focus, block_a_certificate, block_a_key, make_secrets, make_tokens, look_at_them,
                                         keep_tokens_to_admins))


if __name__ == "__main__":
    sys.exit(main())
