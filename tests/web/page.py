#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web page in headless Chromium, at a gateway that real devices knock at (TAP).

page.py NAMEPLATE: somebody signs in, sees a device refused, reads why, registers its CA, and sees
the device come in, by keyboard alone; on a phone nothing overflows; names that devices have chosen
stay texts; the page asks no other host, and its policy is never violated."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

from looks import OVERFLOW, expect, names_of_controls, tab_to
from room import HTML_NAME, RTL_NAME, Room
from webdriver import PATIENCE, Browser, WebDriverError

FAMILY = [HTML_NAME, RTL_NAME, "\u0634\u0631\u0643\u0629-\u0667", "N" * 200]


def sign_in(browser, room):
    browser.open(room.base + "/")
    browser.wait("the form", "return document.activeElement.id === 'token'")
    browser.type("npt_wrong")
    browser.keys("enter")
    browser.wait("a refusal", "return document.querySelector('.problem:not([hidden])')?.textContent.includes('unknown')")
    refused = [entry for entry in browser.log("browser") if "401" not in entry["message"]]
    expect(refused == [], "the console says %s" % refused)
    expect(browser.run("return sessionStorage.length") == 0, "a wrong token is kept")
    browser.wait("the form", "return document.activeElement.id === 'token'")
    browser.type(room.token)
    browser.keys("enter")
    browser.wait("the live stream", "return document.querySelector('#live[data-state=live]')")
    expect(browser.text(".empty").startswith("Nobody stands outside"), "the empty list does not say so")
    expect(names_of_controls(browser) == [], "controls without a name: %s" % names_of_controls(browser))


def see_refused(browser, room):
    expect(room.connect("--chip", "virtual:kit.chip") == 5, "the device is not refused")
    browser.wait("the row", "return document.querySelector('.row .name')?.textContent.includes('T2-000017')")
    expect("unknown_ca" in browser.text(".row"), "the row does not say why")
    browser.wait("the announcement", "return announcer.textContent.includes('T2-000017')")
    browser.wait("the badge", "return document.title.startsWith('(1)')")
    expect(browser.run("return document.querySelector('nav .badge').textContent").startswith("1"), "no badge")


def register_by_keyboard(browser, room):
    browser.run("document.activeElement.blur(); getSelection().removeAllRanges()")
    tab_to(browser, "the row", "at.matches('.row')")
    browser.keys("enter")
    browser.wait("the details", "return document.activeElement.id === 'refusal-name'")
    details = browser.text(".detail")
    for text in ("unknown_ca", "No registered CA has signed the certificate", "Register the CA",
                 "CN=Signer", "1. device", "2. CA", "127.0.0.1", "P-256"):
        expect(text in details, "the details lack: " + text)
    # Escape closes, and the focus is where it was
    browser.keys("escape")
    browser.wait("the row", "return document.activeElement.matches('.row')")
    browser.keys("enter")
    browser.wait("the details", "return document.activeElement.id === 'refusal-name'")
    tab_to(browser, "the button", "at.textContent.startsWith('Register this CA')")
    browser.keys("enter")
    browser.wait("the dialog", "return document.querySelector('dialog[open]')?.contains(document.activeElement)")
    expect(names_of_controls(browser) == [], "controls without a name: %s" % names_of_controls(browser))
    expect("no proof of ownership" in browser.text("dialog"), "the consequences are not said")
    tab_to(browser, "the organisation", "at.name === 'org'")
    browser.type("acme")
    tab_to(browser, "the product", "at.name === 'product'")
    browser.keys("enter")  # without vouching
    browser.wait("the problem", "return document.querySelector('dialog .problem:not([hidden])')?.textContent.includes('Vouch')")
    tab_to(browser, "the vouching", "at.name === 'vouch'")
    browser.keys("space")
    tab_to(browser, "the confirmation", "at.matches('dialog button.primary')")
    browser.keys("enter")
    browser.wait("the end of the dialog", "return !document.querySelector('dialog')")
    listed = json.loads(room.run("registry", "ca", "list", "--json"))["authorities"]
    expect([(one["org"], one["product"]) for one in listed] == [("acme", "device")], "registered: %s" % listed)


def take_the_chain(browser, room):
    """The CA's certificate as a file, which the policy must not forbid."""
    folder = os.path.join(room.folder, "downloads")
    os.mkdir(folder)
    browser.cdp("Page.setDownloadBehavior", behavior="allow", downloadPath=folder)
    browser.run("document.querySelectorAll('.chain button')[2].click()")
    end = time.monotonic() + PATIENCE
    while os.listdir(folder) != ["Signer.pem"]:
        expect(time.monotonic() < end, "no file comes: %s" % os.listdir(folder))
        time.sleep(0.05)
    with open(folder + "/Signer.pem") as taken, open(room.folder + "/acme.cert") as wanted:
        expect(taken.read() == wanted.read(), "the file is not the CA's certificate")


def see_it_come_in(browser, room):
    expect(room.connect("--chip", "virtual:kit.chip") == 0, "the device does not come in")
    browser.wait("the arrival", "return announcer.textContent === 'T2-000017 has come in.'")
    browser.wait("the details", "return document.querySelector('.detail')?.textContent.includes('Nothing to do')")
    browser.wait("the badge to go", "return document.title === 'Nameplate'")


def change_a_device(browser, room):
    browser.run("document.querySelector('nav a[data-view=devices]').click()")
    browser.wait("the device", "return document.querySelector('.devices .row')?.textContent.includes('T2-000017')")
    browser.run("document.querySelector('.devices .row').click()")
    for verb, state, status in (("Block", "blocked", 5), ("Unblock", "active", 0)):
        press = "const wanted = [...document.querySelectorAll(arguments[0])].find((one) => one.textContent.startsWith(arguments[1]));" \
                "wanted?.click(); return Boolean(wanted)"
        browser.wait(verb, press, ".detail button", verb)
        browser.wait("the dialog", press, "dialog button[type=submit]", verb)
        browser.wait("the state", "return !document.querySelector('dialog') && document.querySelector('.detail .chip')?.textContent === arguments[0]"
                     " && document.querySelector('.devices .chip')?.textContent === arguments[0]", state)
        end = time.monotonic() + PATIENCE
        while room.connect("--chip", "virtual:kit.chip") != status:
            expect(time.monotonic() < end, "the device is not %s" % state)
    browser.run("document.querySelector('nav a[data-view=refused]').click()")
    browser.wait("that it is in again", "return document.querySelector('.refused .empty:not([hidden])')")
    browser.run("document.querySelector('nav a[data-view=devices]').click()")
    browser.wait("the device", "return document.querySelector('.devices .row')?.textContent.includes('T2-000017')")
    browser.run("document.querySelector('.tools input[type=search]').focus()")
    browser.type("none")
    browser.wait("the search", "return document.querySelector('.empty:not([hidden])')?.textContent.includes('No device is like this')")


def show_hostile_names(browser, room):
    room.run("registry", "device", "add", HTML_NAME, "--org", "<b>acme")
    for number, name in enumerate(FAMILY):
        expect(room.knock_with_name(name, number) == 5, "the device is not refused")
    browser.run("document.querySelector('nav a[data-view=refused]').click()")
    browser.wait("all of them", "return [...document.querySelectorAll('.rows > li:not([hidden]) .by')]"
                 ".filter((one) => one.textContent.includes('Umbrella CA')).length === arguments[0]", len(FAMILY))
    shown = browser.run("return [...document.querySelectorAll('.row .name bdi:first-of-type')].map((one) => one.textContent)")
    expect(HTML_NAME in shown, "not as text: %s" % shown)
    expect("gpj.U+202Eexe-7" in shown, "an override of the direction is not visible: %s" % shown)
    expect(FAMILY[2] in shown, "letters are lost: %s" % shown)
    expect(browser.run("return document.querySelectorAll('main img, main script, main b').length") == 0, "markup came in")
    browser.run("document.querySelector('nav a[data-view=devices]').click()")
    browser.wait("the device", "return document.body.textContent.includes(arguments[0])", HTML_NAME)
    expect(browser.run("return document.querySelectorAll('main img, main b').length") == 0, "markup came in")


def fit_on_a_phone(browser, room):
    browser.resize(360, 720)
    dialog = "const button = [...document.querySelectorAll('main button')].find((one) => one.textContent.endsWith('…'));" \
             "button?.click(); return button !== undefined"
    for view in ("refused", "devices", "cas", "organisations", "changes"):
        browser.run("document.querySelector(`nav a[data-view=${arguments[0]}]`).click()", view)
        browser.wait("the rows of " + view, "return document.querySelector('.rows > li:not([hidden]) .row')")
        expect(browser.run(OVERFLOW) == [False, []], "%s overflows: %s" % (view, browser.run(OVERFLOW)))
        if view in ("organisations", "changes"):
            continue
        browser.run("[...document.querySelectorAll('.rows > li:not([hidden]) .row')].pop().click()")
        browser.wait("the details", "return document.querySelector('.detail h2')")
        expect(browser.run("return getComputedStyle(document.querySelector('.list')).display") == "none",
               "list and details share a phone's screen")
        expect(browser.run(OVERFLOW) == [False, []], "details of %s overflow: %s" % (view, browser.run(OVERFLOW)))
        browser.wait("a dialog", dialog)
        browser.wait("the dialog", "return document.querySelector('dialog[open]')")
        expect(browser.run(OVERFLOW) == [False, []], "dialog of %s overflows: %s" % (view, browser.run(OVERFLOW)))
        browser.keys("escape")
        browser.wait("its end", "return !document.querySelector('dialog')")
    browser.resize(1280, 800)


def follow_preferences(browser, room):
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    browser.cdp("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": "dark"}, {"name": "prefers-reduced-motion", "value": "reduce"}])
    expect(browser.run(ground) != light, "dark is as light")
    expect(browser.run("return getComputedStyle(document.getElementById('live'), '::before').animationName") == "none",
           "something moves")
    browser.cdp("Emulation.setEmulatedMedia", features=[])


def keep_to_itself(browser, room):
    """What was asked of whom since the beginning, and what the console said."""
    expect(browser.log("browser") == [], "the console says something")
    asked = set()
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"])
    expect(any("/v1/events" in url for url in asked), "the log has no requests")
    expect(all(url.startswith(room.base + "/") for url in asked), "asked others: %s" % asked)
    expect(all(room.token not in url for url in asked), "a token stands in an address")
    expect(browser.run("try { document.createElement('p').innerHTML = '<b>'; return false } catch { return true }"),
           "markup can be made of texts")


def survive_a_restart(browser, room):
    """The list stays, the connection is made again, and goes on with what happens then."""
    browser.run("document.querySelector('nav a[data-view=refused]').click()")
    browser.wait("the rows", "return document.querySelector('.rows > li:not([hidden]) .row')")
    room.close()
    browser.wait("the loss", "return document.querySelector('#live[data-state=lost]')")
    room.start()
    browser.wait("the connection", "return document.querySelector('#live[data-state=live]')")
    expect(browser.run("return document.querySelectorAll('.rows .row').length") >= len(FAMILY), "rows are lost")
    expect(room.knock_with_name("after the restart", len(FAMILY)) == 5, "the device is not refused")
    browser.wait("the row", "return document.querySelector('.row')?.textContent.includes('after the restart')")


def sign_out(browser, room):
    reader = room.make_token("reader", "view")
    browser.run("[...document.querySelectorAll('#bar button')].pop().click()")
    browser.wait("the form", "return document.activeElement.id === 'token'")
    expect(browser.run("return sessionStorage.length") == 0, "the token is still there")
    browser.type(reader)
    browser.keys("enter")
    browser.wait("the refusals", "return document.querySelector('.rows > li:not([hidden]) .row')")
    browser.run("document.querySelector('.rows > li:not([hidden]) .row').click()")
    browser.wait("the role", "return document.querySelector('.todo')?.textContent.includes('yours has view')")
    browser.open(room.base + "/#/cas")  # a reload keeps who is signed in
    browser.wait("the CAs", "return document.querySelector('.cas .row')")
    room.run("registry", "token", "remove", "reader")
    browser.run("document.querySelector('nav a[data-view=devices]').click()")
    browser.wait("the form", "return document.querySelector('.problem')?.textContent.includes('not good any more')")


STEPS = (sign_in, see_refused, register_by_keyboard, take_the_chain, see_it_come_in, change_a_device, show_hostile_names,
         fit_on_a_phone, follow_preferences, keep_to_itself, survive_a_restart, sign_out)


def main():
    print("1..%d" % len(STEPS), flush=True)
    with tempfile.TemporaryDirectory(prefix="np-web.") as folder, contextlib.ExitStack() as owned:
        room = Room(folder)
        owned.callback(room.close)
        browser = Browser(1280, 800)
        owned.callback(browser.close)
        for number, step in enumerate(STEPS, 1):
            try:
                step(browser, room)
            except (AssertionError, WebDriverError, subprocess.CalledProcessError) as error:
                print("not ok %d %s" % (number, step.__name__))
                print("# " + str(error).replace("\n", "\n# "), flush=True)
                return 1  # the steps after it stand on this one
            print("ok %d %s" % (number, step.__name__), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
