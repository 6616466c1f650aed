#!/usr/bin/env python3
"""A Docker engine without containers: engine.py DIRECTORY [ADDRESS]

Remembers what it is asked to create, start, stop and remove, and tells it (inspections say it again): DIRECTORY/port has its port, DIRECTORY/calls
a line for each call that changes something, DIRECTORY/pings a dot for each ping, DIRECTORY/containers a line "NAME STATE" for each container there. A call
waits while DIRECTORY/stall.WORD is there (ping, create, start, stop, restart, remove, inspect, export, load); it is answered
500, with what is in it, while DIRECTORY/fail.WORD is. It has every image, or where DIRECTORY/images is those of its lines "NAME:TAG ID
ARCHITECTURE BYTES"; no registry has any. DIRECTORY/spoil: what is loaded gets another id.

GET /events is a stream as of dockerd, which remembers the last 256. DIRECTORY/events.WORD changes what is sent: refuse
(nothing but a 404), garbage, endless (a line without end), flood (events without end), cut (the stream ends within a
line after the next event), brief (it ends behind the next event), deaf (nothing at all). By hand: POST /emit [event ...], POST /forget (as when dockerd begins
anew: what happened is forgotten, streams end), POST /set/NAME {member of the list and inspection: value}.
"""
import hashlib
import json
import os
import re
import select
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STALL_MAX_S = 60
directory = sys.argv[1]
lock = threading.RLock()
containers = {}
EVENTS_KEPT = 256
events = []  # what is remembered
published = 0  # how many there were
lives = 0  # how often it has begun anew
more = threading.Condition(lock)


def publish(event):
    """An event for everyone who listens, with the time where it has none."""
    global published
    with more:
        event.setdefault("timeNano", time.time_ns())
        events.append(event)
        del events[:-EVENTS_KEPT]
        published += 1
        more.notify_all()


def tell(action, container, **attributes):
    publish({"Type": "container", "Action": action, "status": action, "id": container["id"],
             "Actor": {"ID": container["id"], "Attributes": {"name": container["name"], "image": container["body"]["Image"],
                                                             **container["labels"], **attributes}}})


def path(name):
    return os.path.join(directory, name)


def write_state():
    with open(path("containers.new"), "w", encoding="utf-8") as out:
        for container in containers.values():
            out.write(f"{container['name']} {container['state']}\n")
    os.rename(path("containers.new"), path("containers"))


def images():
    """{name: line}, or None: every image is there."""
    try:
        with open(path("images"), encoding="utf-8") as file:
            return {line.split()[0]: line for line in file}
    except FileNotFoundError:
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # no kept connections: once it is gone, nobody can wonder whether a call arrived

    def reply(self, status, document=None):
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def problem(self, status, message):
        self.reply(status, {"message": message})

    def held_up(self, word):
        """Stalls and failures that are asked for; True when it has been answered."""
        until = time.monotonic() + STALL_MAX_S
        while os.path.exists(path("stall." + word)) and time.monotonic() < until:
            time.sleep(0.02)
        try:
            with open(path("fail." + word), encoding="utf-8") as file:
                self.problem(500, file.read().strip() or f"{word} fails")
                return True
        except FileNotFoundError:
            return False

    def find(self, name):
        for container in containers.values():
            if name in (container["id"], container["name"]):
                return container
        self.problem(404, f"No such container: {name}")
        return None

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while True:
            size = self.rfile.readline()
            if not size:
                return None  # broken off
            data += self.rfile.read(int(size, 16))
            self.rfile.readline()
            if int(size, 16) == 0:
                return data

    def do(self):
        body = self.body()
        url = re.sub(r"^/v[0-9.]+", "", self.path)
        target, _, query = url.partition("?")
        parts = target.strip("/").split("/")
        if parts[0] == "containers" and parts[-1] == "create":
            self.create(re.sub(".*name=", "", query), json.loads(body))
        elif target == "/containers/json":
            self.list()
        elif parts[0] == "containers" and len(parts) > 1:
            word = "remove" if self.command == "DELETE" else {"json": "inspect"}.get(parts[-1], parts[-1])
            self.act(word, parts[1])
        elif parts[0] == "images":
            self.image(parts, body)
        elif parts[0] == "events":
            self.events(query)
        elif parts[0] in ("emit", "forget", "set"):
            self.by_hand(parts, body)
        elif parts[0] == "version":
            self.reply(200, {"Arch": "amd64", "Os": "linux", "Version": "20.10.24", "ApiVersion": "1.41",
                             "MinAPIVersion": "1.12"})
        elif parts[0] == "info":
            self.reply(200, {"ID": f"FAKE:{os.getpid()}", "Name": "fake", "NCPU": 4, "MemTotal": 4 << 30, "Images": 1})
        elif parts[0] == "_ping":
            self.ping()
        else:
            self.reply(200, [])

    do_GET = do_POST = do_DELETE = do

    def list(self):
        with lock:
            self.reply(200, [{"Id": container["id"], "Names": ["/" + container["name"]], "State": container["state"],
                              "Image": container["body"]["Image"], "Labels": container["labels"], "Ports": [],
                              **container["set"]}
                             for container in containers.values()])

    def by_hand(self, parts, body):
        global lives
        with more:
            if parts[0] == "emit":
                for event in json.loads(body):
                    publish(event)
            elif parts[0] == "set":
                container = self.find(parts[1])
                if not container:
                    return
                container["set"].update(json.loads(body))
            else:
                events.clear()
                lives += 1
                more.notify_all()
        self.reply(204)

    def is_left(self):
        return bool(select.select([self.connection], [], [], 0)[0])

    def events(self, query):
        words = [word for word in ("refuse", "garbage", "endless", "flood", "cut", "brief", "deaf") if os.path.exists(path("events." + word))]
        if "refuse" in words:
            self.problem(404, "page not found")
            return
        since = int(urllib.parse.parse_qs(query).get("since", ["0"])[0].replace(".", ""))
        with more:
            life = lives
            waiting = [event for event in events if since and event["timeNano"] >= since]
            seen = published
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.flush()
        try:
            if "garbage" in words:
                self.wfile.write(b'{"Type":"container"}\n' * 3 + b"\xff\0garbage\n")
                return
            while "endless" in words and lives == life:
                self.wfile.write(b"x" * 65536)
            while "flood" in words and lives == life:
                self.wfile.write(b"".join(json.dumps({"Type": "image", "Action": "tag", "timeNano": time.time_ns() + i, "Actor": {
                    "ID": "flood", "Attributes": {"name": "flood"}}}).encode() + b"\n" for i in range(100)))
            while lives == life and not self.is_left():
                for event in waiting:
                    line = json.dumps(event).encode() + b"\n"
                    if "cut" in words or "brief" in words:
                        os.remove(path("events.cut" if "cut" in words else "events.brief"))
                        self.wfile.write(line[:-len(line) // 2] if "cut" in words else line)
                        return
                    if "deaf" not in words:
                        self.wfile.write(line)
                with more:
                    if seen == published and lives == life:
                        more.wait(0.5)
                    waiting = events[len(events) - (published - seen):] if published > seen else []
                    seen = published
        except OSError:
            pass

    def ping(self):
        with open(path("pings"), "a", encoding="utf-8") as pings:
            pings.write(".")
        if not self.held_up("ping"):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"OK")

    def image(self, parts, body):
        there = images()
        name = urllib.parse.unquote(parts[1])
        if name == "create":
            self.reply(200, {"errorDetail": {"message": "pull access denied"}})
        elif name == "load":
            self.load(body)
        elif there is not None and name not in there:
            self.problem(404, f"No such image: {name}")
        elif parts[-1] == "get":
            if not self.held_up("export"):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(there[name].encode())
        elif there is None:
            self.reply(200, {"Id": "sha256:0", "Config": {}})
        else:
            _, image_id, arch, size = there[name].split()
            self.reply(200, {"Id": image_id, "Config": {}, "Os": "linux", "Architecture": arch, "Size": int(size)})

    def load(self, body):
        if body is None or self.held_up("load"):
            return
        name, image_id, arch, size = body.decode().split()
        if os.path.exists(path("spoil")):
            image_id += "0"
        with lock:
            with open(path("images"), "a", encoding="utf-8") as out:
                out.write(f"{name} {image_id} {arch} {size}\n")
            self.record("load", name)
        self.reply(200, {"stream": f"Loaded image: {name}"})

    def create(self, name, body):
        if self.held_up("create"):
            return
        if (there := images()) is not None and body["Image"] not in there:
            self.problem(404, f"No such image: {body['Image']}")
            return
        with lock:
            if any(container["name"] == name for container in containers.values()):
                self.problem(409, f"The name {name} is in use")
                return
            docker_id = hashlib.sha256(os.urandom(16)).hexdigest()
            containers[docker_id] = {"id": docker_id, "name": name, "state": "created", "body": body,
                                     "labels": body["Labels"] or {}, "set": {}}
            self.record("create", name)
            tell("create", containers[docker_id])
        self.reply(201, {"Id": docker_id})

    def act(self, word, name):
        if self.held_up(word):
            return
        with lock:
            container = self.find(name)
            if not container:
                return
            if word == "inspect":
                self.reply(200, {"Id": container["id"], "Name": "/" + container["name"],
                                 "Config": container["body"], "HostConfig": container["body"].get("HostConfig"),
                                 "Created": "2026-01-02T03:04:05.6Z", "Image": "sha256:0",
                                 **container["set"],
                                 "State": {"Status": container["state"],
                                           "ExitCode": container["set"].get("ExitCode", 0),
                                           "Restarting": container["set"].get("Restarting", False),
                                           "OOMKilled": container["set"].get("OOMKilled", False),
                                           "StartedAt": container.get("started_at", "0001-01-01T00:00:00Z")}})
                return
            if word == "logs":
                self.logs(container)
                return
            if word in ("stop", "restart", "kill", "remove") and container["state"] == "running":
                tell("kill", container, signal="15")
                tell("die", container, exitCode="0")
            if word == "remove":
                del containers[container["id"]]
                tell("destroy", container)
            else:
                container["state"] = "exited" if word in ("stop", "kill") else "running"
                if container["state"] == "running":
                    container["started_at"] = f"2026-01-02T03:04:05.{time.time_ns()}Z"
                    tell("start", container)
                if word in ("stop", "restart"):
                    tell(word, container)
            self.record(word, container["name"])
        self.reply(204)

    def logs(self, container):
        text = f"log of {container['name']}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        self.wfile.write(b"\1\0\0\0" + len(text).to_bytes(4, "big") + text)

    def record(self, word, name):
        with open(path("calls"), "a", encoding="utf-8") as calls:
            calls.write(f"{word} {name}\n")
        write_state()

    def log_message(self, *_):
        pass


write_state()
server = ThreadingHTTPServer((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(path("port.new"), "w", encoding="utf-8") as out:
    out.write(str(server.server_address[1]))
os.rename(path("port.new"), path("port"))
server.serve_forever()
