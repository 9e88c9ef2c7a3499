# SPDX-License-Identifier: Apache-2.0
"""A browser, driven by W3C WebDriver: headless Chromium behind its chromedriver."""

import base64
import http.client
import json
import os
import re
import subprocess
import time

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver 11: what an element is called
KEYS = {"tab": "\ue004", "enter": "\ue007", "escape": "\ue00c", "space": "\ue00d", "shift": "\ue008"}
PATIENCE = 20  # seconds; a page that needs longer is broken


class WebDriverError(Exception):
    pass


class Browser:
    def __init__(self, width, height, driver="chromedriver", dark=False):
        self.driver = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise WebDriverError("chromedriver does not start")
        self.wire = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=60)
        arguments = ["--headless=new", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-dev-shm-usage", "--disable-gpu",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")
        if dark:
            arguments.append("--force-dark-mode")
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments},
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = "/session/" + answer["sessionId"]
        self.resize(width, height)

    def _send(self, method, path, body=None):
        self.wire.request(method, path, None if body is None else json.dumps(body),
                          {"Content-Type": "application/json"})
        value = json.loads(self.wire.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(value["error"] + ": " + value["message"].split("\n")[0])
        return value

    def do(self, method, path, body=None):
        return self._send(method, self.session + path, body)

    def close(self):
        try:
            self.do("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def resize(self, width, height):
        """The viewport, not the window: narrower than a window can be, too."""
        self.cdp("Emulation.setDeviceMetricsOverride",
                 width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def cdp(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, what, script, *arguments):
        """Until the script's value is true, which it returns."""
        end = time.monotonic() + PATIENCE
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise WebDriverError("waited in vain for " + what + "; the page says:\n" + self.text())
            time.sleep(0.05)

    def text(self, selector="body"):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def keys(self, *keys):
        """Presses keys one after the other; several in a list at once."""
        actions = []
        for key in keys:
            together = key if isinstance(key, list) else [key]
            values = [KEYS.get(one, one) for one in together]
            actions += [{"type": "keyDown", "value": value} for value in values]
            actions += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def type(self, text):
        self.keys(*text)

    def choose_file(self, selector, path):
        """As somebody does in the dialog of a file field, which is none of the page's."""
        element = self.do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.do("POST", "/element/" + element + "/value", {"text": path})

    def log(self, kind):
        return self.do("POST", "/se/log", {"type": kind})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.do("GET", "/screenshot")))
