#!/usr/bin/env python3
"""A Docker engine that only tells what it is, over TLS or plain, for the tests of the API.

usage: tls_engine.py PORTFILE IDENTITY [CERT KEY CLIENT_CA]
It listens on a port of 127.0.0.1, the one that PORTFILE names or else a free one, which it writes there; it ends with
its standard input.
"""
import http.server
import json
import os
import ssl
import sys
import threading

portfile, identity = sys.argv[1:3]
ANSWERS = {
    "/_ping": None,
    "/version": {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"},
    "/info": {"ID": identity, "Name": "fake", "NCPU": 4, "MemTotal": 4 << 30, "Images": 1},
    "/containers/json": [],
}


class Engine(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        path = path[path.index("/", 1):] if path.startswith("/v1.") else path
        if path not in ANSWERS:
            status, body = 404, b'{"message":"page not found"}'
        else:
            status, body = 200, b"OK" if ANSWERS[path] is None else json.dumps(ANSWERS[path]).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


try:
    with open(portfile) as file:
        port = int(file.read())
except FileNotFoundError:
    port = 0
server = Server(("127.0.0.1", port), Engine)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    context.load_verify_locations(sys.argv[5])
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(portfile + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(portfile + ".new", portfile)
sys.stdin.read()
