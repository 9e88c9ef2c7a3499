#!/usr/bin/env python3
# at_once.py HOST:PORT CA VERSION STEP [CERT KEY]: a TLS client that sends its last flight of the
# handshake and the request of its standard input in one piece (STEP 0), or in pieces of STEP bytes.
# Prints the answer until the server closes. What it sends is what any network may make of a client.
import socket
import ssl
import sys

address, ca, version, step = sys.argv[1:5]
host, port = address.rsplit(":", 1)
context = ssl.create_default_context(cafile=ca)
context.minimum_version = context.maximum_version = {
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}[version]
if len(sys.argv) > 5:
    context.load_cert_chain(*sys.argv[5:7])
come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(come, go, server_hostname=host)
wire = socket.create_connection((host, int(port)))
wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def send():
    data = go.read()
    size = int(step) or len(data) or 1
    for at in range(0, len(data), size):
        wire.sendall(data[at : at + size])


def until_done(act):
    while True:
        try:
            return act()
        except ssl.SSLWantReadError:
            send()
            data = wire.recv(65536)
            if data:
                come.write(data)
            else:
                come.write_eof()


until_done(tls.do_handshake)
tls.write(sys.stdin.buffer.read())
send()
try:
    while data := until_done(lambda: tls.read(65536)):
        sys.stdout.buffer.write(data)
except ssl.SSLEOFError:
    pass
