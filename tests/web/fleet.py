#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator does on the web page all day, in headless Chromium (TAP).

fleet.py NAMEPLATE: signing keys are trusted, retired and revoked; archives are judged; a device is
moved; the list of changes is read, a page at a time; each role sees what it may do; a lost
connection is said and is over by itself, and what was sent twice is done once; every text of every
view has its contrast in the light and in the dark. What has happened is asked of the program."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile

from looks import OVERFLOW, expect, look_as, look_as_before, names_of_controls, schemes_and_widths, tab_to, too_faint
from room import Room
from webdriver import Browser, WebDriverError

FWUP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "vectors", "fwup"))
VIEWS = ("refused", "devices", "cas", "firmware", "keys", "organisations", "changes")
DEVICES = 120

PRESS = """const wanted = [...document.querySelectorAll(arguments[0] + ' button')]
    .find((one) => one.textContent.startsWith(arguments[1]) && one.checkVisibility());
wanted?.focus();
wanted?.click();
return wanted !== undefined"""
NO_DIALOG = "return document.querySelector('dialog') === null"
DETAIL = "return document.querySelector('.detail:not([hidden]) h2')?.textContent === arguments[0]"
NAMES = "return [...document.querySelectorAll('.rows .row .name')].map((one) => one.textContent)"


def press(browser, scope, text):
    browser.wait("the button " + text, PRESS, scope, text)


def fill(browser, **fields):
    """Types into the fields of the open dialog."""
    for name, text in fields.items():
        browser.wait("the field " + name, "const field = document.querySelector(`dialog [name=${arguments[0]}]`); field?.focus();"
                     "field?.select(); return field !== null", name)
        browser.type(text)


def confirm(browser):
    press(browser, "dialog", browser.run("return document.querySelector('dialog button[type=submit]').textContent"))


def problem(browser, text):
    browser.wait("the problem", "const one = document.querySelector('dialog .problem:not([hidden])');"
                 "return one?.textContent.includes(arguments[0])", text)


def go(browser, view, *parts):
    browser.run("location.hash = ['#', ...arguments].map((part, index) => index === 0 ? part : encodeURIComponent(part)).join('/')", view, *parts)
    browser.wait("the view " + view, "return document.querySelector('nav a[aria-current]')?.dataset.view === arguments[0]"
                 " && document.querySelector('.rows:not([aria-busy])') && !document.querySelector('.empty:not([hidden])')?.textContent.startsWith('Loading')", view)


def listed(room, *what):
    return json.loads(room.run("registry", *what, "--json"))


def enter(browser, room, token):
    browser.open(room.base + "/")
    browser.wait("the form", "return document.activeElement.id === 'token'")
    browser.type(token)
    browser.keys("enter")
    browser.wait("the live stream", "return document.querySelector('#live[data-state=live]')")


def sign_in(browser, room):
    enter(browser, room, room.token)
    nodes = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node.get("ignored")]
    for landmark in ("banner", "navigation", "main"):
        expect(landmark in roles, "no %s in %s" % (landmark, sorted(set(roles))))


def trust_a_key(browser, room):
    go(browser, "keys")
    press(browser, ".head", "Trust a key")
    with open(FWUP + "/keys/k1.pub") as file:
        key = file.read().strip()
    fill(browser, org="acme", name="release", key=key[:-4])
    confirm(browser)
    problem(browser, "ey")  # what is wrong with it is said where it was typed
    expect(browser.run("return document.querySelector('dialog [name=org]').value") == "acme", "the form is lost")
    fill(browser, key=key)
    confirm(browser)
    browser.wait("the end of the dialog", NO_DIALOG)
    browser.wait("the key", "return document.querySelector('.keys .row')?.textContent.includes('release')")
    expect(browser.run("return document.activeElement.textContent").startswith("Trust a key"), "the focus is lost")
    keys = listed(room, "key", "list", "--org", "acme")["keys"]
    expect([(one["name"], one["state"]) for one in keys] == [("release", "active")], "keys: %s" % keys)
    press(browser, ".head", "Trust a key")
    fill(browser, org="acme", name="other", key=key)
    confirm(browser)
    problem(browser, "key")  # the same key under another name
    browser.keys("escape")
    browser.wait("the end of the dialog", NO_DIALOG)


def judge_archives(browser, room):
    go(browser, "firmware")
    press(browser, ".head", "Judge")
    fill(browser, org="acme", product="sensor-node")
    fill(browser, org="umbrella")
    browser.choose_file("dialog [type=file]", os.path.join(FWUP, "fw", "signed_k1_v1.0.0.fw"))
    confirm(browser)
    problem(browser, "umbrella has no firmware key for sensor-node. On a command line: nameplate registry key add")
    fill(browser, org="acme")
    for file, reason in (("unsigned_v1.0.0.fw", "unsigned"), ("bad_not_zip.fw", "not-zip")):
        browser.choose_file("dialog [type=file]", os.path.join(FWUP, "fw", file))
        confirm(browser)
        browser.wait("the refusal", "return document.querySelector('dialog .problem:not([hidden]) .chip')?.textContent === arguments[0]", reason)
    browser.choose_file("dialog [type=file]", os.path.join(FWUP, "fw", "signed_k1_v1.0.0.fw"))
    confirm(browser)
    browser.wait("the end of the dialog", NO_DIALOG)
    browser.wait("the archive", DETAIL, "sensor-node 1.0.0")
    with open(FWUP + "/fw/signed_k1_v1.0.0.fw", "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    shown = browser.run("return document.querySelector('.detail .fingerprint').textContent.replaceAll(' ', '')")
    expect(shown == sha256, "the hash is %s" % shown)


def revoke_a_key(browser, room):
    go(browser, "keys", "acme", "release")
    browser.wait("the key", DETAIL, "release")
    expect("1 archive" in browser.text(".detail"), "what it has signed is not said")
    press(browser, ".detail", "Retire")
    confirm(browser)
    browser.wait("the state", "return document.querySelector('.detail .chip')?.textContent === 'retiring'")
    browser.wait("the focus", "return document.querySelector('.detail').contains(document.activeElement)")
    press(browser, ".detail", "Revoke")
    expect("takes no update" in browser.text("dialog"), "what follows is not said")
    fill(browser, typed="releas")
    browser.keys("enter")
    problem(browser, "not the name")
    expect(listed(room, "key", "list", "--org", "acme")["keys"][0]["state"] == "retiring", "it was revoked nevertheless")
    browser.type("e")
    browser.run("const field = document.querySelector('dialog [name=typed]'); field.focus(); field.select()")
    browser.type("release")
    browser.keys("enter")
    browser.wait("the state", "return document.querySelector('.detail .chip')?.textContent === 'revoked'")
    expect(listed(room, "key", "list", "--org", "acme")["keys"][0]["state"] == "revoked", "it is not revoked")
    go(browser, "firmware")
    press(browser, ".head", "Judge")
    fill(browser, org="acme", product="sensor-node")
    browser.choose_file("dialog [type=file]", os.path.join(FWUP, "fw", "signed_k1_v1.1.0.fw"))
    confirm(browser)
    browser.wait("the refusal", "return document.querySelector('dialog .problem:not([hidden]) .chip')?.textContent === 'revoked-key'")
    browser.keys("escape")
    browser.wait("the end of the dialog", NO_DIALOG)


def move_a_device(browser, room):
    go(browser, "devices", "acme", "T2-000017")
    browser.wait("the device", DETAIL, "T2-000017")
    press(browser, ".detail", "Move")
    fill(browser, to="umbrella", typed="T2-000017")
    confirm(browser)
    browser.wait("the device", DETAIL + " && document.querySelector('.detail header').textContent.includes('of umbrella')", "T2-000017")
    browser.wait("the focus", "return document.activeElement.matches('.detail h2')")
    found = listed(room, "device", "show", "T2-000017", "--org", "umbrella")["device"]
    expect(found["org"] == "umbrella", "it is %s" % found)


def read_the_changes(browser, room):
    browser.run("[...document.querySelectorAll('.detail a')].find((one) => one.textContent === 'Who has changed it').click()")
    browser.wait("its history", "return document.querySelector('.changes .row') && document.querySelector('.tools [type=search]').value === 'T2-000017'"
                 " && [...document.querySelectorAll('.changes .row .name')].every((one) => one.textContent.endsWith('T2-000017'))")
    all_changes = listed(room, "changes", "list")["changes"]
    wanted = [str(one["seq"]) for one in reversed(all_changes) if one["subject"] == "T2-000017" and one["org"] == "umbrella"]
    expect(len(wanted) > 0, "nothing was written down")
    numbers = "return [...document.querySelectorAll('.changes .row .times')].map((one) => one.textContent.replace('no. ', ''))"
    browser.wait("the newest first", "return (() => {" + numbers + "})().includes(arguments[0])", wanted[0])
    seen = []
    go(browser, "organisations")
    go(browser, "changes")
    browser.wait("all of them", "return document.querySelectorAll('.changes .row').length === 50")
    while True:
        page = browser.run(numbers)
        seen += page
        if browser.run("return [...document.querySelectorAll('.more button')].pop().disabled"):
            break
        press(browser, ".more", "Next")
        browser.wait("the next page", "return document.querySelector('.changes .row .times').textContent !== 'no. ' + arguments[0]"
                     " && document.activeElement.tagName === 'H1'", page[0])
    expect(seen == [str(one["seq"]) for one in reversed(listed(room, "changes", "list")["changes"])], "the pages have %s" % seen)
    expect("by boss" in browser.run("return document.body.textContent"), "nobody has done it")


def page_through_devices(browser, room):
    go(browser, "devices")
    browser.wait("a page", "return document.querySelectorAll('.devices .row').length === 50")
    seen = browser.run(NAMES)
    for number in ("2", "3"):
        press(browser, ".more", "Next")
        browser.wait("page " + number, "return document.querySelector('.more').textContent.includes('Page ' + arguments[0])"
                     " && document.activeElement.tagName === 'H1'", number)
        seen += browser.run(NAMES)
    known = {one["identifier"] for org in ("acme", "umbrella") for one in listed(room, "device", "list", "--org", org)["devices"]}
    expect(len(seen) == len(set(seen)) and set(seen) == known, "%d on the pages, %d known" % (len(set(seen)), len(known)))
    press(browser, ".more", "Previous")
    browser.wait("page 2", "return document.querySelector('.more').textContent.includes('Page 2') && document.activeElement.tagName === 'H1'")
    expect(browser.run(NAMES) == seen[50:100], "the way back is another")
    browser.run("document.querySelector('.tools [type=search]').focus()")
    browser.type("F-0010")
    browser.wait("what was searched for", "return [...document.querySelectorAll('.devices .row .name')].map((one) => one.textContent).sort().join() === arguments[0]",
                 ",".join("F-%05d" % number for number in range(100, 110)))


def look_at_everything(browser, room):
    """Contrasts, names and widths of each view with its first row in full, in the light and the dark."""
    for scheme, width in schemes_and_widths():
        look_as(browser, scheme, width)
        for view in VIEWS:
            go(browser, view)
            has_row = "const row = document.querySelector('.rows > li:not([hidden]) a.row'); if (row?.hash.split('/').length > 2) row.click(); else return true;"
            if not browser.run(has_row):
                browser.wait("it in full", "return document.querySelector('.detail h2')")
            where = "%s, %s, %d" % (view, scheme, width)
            expect(too_faint(browser) == [], "%s: too faint: %s" % (where, too_faint(browser)[:3]))
            expect(browser.run(OVERFLOW) == [False, []], "%s overflows: %s" % (where, browser.run(OVERFLOW)))
            expect(names_of_controls(browser) == [], "%s: controls without a name: %s" % (where, names_of_controls(browser)))
            expect(browser.run("return document.querySelectorAll('h1').length") == 1, where + " has not one heading")
    browser.run("document.documentElement.style.setProperty('--muted', '#b0b0b0')")
    expect(too_faint(browser) != [], "grey on white is not found")
    browser.run("document.documentElement.style.removeProperty('--muted')")
    go(browser, "keys", "acme", "release")
    browser.wait("the key", DETAIL, "release")
    press(browser, ".detail", "Trust again")
    expect(too_faint(browser) == [], "a dialog is too faint: %s" % too_faint(browser)[:3])
    browser.keys("escape")
    browser.wait("the end of the dialog", NO_DIALOG)
    look_as_before(browser)


def use_the_menu_by_keyboard(browser, room):
    browser.resize(360, 740)
    go(browser, "devices")
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    tab_to(browser, "the menu", "at.id === 'menu'")
    browser.keys("enter")
    browser.wait("the menu", "return document.getElementById('menu').getAttribute('aria-expanded') === 'true'"
                 " && document.querySelector('nav a').checkVisibility()")
    browser.keys("escape")
    browser.wait("its end", "return !document.querySelector('nav a').checkVisibility() && document.activeElement.id === 'menu'")
    browser.keys("enter")
    tab_to(browser, "the keys", "at.dataset.view === 'keys'")
    browser.keys("enter")
    browser.wait("the keys", "return document.querySelector('h1').textContent === 'Signing keys'"
                 " && !document.querySelector('nav a').checkVisibility()")
    browser.resize(1280, 800)


def lose_the_connection(browser, room):
    """What was confirmed while nobody answered is confirmed again, and is done once."""
    go(browser, "devices", "umbrella", "T2-000017")
    browser.wait("the device", DETAIL, "T2-000017")
    press(browser, ".detail", "Block")
    room.close()
    confirm(browser)
    problem(browser, "cannot be reached")
    browser.wait("the loss", "return document.querySelector('.lost:not([hidden])')?.checkVisibility() && document.getElementById('live').dataset.state === 'lost'")
    expect("by itself" in browser.text(".lost"), "what happens next is not said")
    room.start()
    browser.wait("the connection", "return document.querySelector('#live[data-state=live]') && document.querySelector('.lost').hidden")
    confirm(browser)
    browser.wait("the state", NO_DIALOG + " && document.querySelector('.detail .chip')?.textContent === 'blocked'")
    blocks = [one for one in listed(room, "changes", "list")["changes"] if one["what"] == "device block"]
    expect(len(blocks) == 1, "blocked %d times" % len(blocks))


def say_why_a_list_is_old(browser, room):
    go(browser, "keys")
    room.close()
    browser.wait("the loss", "return document.querySelector('.lost:not([hidden])')")
    browser.run("const choice = document.querySelector('.tools select'); choice.value = 'revoked'; choice.dispatchEvent(new Event('change'))")
    browser.wait("the problem", "return document.querySelector('.list .problem:not([hidden])')?.textContent.includes('cannot be reached')")
    expect(browser.run(NAMES) == ["release"], "the list is gone")
    press(browser, ".lost", "Try now")  # in vain; once somebody answers the page may have noticed by itself
    room.start()
    browser.wait("the list", "return document.querySelector('#live[data-state=live]') && document.querySelector('.list .problem').hidden")
    refused = [entry["message"] for entry in browser.log("browser") if "Failed to load resource" not in entry["message"]]
    expect(refused == [], "the console says %s" % refused)


def say_why_there_is_no_refusal(browser, room):
    """One that is not there any more, or never was: the place says so, and can be left."""
    go(browser, "refused")
    browser.run("location.hash = '#/refused/999999'")
    browser.wait("the problem", "return document.querySelector('.detail .problem')?.textContent.includes('No refusal')")
    press(browser, ".detail", "Close")
    browser.wait("the list", "return document.querySelector('.detail').hidden && location.hash === '#/refused'")


def show_what_a_role_may(browser, room):
    for role, may, may_not in (("view", [], ["Announce", "Block", "Trust a key", "Judge"]),
                               ("manage", ["Announce", "Unblock", "Judge"], ["Move", "Trust a key", "Register"])):
        press(browser, "#bar", "Sign out")
        browser.wait("the form", "return document.activeElement.id === 'token'")
        browser.type(room.make_token(role + "er", role))
        browser.keys("enter")
        browser.wait("the live stream", "return document.querySelector('#live[data-state=live]')")
        labels = []
        for view in VIEWS:
            go(browser, view, *(["umbrella", "T2-000017"] if view == "devices" else []))
            if view == "devices":
                browser.wait("the device", DETAIL, "T2-000017")
            labels += browser.run("return [...document.querySelectorAll('main button')].map((one) => one.textContent)")
        for label in may:
            expect(any(one.startswith(label) for one in labels), "%s may not: %s" % (role, label))
        for label in may_not:
            expect(not any(one.startswith(label) for one in labels), "%s may: %s" % (role, label))


def lose_the_token(browser, room):
    """It is removed while a question is open: nothing of what was looked at stays."""
    go(browser, "devices", "umbrella", "T2-000017")
    browser.wait("the device", DETAIL, "T2-000017")
    press(browser, ".detail", "Unblock")
    room.run("registry", "token", "remove", "manageer")
    confirm(browser)
    browser.wait("the form", "return document.activeElement.id === 'token' && document.querySelector('.problem')?.textContent.includes('not good any more')")
    expect(browser.run(NO_DIALOG), "the question is still there")
    expect("T2-000017" not in browser.text(), "the device is still there")


STEPS = (sign_in, trust_a_key, judge_archives, revoke_a_key, move_a_device, read_the_changes, page_through_devices,
         look_at_everything, use_the_menu_by_keyboard, lose_the_connection, say_why_a_list_is_old, say_why_there_is_no_refusal,
         show_what_a_role_may, lose_the_token)


def run_steps(browser, room, steps):
    print("1..%d" % len(steps), flush=True)
    for number, step in enumerate(steps, 1):
        try:
            step(browser, room)
        except (AssertionError, WebDriverError, subprocess.CalledProcessError) as error:
            print("not ok %d %s" % (number, step.__name__))
            print("# " + str(error).replace("\n", "\n# "), flush=True)
            if "SHOT" in os.environ:
                browser.screenshot(os.environ["SHOT"])
            return 1  # the steps after it stand on this one
        print("ok %d %s" % (number, step.__name__), flush=True)
    return 0


def main():
    with tempfile.TemporaryDirectory(prefix="np-fleet.") as folder, contextlib.ExitStack() as owned:
        room = Room(folder)
        owned.callback(room.close)
        room.run("registry", "ca", "add", "acme.cert", "--org", "acme", "--jitp", "product=tracker", "--trusted")
        expect(room.connect("--chip", "virtual:kit.chip") == 0, "the device does not come in")
        expect(room.knock_with_name("outside", 0) == 5, "the device is not refused")
        for number in range(DEVICES):
            room.ask("POST", "/v1/devices/" + ("acme" if number % 2 else "umbrella"), {"identifier": "F-%05d" % number})
        browser = Browser(1280, 800)
        owned.callback(browser.close)
        return run_steps(browser, room, STEPS)


if __name__ == "__main__":
    sys.exit(main())
