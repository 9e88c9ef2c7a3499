#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator's screen in headless Chromium, at a line of four virtual bays (TAP).

station.py NAMEPLATE: somebody with a scanner, which is a keyboard, makes units; results can be read
from two metres, without colours, and stay until the next scan; the station is killed and started
again, and the screen comes back by itself; the line stands and is sent on."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

from looks import OVERFLOW, expect, names_of_controls, too_faint
from room import PROGRAM
from still import Still
from webdriver import Browser, WebDriverError

BAYS = ("1", "2", "3", "4")
# of a unit in a bay: what the tile shows, and its serial
TILE = """const tile = [...document.querySelectorAll('.bay')].find((one) => one.querySelector('.name').textContent === arguments[0]);
return tile === undefined ? null : [tile.dataset.shows, tile.querySelector('.serial').textContent,
    tile.querySelector('.text').textContent, tile.querySelector('.why').textContent, !tile.querySelector('.next').hidden]"""
SHOWS = "const shown = (() => {" + TILE + "})(...arguments); return shown?.[0] === arguments[1]"
COUNTS = "return ['Pass', 'Fail', 'Policy'].map((name) => document.querySelector(`[data-of=${name}]`).textContent).join()"
IN_FIELD = "return document.activeElement.id === 'serial'"
# of each tile: what it shows, pixels of the word, and whether its parts are whole, inside, and apart
TILES = """const inside = (one, all) => one.left >= all.left - 1 && one.right <= all.right + 1 && one.top >= all.top - 1 && one.bottom <= all.bottom + 1;
const apart = (one, other) => one.bottom <= other.top + 3 || other.bottom <= one.top + 3 || one.right <= other.left + 1 || other.right <= one.left + 1;
return [...document.querySelectorAll('.bay')].map((tile) => {
    const all = tile.getBoundingClientRect();
    const word = tile.querySelector('.text').getBoundingClientRect();
    const parts = ['.name', '.again', '.text', '.serial', '.why', '.next'].map((name) => tile.querySelector(name))
        .filter((part) => part.checkVisibility() && part.textContent !== '').map((part) => part.getBoundingClientRect());
    return [tile.dataset.shows, parseFloat(getComputedStyle(tile.querySelector('.word')).fontSize), parts.every((part) => inside(part, all)),
        parts.every((part, index) => parts.every((other, place) => place <= index || apart(part, other))), inside(all, {left: 0, top: 0, right: innerWidth, bottom: innerHeight})];
})"""
RESULTS = ("PASS", "FAIL", "STATION", "POLICY")
# bays, width, height: pixels of the smallest result, which is STATION, and of PASS
LEGIBLE = {(1, 1280, 800): (130, 200), (1, 1920, 1080): (200, 300), (8, 1280, 800): (36, 48), (8, 1920, 1080): (58, 70),
           (12, 1280, 800): (29, 44), (12, 1920, 1080): (50, 60), (32, 1280, 800): (24, 38), (32, 1920, 1080): (38, 56)}


class Line:
    """A folder with a station of four bays; units are files that are put into them."""

    def __init__(self, folder):
        self.folder = folder
        self.env = dict(os.environ, XDG_CACHE_HOME=folder + "/cache", LC_ALL="C.UTF-8")
        self.run("signer", "create", "acme")
        self.run("signer", "create", "umbrella")
        self.run("station", "key", "create", "st07")
        # held without being listened at, so that nobody else is given it while the station is away
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.port = self.held.getsockname()[1]
        self.base = "http://127.0.0.1:%d" % self.port
        self.shift = time.strftime("%H:%M", time.localtime(time.time() + 12 * 3600))  # none begins meanwhile
        self.units = 0

    def run(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.env, check=True,
                              capture_output=True, text=True).stdout

    def start(self, *more):
        with open(self.folder + "/station.conf", "w") as file:
            file.write("\n".join([
                'name = "st07"', 'key = "st07.key"', 'record = "units.npj"', 'listen = "127.0.0.1:%d"' % self.port,
                'shifts = {"%s"}' % self.shift,
                'signer { certificate = "acme.cert" key = "acme.key" }', 'product { name = "tracker" serial = "scan" }',
                *more, *('bay "%s" { chip = "virtual:bay%s.np" }' % (bay, bay) for bay in BAYS), ""]))
        self.station = subprocess.Popen([PROGRAM, "station", "run", "--config", "station.conf"], cwd=self.folder,
                                        env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        for text in self.station.stderr:
            if self.base in text:
                return
        raise WebDriverError("the station does not start")

    def make_unit(self, signer=None):
        self.units += 1
        name = "unit%d.np" % self.units
        self.run("virtual", "create", name, "--model", "atecc608b")
        if signer is not None:
            self.run("chip", "provision", "virtual:" + name, "--signer-cert", signer + ".cert",
                     "--signer-key", signer + ".key", "--serial", "U-1", "--yes")
        return name

    def put(self, bay, unit):
        os.rename(self.folder + "/" + unit, self.folder + "/bay%s.np" % bay)

    def take(self, bay, unit):
        os.rename(self.folder + "/bay%s.np" % bay, self.folder + "/" + unit)

    def recorded(self):
        with open(self.folder + "/units.npj") as file:
            lines = [json.loads(text) for text in file]
        return [(line["serial"], line["result"]) for line in lines if line["kind"] == "unit"]

    def close(self):
        if self.station.poll() is None:
            self.station.terminate()
        self.station.wait()
        self.held.close()


def scan(browser, text):
    """As a scanner does it: the keys in one go, wherever the focus is."""
    browser.keys(*text, "enter")


def wait_for(browser, bay, shows):
    browser.wait("bay %s to show %s" % (bay, shows), SHOWS, bay, shows)
    return browser.run(TILE, bay)


def begin(browser, line):
    browser.open(line.base + "/")
    browser.wait("the station", "return document.querySelector('#station').textContent === 'st07' && !document.body.matches('.lost')")
    for bay in BAYS:
        expect(wait_for(browser, bay, "absent")[2] == "empty", "an empty bay does not say so")
    expect(browser.run(IN_FIELD), "the field has not the focus")
    expect(names_of_controls(browser) == [], "controls without a name: %s" % names_of_controls(browser))


def make_units(browser, line):
    for bay in BAYS:
        line.put(bay, line.make_unit())
        wait_for(browser, bay, "waiting")
        scan(browser, "T2-00000" + bay)
    for bay in BAYS:
        expect(wait_for(browser, bay, "PASS")[1:3] == ["T2-00000" + bay, "PASS"], "the result is not the unit's")
    browser.wait("the count", "return document.querySelector('[data-of=Pass]').textContent === '4'")
    expect(browser.text(".yield") == "100.0 %", "the yield is " + browser.text(".yield"))
    expect(sorted(line.recorded()) == [("T2-00000" + bay, "pass") for bay in BAYS], "recorded: %s" % line.recorded())
    line.run("chip", "verify", "virtual:bay3.np", "--signer-cert", "acme.cert")


def keep_results(browser, line):
    """Until the next scan, although the next unit is there already."""
    line.take("1", "done1.np")
    line.put("1", line.make_unit())
    browser.wait("the invitation", "const shown = (() => {" + TILE + "})(...arguments); return shown[4]", "1")
    expect(browser.run(TILE, "1")[:2] == ["PASS", "T2-000001"], "the result has gone")
    line.take("2", "done2.np")
    browser.wait("the empty bay", "return fetch('state').then((answer) => answer.json()).then((state) => state.bays[1].state === 'absent')")
    expect(wait_for(browser, "2", "PASS")[1] == "T2-000002", "the result has gone with the unit")
    expect(wait_for(browser, "3", "PASS")[1] == "T2-000003", "the result has gone")


def refuse(browser, line):
    """A serial that is used, and a unit that is another maker's."""
    scan(browser, "T2-000003")
    shown = wait_for(browser, "1", "POLICY")
    expect("another part has this serial" in shown[3], "no reason: %s" % shown)
    browser.wait("the announcement", "return announcer.textContent.startsWith('bay 1: POLICY')")
    line.put("2", line.make_unit("umbrella"))
    browser.wait("the invitation", "const shown = (() => {" + TILE + "})(...arguments); return shown[4]", "2")
    scan(browser, "T2-000099")
    expect(wait_for(browser, "2", "FAIL")[3] != "", "no reason for the failure")
    browser.wait("what fails", "return document.querySelector('#failures li')")
    browser.wait("the counts", COUNTS + " === '4,1,1'")
    expect(dict(line.recorded())["T2-000099"] == "fail", "the failure is not recorded")


def show_trouble(browser, line):
    """A port that answers nonsense: the bay says why, and works again when that is mended."""
    line.take("2", "foreign.np")
    with open(line.folder + "/nonsense", "w") as file:
        file.write("nonsense")
    line.put("2", "nonsense")  # whole, whenever the bay is looked at
    shown = wait_for(browser, "2", "trouble")
    expect("not the state of a virtual chip" in shown[3], "no reason: %s" % shown)
    os.remove(line.folder + "/bay2.np")
    line.put("2", "foreign.np")
    wait_for(browser, "2", "FAIL")


def keep_the_focus(browser, line):
    """Whatever was clicked: what is scanned goes into the field."""
    browser.run("document.querySelector('.bay[data-shows=FAIL] .again').focus()")
    browser.type("T")
    expect(browser.run(IN_FIELD + " && serial.value === 'T'"), "a key went elsewhere")
    browser.keys("escape")
    browser.run("serial.value = ''; serial.blur()")
    for key in ("T2 x", "enter"):
        browser.keys(*([key] if key == "enter" else key))
    browser.wait("an answer", "return document.querySelector('#said.bad')?.textContent !== ''")
    line.take("4", "done4.np")
    line.put("4", line.make_unit())
    browser.wait("the invitation", "const shown = (() => {" + TILE + "})(...arguments); return shown[4]", "4")
    scan(browser, "BAY:9")
    browser.wait("no such bay", "return document.querySelector('#said.bad')?.textContent.includes('no bay 9')")
    scan(browser, "BAY:4")
    browser.wait("the choice", "return document.querySelector('.chosen .name')?.textContent === '4'")
    scan(browser, "T2-000005")
    browser.wait("the unit", "const shown = (() => {" + TILE + "})(...arguments); return shown[0] === 'PASS' && shown[1] === 'T2-000005'", "4")
    expect(browser.run("return document.querySelector('.chosen')") is None, "the choice is not used up")


def read_from_afar(browser, line):
    browser.resize(1920, 1080)
    sizes = [tile[1] for tile in browser.run(TILES)]
    expect(min(sizes) >= 60, "letters of %s pixels" % sizes)  # 16 mm on a screen of 24 inches: 4 mm a metre is legible
    shapes = browser.run("return [...document.querySelectorAll('.bay')].map((tile) => [tile.dataset.shows, tile.querySelector('path').getAttribute('d')])")
    kinds = {shows for shows, _ in shapes}
    expect(kinds == {"PASS", "FAIL", "POLICY"}, "shown: %s" % kinds)
    expect(len({shape for _, shape in shapes}) == len(kinds), "two results have one shape")
    expect(too_faint(browser) == [], "too faint: %s" % too_faint(browser)[:3])
    for width, height in ((1920, 1080), (1280, 800), (360, 720)):
        browser.resize(width, height)
        expect(browser.run(OVERFLOW) == [False, []], "%d overflows: %s" % (width, browser.run(OVERFLOW)))
    browser.resize(1280, 800)


def bays_like(line, number):
    """As many bays as that, which show what the line's own do, and STATION, work and trouble besides."""
    state = json.loads(ask(line, "GET", "/state")[1])
    models = [dict(bay, state=how) for bay in state["bays"] for how in ("done", "waiting") if bay.get("result", {}).get("result") in RESULTS]
    expect({bay["result"]["result"] for bay in models} >= {"PASS", "FAIL", "POLICY"}, "the line shows %s" % models)
    station = dict(models[0], state="done", result={"result": "STATION", "serial": "T2-000008", "message": "no answer from the bus, which may have "
                                                    "lost its power", "hint": "look at the cable of the bay"})
    models = [station, *models, {"state": "busy", "step": "writes slot 10", "serial": "T2-000009"}, {"state": "absent"}, {"state": "waiting"},
              {"state": "trouble", "message": "permission denied: is the user in the group i2c?"}]
    return dict(state, bays=[dict(models[at % len(models)], name=str(at + 1)) for at in range(number)],
                failures=[{"code": code, "count": 9 - at} for at, code in enumerate(("signature-wrong", "no-answer", "config-differs", "other"))])


def expect_own_requests(browser, line):
    asked = {json.loads(entry["message"])["message"]["params"]["request"]["url"]
             for entry in browser.log("performance") if "Network.requestWillBeSent\"" in entry["message"]}
    expect(any(url.endswith("/events") for url in asked), "the log has no requests")
    expect(all(url.startswith(line.base + "/") for url in asked), "asked others: %s" % asked)


def read_any_number_of_bays(browser, line):
    """Nothing scrolls, nothing is cut off or covers something else, and no result is small."""
    expect_own_requests(browser, line)
    still = Still()
    for number in sorted({number for number, _, _ in LEGIBLE}):
        still.state = bays_like(line, number)
        browser.open(still.base + "/")
        browser.wait("the bays", "return document.querySelectorAll('.bay').length === arguments[0] && !document.body.matches('.lost')", number)
        for width, height in ((1280, 800), (1920, 1080)):
            where = "%d bays, %d: " % (number, width)
            browser.resize(width, height)
            expect(browser.run("return document.documentElement.scrollHeight <= innerHeight"), where + "it scrolls")
            expect(browser.run(OVERFLOW) == [False, []], where + "it overflows: %s" % browser.run(OVERFLOW))
            expect(too_faint(browser) == [], where + "too faint: %s" % too_faint(browser)[:3])
            tiles = browser.run(TILES)
            bad = [tile for tile in tiles if not all(tile[2:])]
            expect(bad == [], where + "cut off, or over each other: %s" % bad)
            for name, least in zip(("STATION", "PASS"), LEGIBLE[number, width, height]):
                sizes = [tile[1] for tile in tiles if tile[0] == name]
                expect(min(sizes, default=least) >= least, where + "%s has %s pixels" % (name, sizes))
    browser.open("about:blank")  # a page that lost its line would ask for it again
    still.close()
    browser.resize(1280, 800)
    browser.log("performance")  # those of the line that stood still,
    browser.log("browser")  # whose end is told here
    browser.open(line.base + "/")
    browser.wait("the station", "return document.querySelectorAll('.bay').length === arguments[0] && !document.body.matches('.lost')", len(BAYS))


def come_back(browser, line):
    counts = browser.run(COUNTS)
    line.station.kill()
    line.station.wait()
    browser.wait("the loss", "return document.body.matches('.lost') && banner.textContent.includes('No connection')")
    expect(browser.run("return getComputedStyle(document.querySelector('.bay')).opacity") < "0.5", "old results look like new ones")
    scan(browser, "T2-000006")
    browser.wait("the answer", "return document.querySelector('#said.bad')?.textContent.includes('cannot be reached')")
    browser.log("browser")  # it says that the connection was refused, and that is so
    line.start('policy { stop_after = 1 poll_ms = 20 }',
               'test { gateway = "127.0.0.1:1" ca = "acme.cert" timeout_s = 2 }')
    browser.wait("the station", "return !document.body.matches('.lost') && banner.hidden")
    expect(browser.run(COUNTS) == counts, "the shift's counts were %s and are %s" % (counts, browser.run(COUNTS)))
    expect(browser.run(IN_FIELD), "the field has not the focus")
    browser.log("browser")


def go_on(browser, line):
    """The line stands after a fault of the station, says so, and goes on when somebody says so."""
    line.take("3", "done3.np")
    wait_for(browser, "3", "absent")
    line.put("3", line.make_unit())
    wait_for(browser, "3", "waiting")
    scan(browser, "BAY:3")
    browser.wait("the choice", "return document.querySelector('.chosen .name')?.textContent === '3'")
    scan(browser, "T2-000007")
    wait_for(browser, "3", "STATION")
    browser.wait("the halt", "return !banner.hidden && !resume.hidden && banner.textContent.includes('stands')")
    browser.keys("tab")
    expect(browser.run("return document.activeElement.id === 'resume'"), "Tab does not come to the button")
    browser.keys("enter")
    browser.wait("the end of the halt", "return banner.hidden")
    browser.wait("the field", IN_FIELD)


def keep_to_itself(browser, line):
    expect(browser.log("browser") == [], "the console says something")
    expect_own_requests(browser, line)


def ask(line, method, path, body=None, **head):
    wire = http.client.HTTPConnection("127.0.0.1", line.port, timeout=20)
    wire.request(method, path, body, {name.replace("_", "-"): value for name, value in head.items()})
    answer = wire.getresponse()
    text = answer.read().decode()
    wire.close()
    return answer.status, text


def refuse_strangers(browser, line):
    own = "127.0.0.1:%d" % line.port
    expect(ask(line, "GET", "/state")[0] == 200, "no state")
    expect(ask(line, "GET", "/state", Host="evil.example")[0] == 403, "another name for this machine is taken")
    expect(ask(line, "GET", "/state", Host="127.0.0.1.evil.example")[0] == 403, "a longer name is taken")
    expect(ask(line, "POST", "/orders", "stop", Origin="http://evil.example")[0] == 403, "another site gives orders")
    expect(ask(line, "POST", "/orders", "resume", Origin="http://" + own)[0] == 204, "the own page may not")
    expect(ask(line, "POST", "/orders", "dance")[0] == 409, "no such order")
    expect(ask(line, "POST", "/orders", "x" * 4000)[0] == 413, "an order without an end")
    expect(ask(line, "POST", "/state", "x")[0] == 405, "the state can be written")
    expect(ask(line, "GET", "/../../etc/passwd")[0] == 404, "a file of the machine")
    expect(line.station.poll() is None, "the station has ended")


STEPS = (begin, make_units, keep_results, refuse, show_trouble, keep_the_focus, read_from_afar, read_any_number_of_bays, come_back, go_on, keep_to_itself,
         refuse_strangers)


def main():
    print("1..%d" % len(STEPS), flush=True)
    with tempfile.TemporaryDirectory(prefix="np-line.") as folder:
        line = Line(folder)
        line.start("policy { poll_ms = 20 }")
        browser = Browser(1280, 800)
        try:
            for number, step in enumerate(STEPS, 1):
                try:
                    step(browser, line)
                except (AssertionError, WebDriverError, subprocess.CalledProcessError) as error:
                    print("not ok %d %s" % (number, step.__name__))
                    print("# " + str(error).replace("\n", "\n# "), flush=True)
                    if "SHOT" in os.environ:
                        browser.screenshot(os.environ["SHOT"])
                    return 1  # the steps after it stand on this one
                print("ok %d %s" % (number, step.__name__), flush=True)
                if "SHOT" in os.environ and step is read_from_afar:
                    browser.resize(1920, 1080)
                    browser.screenshot(os.environ["SHOT"])
                    browser.resize(1280, 800)
        finally:
            browser.close()
            line.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
