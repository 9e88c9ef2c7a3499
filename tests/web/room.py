# SPDX-License-Identifier: Apache-2.0
"""A gateway that real devices knock at, for pages to look at."""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request

from webdriver import WebDriverError

PROGRAM = os.path.abspath(sys.argv[1])
HTML_NAME = "<img src=x onerror=alert(1)>"
RTL_NAME = "gpj.\u202eexe-7"


def hold_port():
    """A port of this machine, bound as long as what is returned lives, so that nobody else is given it while the
    server that listens there (SO_REUSEADDR) is away."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


class Room:
    """A folder with a gateway, a registry, and devices of two signers."""

    def __init__(self, folder):
        self.folder = folder
        self.env = dict(os.environ, NAMEPLATE_REGISTRY="sqlite:" + folder + "/fleet.db", LC_ALL="C.UTF-8")
        self.env.pop("NAMEPLATE_CHIP", None)
        self.run("signer", "create", "acme", "--years", "5")
        self.openssl("req", "-x509", "-newkey", "ec", "-keyout", "umbrella.key", "-out", "umbrella.cert",
                     "-subj", "/CN=Umbrella CA")
        self.run("virtual", "create", "kit.chip", "--model", "atecc608b")
        self.run("chip", "provision", "virtual:kit.chip", "--signer-cert", "acme.cert",
                 "--signer-key", "acme.key", "--serial", "T2-000017", "--yes")
        self.openssl("req", "-x509", "-newkey", "ec", "-keyout", "server.key", "-out", "server.pem",
                     "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
        self.token = self.make_token("boss", "admin")
        self.held = [hold_port(), hold_port()]
        self.door, self.page = ("127.0.0.1:%d" % each.getsockname()[1] for each in self.held)
        self.base = "http://" + self.page
        self.start()

    def start(self):
        """Always at the same addresses."""
        with open(self.folder + "/gateway.conf", "w") as file:
            file.write('certificate = "server.pem"\nkey = "server.key"\nlisten "%s" {}\n'
                       'management { listen = "%s" }\n' % (self.door, self.page))
        self.gateway = subprocess.Popen([PROGRAM, "gateway", "run", "--config", "gateway.conf", "--json"],
                                        cwd=self.folder, env=self.env, stderr=subprocess.PIPE, text=True)
        said = ""
        while '"managing"' not in said:
            said = self.gateway.stderr.readline()
            if not said:
                raise WebDriverError("the gateway does not start")
        # it would wait for a reader one day
        threading.Thread(target=self.gateway.stderr.read, daemon=True).start()

    def run(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.env, check=True,
                              capture_output=True, text=True).stdout

    def ask(self, method, path, body):
        """Of the management API, as the one who may do everything."""
        asked = urllib.request.Request(self.base + path, json.dumps(body).encode(), method=method, headers={
            "Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as answer:
            return json.loads(answer.read())

    def make_token(self, name, role, *more):
        return json.loads(self.run("registry", "token", "add", name, "--role", role, "--json", *more))["token"]

    def openssl(self, verb, *arguments):
        more = ["-nodes", "-pkeyopt", "ec_paramgen_curve:P-256", "-utf8"] if verb == "req" else []
        subprocess.run(["openssl", verb, *arguments, *more], cwd=self.folder, check=True, capture_output=True)

    def connect(self, *how):
        """The exit status of a device that connects: 0 when it is in, 5 when it is refused."""
        return subprocess.run([PROGRAM, "gateway", "connect", self.door, "--ca-file", "server.pem", *how],
                              cwd=self.folder, env=self.env, capture_output=True).returncode

    def knock_with_name(self, name, number):
        """A certificate of umbrella's with any common name."""
        escaped = name.replace("\\", "\\\\").replace("/", "\\/").replace("+", "\\+")
        stem = "device%d" % number
        self.openssl("req", "-new", "-newkey", "ec", "-keyout", stem + ".key", "-out", stem + ".csr",
                     "-subj", "/O=" + escaped[:64] if len(name) > 64 else "/CN=" + escaped)
        self.openssl("x509", "-req", "-in", stem + ".csr", "-CA", "umbrella.cert", "-CAkey", "umbrella.key",
                     "-out", stem + ".cert", "-days", "30")
        return self.connect("--cert", stem + ".cert", "--key", stem + ".key")

    def close(self):
        self.gateway.terminate()
        self.gateway.wait()
