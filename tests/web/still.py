# SPDX-License-Identifier: Apache-2.0
"""The operator's screen at a line that stands still: its files, and one state that does not change."""

import http.server
import json
import os
import threading

FILES = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "data", "station"))
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Still:
    def __init__(self):
        still = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *ignored):
                pass

            def do_GET(self):
                if self.path == "/events":
                    still.tell(self)
                else:
                    still.give(self, self.path.lstrip("/") or "index.html")

        self.state = {}
        self.end = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tell(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b"event: state\ndata: " + json.dumps(self.state).encode() + b"\n\n")
        self.end.wait()

    def give(self, handler, name):
        path = os.path.join(FILES, name)
        if name not in os.listdir(FILES):
            handler.send_error(404)
            return
        with open(path, "rb") as file:
            content = file.read()
        handler.send_response(200)
        handler.send_header("Content-Type", TYPES[os.path.splitext(name)[1]])
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def close(self):
        self.end.set()
        self.server.shutdown()
        self.server.server_close()
