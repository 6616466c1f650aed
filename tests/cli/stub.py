#!/usr/bin/env python3
"""A scripted server for the tests of the command line: stub.py DIRECTORY

Answers from DIRECTORY/script, one JSON object a line, the first one that fits and is not used up:
  {"on": "GET /api/engines", "status": 200, "headers": {}, "body": ..., "raw": "...", "times": 1,
   "drop": true, "delay": 0.2, "cut": 0}
`on` is a prefix of method and path; `raw` goes out as it is, after Unicode escapes; `drop` closes the
connection without an answer; `cut` breaks it off that many seconds after a body that is not whole then; `times` 0 is
for ever. Whatever fits nothing gets 404. Requests are written to DIRECTORY/requests, the port to DIRECTORY/port.
"""
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

directory = sys.argv[1]
lock = threading.Lock()
used = {}


def next_reply(line):
    with lock, open(os.path.join(directory, "script"), encoding="utf-8") as script:
        for number, text in enumerate(script):
            reply = json.loads(text)
            times = reply.get("times", 1)
            if line.startswith(reply["on"]) and (times == 0 or used.get((number, text), 0) < times):
                used[(number, text)] = used.get((number, text), 0) + 1
                return reply
    return {"status": 404, "body": {"title": "Not found", "status": 404, "code": "not_found",
                                    "detail": "The stub knows no " + line}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stub"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        line = f"{self.command} {self.path}"
        reply = next_reply(line)
        if line.startswith("GET /api/cluster/info/check?") and reply.get("status") == 404:
            pass  # what follows each run is written down only where a test speaks of it
        else:
            with lock, open(os.path.join(directory, "requests"), "a", encoding="utf-8") as log:
                headers = {name.lower(): value for name, value in self.headers.items()}
                log.write(json.dumps({"line": line, "headers": headers, "body": body}) + "\n")
        time.sleep(reply.get("delay", 0))
        if reply.get("drop"):
            self.close_connection = True
            return
        data = reply["raw"] if "raw" in reply else json.dumps(reply["body"]) if "body" in reply else ""
        data = data.encode("utf-8", "surrogateescape")
        status = reply.get("status", 200)
        self.send_response(status)
        kind = "application/problem+json" if status >= 400 else "application/json"
        for name, value in {"Content-Type": kind, **reply.get("headers", {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data) + ("cut" in reply)))
        self.end_headers()
        self.wfile.write(data)
        if "cut" in reply:
            self.wfile.flush()
            time.sleep(reply["cut"])
            self.close_connection = True

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(os.path.join(directory, "port.new"), "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
server.serve_forever()
