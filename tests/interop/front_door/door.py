# SPDX-License-Identifier: Apache-2.0
"""A registry, gateways before it, and devices that come to them with Python's TLS. What is in the
registry is asked of the database itself, past our own program."""

import atexit
import json
import os
import pathlib
import queue
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time

NAMEPLATE = os.environ["NAMEPLATE_PROGRAM"]
SERVER = os.environ.get("NAMEPLATE_TEST_POSTGRES")
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
PATIENCE_S = 20  # for what must come: nothing is measured with it

# RFC 8446 6.2, by what OpenSSL calls them
ALERTS = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40,
    "SSLV3_ALERT_BAD_CERTIFICATE": 42,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": 43,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": 44,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": 45,
    "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV1_ALERT_INTERNAL_ERROR": 80,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
}


def scratch():
    """A folder with the certificate that gateways show."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="np-door."))
    subprocess.run(
        "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key"
        " -out server.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1".split(),
        cwd=folder, check=True, capture_output=True,
    )
    return folder


class Registry:
    """A file in the folder, or a schema on the server of tests/support/with_postgres."""

    made = 0

    def __init__(self, folder):
        Registry.made += 1
        self.file = None if SERVER else folder / f"{Registry.made}.db"
        self.uri = f"sqlite:{self.file}"
        if SERVER:
            schema = f"d{os.getpid()}_{Registry.made}"
            self.uri = f"{SERVER}&options=-csearch_path%3D{schema}"
            self._psql(SERVER, f"CREATE SCHEMA {schema}")
        self.operate("ca list")

    @staticmethod
    def _psql(uri, statements):
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-F", "|", uri, "-c", statements]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def ask(self, statements):
        """Rows, their columns with a bar between them."""
        if SERVER:
            return self._psql(self.uri, statements).splitlines()
        with sqlite3.connect(self.file, timeout=PATIENCE_S) as file:
            rows = file.execute(statements).fetchall()
        file.close()
        return ["|".join(str(each) for each in row) for row in rows]

    def wait_until_alone(self):
        """A server goes on with what it was asked by a program that is gone."""
        others = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nameplate'"
        while SERVER and self._psql(SERVER, others) != "0\n":
            time.sleep(0.01)

    @staticmethod
    def blob(digits):
        return f"'\\x{digits}'" if SERVER else f"x'{digits}'"

    def operate(self, command, *more):
        """An operator's command, after `nameplate registry`."""
        words = [NAMEPLATE, "registry", *command.split(), *more, "--registry", self.uri, "--json"]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: status {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def hold(self):
        """Another program is writing; the lock is let go by closing what is returned."""
        if SERVER:
            holder = subprocess.Popen(
                ["psql", "-qX", self.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            holder.stdin.write("BEGIN; LOCK TABLE devices, authorities IN EXCLUSIVE MODE;\n\\echo held\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "held\n"
            return holder.communicate
        holder = sqlite3.connect(self.file, timeout=PATIENCE_S, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        return holder.close


class Gateway:
    """`nameplate gateway run`, and its log."""

    made = 0

    def __init__(self, registry, folder, *lines):
        Gateway.made += 1
        self.folder = folder
        self.registry = registry
        config = folder / f"gateway{Gateway.made}.conf"
        with open(config, "w", encoding="ascii") as file:
            print(f'certificate = "{folder}/server.pem"', f'key = "{folder}/server.key"', file=file,
                  sep="\n")
            print(f'registry = "{registry.uri}"', *lines, file=file, sep="\n")
            print('listen "127.0.0.1:0" {}', file=file)
        command = [NAMEPLATE, "gateway", "run", "--config", config, "--json"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.events = queue.Queue()
        self.by_peer = {}
        self.other = []
        self.rest = []  # what is no line of the log: a sanitizer's report
        threading.Thread(target=self._read_log, daemon=True).start()
        host, port = self.wait_for(lambda event: event["event"] == "listening")["text"].split(":")
        self.address = (host, int(port))

    def _read_log(self):
        for line in self.process.stderr:
            if line.startswith("{"):
                self.events.put(json.loads(line))
            else:
                self.rest.append(line)
        self.events.put(None)

    def wait_for(self, is_wanted):
        """The first event for which it holds; the others are kept."""
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            if event is None:
                raise RuntimeError("the gateway has ended: " + "".join(self.rest))
            if is_wanted(event):
                return event
            if "peer" in event:
                self.by_peer[event["peer"]] = event
            else:
                self.other.append(event)

    def verdict_on(self, peer):
        verdicts = ("admitted", "refused", "no_handshake", "turned_away")
        if peer in self.by_peer:
            return self.by_peer.pop(peer)
        return self.wait_for(lambda event: event.get("peer") == peer and event["event"] in verdicts)

    def stop(self):
        """Ends it, which must be in order. What a sanitizer says about the stacks of fibres is no
        complaint."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE_S)
        rest = "".join(self.rest)
        if status != 0 or "ERROR:" in rest or "runtime error:" in rest:
            raise RuntimeError(f"the gateway ended with {status}: {rest}")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Visit:
    """What a device saw: `answer` of /v1/me, or `alert` (0: none came)."""

    def __init__(self, answer, alert, peer):
        self.answer = answer
        self.alert = alert
        self.peer = peer


def client_context(folder, version, files):
    """A device's TLS, which sends whatever certificate it has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "server.pem")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    if files:
        context.load_cert_chain(*files)
    return context


def knock(gateway, context):
    """A device is in when it has read an answer, and not before: in TLS 1.3 its handshake is over
    before anybody has looked at its certificate."""
    connection = socket.create_connection(gateway.address, timeout=PATIENCE_S)
    peer = "%s:%d" % connection.getsockname()
    try:
        with context.wrap_socket(connection, server_hostname="127.0.0.1") as secure:
            secure.sendall(b"GET /v1/me HTTP/1.1\r\nConnection: close\r\n\r\n")
            text = b""
            while part := secure.recv(4096):
                text += part
        return Visit(json.loads(text.split(b"\r\n\r\n", 1)[1]), 0, peer)
    except ssl.SSLError as error:
        return Visit(None, ALERTS.get(error.reason, error.reason), peer)
    finally:
        connection.close()


class Report:
    """TAP on standard output."""

    def __init__(self):
        self.count = 0
        self.failures = 0

    def say(self, name, problems):
        self.count += 1
        self.failures += bool(problems)
        print("not ok" if problems else "ok", self.count, "-", name, flush=True)
        for problem in problems:
            print("  #", problem, flush=True)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failures else 0
