#!/usr/bin/env python3
"""nRF Cloud for tests, made from what is documented of its REST interface: HTTPS on two ports of
127.0.0.1, the service and the store that its files of errors are at, which must never see a
credential. usage: nrf_cloud_stub.py FOLDER [MODE...]

FOLDER has server.pem (key and certificate) and port, a fifo that is told the service's port when it
is ready; it gets log (a JSON object a request) and pid.
Modes: pending=N questions answered with PENDING; old-errors; fail=METHOD:PATH:STATUS[:COUNT]; cut
(the first upload's answer is cut off); refuse=KIND (the device fails such a command); gzip; chunked; redirect; quiet (failed without a file)."""
import csv
import gzip
import io
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "Bearer 0123456789abcdef0123456789abcdef01234567"
ULID = "01EZZJVDQJPWT7V4FWNVDHNM%02d"
ID = re.compile(r"[a-z0-9:_-]{1,128}", re.I)
TYPES = {"APP", "MODEM", "BOOT", "SOFTDEVICE", "BOOTLOADER", "MDM_FULL"}


class State:
    def __init__(self, folder, modes):
        self.folder = folder
        self.modes = dict(mode.partition("=")[::2] for mode in modes)
        self.fails = []
        for mode in modes:
            if mode.startswith("fail="):
                method, path, status, *count = mode[5:].split(":")
                self.fails.append([method, path, int(status), int(count[0]) if count else 1 << 30])
        self.devices = {}
        self.claims = {}
        self.operations = {}
        self.commands = {}
        self.rules = []
        self.lock = threading.Lock()
        self.log = open(os.path.join(folder, "log"), "a", encoding="utf-8")

    def has(self, mode):
        return mode in self.modes

    def fail_of(self, method, path):
        for fail in self.fails:
            if fail[0] == method and fail[1] == path and fail[3] > 0:
                fail[3] -= 1
                return fail[2]
        return 0


def common_name(pem):
    said = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline,utf8"],
                          input=pem.encode(), capture_output=True, check=False)
    found = re.search(r"commonName\s+= (.*)", said.stdout.decode())
    return found.group(1) if said.returncode == 0 and found else None


def refuse_row(state, row, seen):
    if len(row) != 5:
        return "Row does not have 5 columns"
    device, sub_type, tags, types, pem = row
    if not ID.fullmatch(device):
        return "Device ID is not valid"
    if not re.fullmatch(r"[a-zA-Z0-9_.,@/:#-]{0,799}", sub_type):
        return "Sub type is not valid"
    if tags and not all(re.fullmatch(r"[a-zA-Z0-9_.@:#-]+", tag) for tag in tags.split("|")):
        return "Tag is not valid"
    if types and not set(types.split("|")) <= TYPES:
        return "Firmware type is not valid"
    if common_name(pem) != device:
        return "Certificate is not valid"
    if device.lower() in state.devices or device.lower() in seen:
        return "Device already exists"
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        state = self.server.state
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if state.has("gzip") and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if state.has("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 7):
                piece = body[at:at + 7]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        state = self.server.state
        with state.lock:
            print(json.dumps({"port": self.server.role, "method": self.command, "path": self.path,
                              "authorization": self.headers.get("Authorization"),
                              "type": self.headers.get("Content-Type"),
                              "agent": self.headers.get("User-Agent"),
                              "body": body.decode()}), file=state.log, flush=True)
            self.answer(state, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = take

    def answer(self, state, body):
        status = state.fail_of(self.command, self.path)
        if self.server.role == "store":
            self.serve_file(state)
        elif status == 429:
            self.reply(429, {"message": "Too Many Requests"})
        elif status:
            self.reply(status, {"code": status * 100, "message": "made to fail"})
        elif state.has("redirect"):
            self.reply(302, Location="https://127.0.0.1:%d/stolen" % self.server.store_port)
        elif self.headers.get("Authorization") != KEY:
            self.reply(401, {"message": "Unauthorized"})
        else:
            self.route(state, body)

    def serve_file(self, state):
        if self.headers.get("Authorization"):
            self.reply(400, b"Only one auth mechanism allowed")
            return
        name = self.path.partition("?")[0].rpartition("/")[2]
        errors = state.operations.get(name, {}).get("errors")
        self.reply(200 if errors else 404, errors or b"")

    def route(self, state, body):
        for method, pattern, call in ROUTES:
            found = re.fullmatch(pattern, self.path)
            if found and method == self.command:
                call(self, state, body, *found.groups())
                return
        self.reply(404, {"message": "Not Found"})

    # devices

    def onboard(self, state, body):
        if self.headers.get("Content-Type") not in ("text/csv", "text/plain",
                                                    "application/octet-stream"):
            self.reply(415, {"message": "Unsupported Media Type"})
            return
        rows = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
        if not 1 <= len(rows) <= 1000:
            self.reply(400, {"code": 40005, "message": "1 to 1000 rows are taken"})
            return
        refused, seen = {}, set()
        for index, row in enumerate(rows):
            reason = refuse_row(state, row, seen)
            if reason:
                refused[index] = reason
            else:
                seen.add(row[0].lower())
                state.devices[row[0].lower()] = {"id": row[0], "subType": row[1], "tags":
                                                 row[2].split("|") if row[2] else []}
        name = ULID % len(state.operations)
        state.operations[name] = {"left": int(state.modes.get("pending", 0)),
                                  "refused": refused, "errors": self.error_file(state, refused)}
        if state.modes.pop("cut", None) is not None:
            self.wfile.write(b"HTTP/1.1 202 Accep")
            self.close_connection = True
            return
        self.reply(202, {"bulkOpsRequestId": name})

    def error_file(self, state, refused):
        if not refused:
            return None
        if not state.has("old-errors"):
            return {"errors": ["[%d]: %s" % pair for pair in refused.items()]}
        reasons = {}
        for index, reason in refused.items():
            reasons.setdefault(reason, []).append(index + 1)
        return {"error": "Error: %d errors occurred when provisioning devices. Row numbers [array] "
                         "(1-based)]: %s." % (len(refused), json.dumps(reasons))}

    def operation(self, state, _, name):
        found = state.operations.get(name)
        if not found:
            self.reply(404, {"message": "Not Found"})
            return
        answer = {"bulkOpsRequestId": name, "status": "SUCCEEDED", "endpoint": "PROVISION_DEVICES",
                  "requestedAt": "2020-06-25T21:05:12.830Z",
                  "uploadedDataUrl": "https://127.0.0.1:%d/data.csv" % self.server.store_port}
        if found["left"] > 0:
            found["left"] -= 1
            answer["status"] = "PENDING" if found["left"] else "IN_PROGRESS"
        elif found["refused"]:
            answer["status"] = "FAILED"
            if not state.has("quiet"):
                answer["errorSummaryUrl"] = ("https://127.0.0.1:%d/files/%s?signature=1"
                                             % (self.server.store_port, name))
            answer["completedAt"] = "2020-06-25T21:05:12.830Z"
        self.reply(200, answer)

    def device(self, state, _, name):
        found = state.devices.get(name.lower())
        self.reply(200 if found else 404, found or {"message": "Not Found"})

    def device_state(self, state, body, name):
        found = state.devices.get(name.lower())
        if found:
            found["firmware"] = json.loads(body)["reported"]["device"]["deviceInfo"]["modemFirmware"]
        self.reply(202 if found else 404)

    def device_name(self, state, body, name):
        found = state.devices.get(name.lower())
        if found:
            found["name"], = json.loads(body)
        self.reply(202 if found else 404)

    def account(self, *_):
        self.reply(200, {"mqttEndpoint": "mqtt.nrfcloud.com", "mqttTopicPrefix": "prod/t/",
                         "team": {"tenantId": "11111111-2222", "name": "lab"}, "role": "OWNER"})

    # claims

    def claim(self, state, body):
        if self.headers.get("Content-Type") == "application/json":
            asked = json.loads(body)
            uuid = self.uuid_of(asked["claimToken"])
            if self.path.endswith("?dryrun=true"):
                self.reply(202) if uuid else self.reply(400, {"message": "Invalid token"})
                return
            state.claims[uuid] = asked.get("tags", [])
            self.reply(201, {"id": uuid, "deviceType": "nrf9160_SICA", "status": "READY",
                             "tags": state.claims[uuid]})
            return
        claimed, failed = [], []
        rows = list(csv.reader(io.StringIO(body.decode()), strict=True))
        if not 1 <= len(rows) <= 1000:
            self.reply(400, {"message": "1 to 1000 rows are taken"})
            return
        for row in rows:
            uuid = self.uuid_of(row[0])
            (claimed if uuid else failed).append(uuid or row[0])
            if uuid:
                state.claims[uuid] = row[1].split(",") if len(row) > 1 else []
        self.reply(201, {"claimedIds": claimed, "failed": failed})

    @staticmethod
    def uuid_of(token):
        """The device's UUID of an identity message, or None."""
        import base64
        body = token.partition(".")[0]
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        if len(raw) != 57 or raw[:6] != bytes.fromhex("d9d9f7850150"):
            return None
        text = raw[6:22].hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def unclaim(self, state, _, uuid):
        self.reply(204 if state.claims.pop(uuid, None) is not None else 404)

    def list_rules(self, state, _):
        self.reply(200, {"items": state.rules})

    def add_rule(self, state, body):
        state.rules.append(json.loads(body))
        self.reply(201, {"id": "r%d" % len(state.rules)})

    def add_tag(self, *_):
        self.reply(201, {})

    # commands: the device behind them has answered KEYGEN with what is in FOLDER/keygen

    def command(self, state, body, uuid):
        request = json.loads(body)["request"]
        kind, = request
        if uuid not in state.claims:
            self.reply(404, {"message": "Not Found"})
            return
        name = "cmd%d" % (len(state.commands) + 1)
        response = {kind: {}}
        if kind == "certificateSigningRequest":
            with open(os.path.join(state.folder, "keygen"), encoding="utf-8") as file:
                response[kind]["message"] = file.read().strip()
        state.commands[name] = {"left": int(state.modes.get("pending", 0)), "response": response,
                                "failed": state.modes.get("refuse") == kind}
        self.reply(201, {"id": name, "status": "PENDING"})

    def command_state(self, state, _, uuid, name):
        found = state.commands.get(name)
        if not found or uuid not in state.claims:
            self.reply(404, {"message": "Not Found"})
        elif found["left"] > 0:
            found["left"] -= 1
            self.reply(200, {"id": name, "status": "PENDING"})
        elif found["failed"]:
            self.reply(200, {"id": name, "status": "FAILED",
                             "response": {"error": {"code": 519, "message": "already exists"}}})
        else:
            self.reply(200, {"id": name, "status": "SUCCEEDED", "response": found["response"]})


ROUTES = [
    ("POST", "/v1/devices", Handler.onboard),
    ("GET", "/v1/bulk-ops-requests/([^/]+)", Handler.operation),
    ("GET", "/v1/devices/([^/]+)", Handler.device),
    ("PATCH", "/v1/devices/([^/]+)/state", Handler.device_state),
    ("PUT", "/v1/devices/([^/]+)/name", Handler.device_name),
    ("GET", "/v1/account", Handler.account),
    ("POST", r"/prov/v1/claimed-devices(?:\?dryrun=true)?", Handler.claim),
    ("DELETE", "/prov/v1/claimed-devices/([^/]+)", Handler.unclaim),
    ("POST", "/prov/v1/claimed-devices/([^/]+)/provisioning", Handler.command),
    ("GET", "/prov/v1/claimed-devices/([^/]+)/provisioning/([^/]+)", Handler.command_state),
    ("GET", "/prov/v1/provisioning-rules", Handler.list_rules),
    ("POST", "/prov/v1/provisioning-rules", Handler.add_rule),
    ("POST", "/prov/v1/provisioning/tags", Handler.add_tag),
]


def serve(state, role):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(state.folder, "server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # clients that do not trust it
    server.daemon_threads = True
    server.state = state
    server.role = role
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    state = State(sys.argv[1], sys.argv[2:])
    store = serve(state, "store")
    service = serve(state, "service")
    service.store_port = store.store_port = store.server_address[1]
    with open(os.path.join(state.folder, "pid"), "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    with open(os.path.join(state.folder, "port"), "w", encoding="utf-8") as file:
        file.write("%d\n" % service.server_address[1])
    threading.Event().wait()


main()
