#!/usr/bin/env python3
"""hostile.py BERTH: runs every command of the table on a terminal, against a server whose every text is hostile.

Commands, arguments and required options come out of `berth help`, so that no command is forgotten. Each is answered
with a list, a record and a problem; nothing that moves the cursor, sets a title or turns the direction of writing may
reach the terminal. Prints one line for each command and what was wrong with it; status 1 if anything was.
"""
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BERTH = os.path.abspath(sys.argv[1])
MARK = "MARK"
EVIL = MARK + "\x1b[2J\x1b]0;x\x07\x1b[31m\r\x08\x9b2J\x85\u202e\u2066\u200f\u061c\u2028\x7f\nnext\tone"
LIMIT_S = 60
# What the command line itself sends: line ends of the terminal, and the progress bar's way back.
OWN = re.compile("\r+\n|\r\x1b\\[K")
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]")
TEXTS = ("id name username type message time created expires_at account state status title detail reason prefix kind "
         "description docker_version addr engine_status group url key value role_name request_id code field hash").split()


def record(depth=0):
    doc = {key: EVIL for key in TEXTS}
    doc.update({"labels": [EVIL], "tags": [EVIL], "grants": [EVIL], EVIL: EVIL})
    doc["ports"] = [{"proto": EVIL, "host_ip": EVIL, "port": 1, "container_port": 2}]
    if depth < 2:
        for key in ("image", "engine", "health", "role", "error", "container", "environment", "progress"):
            doc[key] = record(depth + 1)
        for key in ("items", "containers", "result", "engines", "events", "accounts", "obstacles"):
            doc[key] = [record(depth + 1)]
    return doc


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        kind = self.server.kind
        body = [record()] if kind == "list" else record()
        if kind == "problem":
            body["code"] = "conflict"
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(409 if kind == "problem" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kind):
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind, self.asked = kind, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


def help_of(*words):
    return subprocess.run([BERTH, "help", *words], capture_output=True, text=True, check=True, timeout=LIMIT_S).stdout


def commands():
    for line in help_of().split("\nOptions:")[0].splitlines():
        found = re.match(r"  ([a-z][a-z-]*(?: [a-z][a-z-]*)*)  ", line)
        if found:
            yield found.group(1)


def sample(name, directory):
    if name == "N" or name.endswith(("COUNT", "MB")):
        return "2"
    return os.path.join(directory, "file") if name == "FILE" else "bash" if name == "SHELL" else "abc"


def command_line(command, directory):
    text = help_of(*command.split())
    usage = re.search(r"^Usage: berth (.*)$", text, re.M).group(1)[len(command):]
    words = command.split()
    words += [sample(name.rstrip("."), directory) for name in re.findall(r"(?<![\[A-Z])\b([A-Z]+\.*)(?![\].A-Z])", usage)]
    for name, value in re.findall(r"--([a-z-]+) ([^ ]+) .*\(required\)", text):
        words += ["--" + name, sample(value, directory)]
    if "--yes" in text:
        words.append("--yes")
    return words + ["--timeout", "20s"], "--filter KEY=VALUE" in text


def on_terminal(words, url, directory):
    master, slave = os.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": directory, "TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
           "BERTH_URL": url, "BERTH_TOKEN": "given"}
    child = subprocess.Popen([BERTH, *words], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=env,
                             start_new_session=True)
    os.close(slave)
    output, end = b"", time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(master)
    if child.poll() is None and time.monotonic() >= end:
        child.kill()
        output += b"\nHANGS\n\x1b"
    child.wait()
    return output.decode("utf-8", "surrogateescape")


def try_command(command):
    found = []
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "file"), "w", encoding="utf-8") as file:
            file.write("{}")
        words, lists = command_line(command, directory)
        for kind in ("list", "record", "problem"):
            server = Server(kind)
            text = on_terminal(words, f"http://127.0.0.1:{server.server_address[1]}", directory)
            server.shutdown()
            server.server_close()
            bad = BAD.search(OWN.sub("\n", text))
            if bad:
                found.append(f"{kind}: {bad.group()!r} in {text[max(0, bad.start() - 40):bad.end() + 40]!r}")
            told = server.asked and MARK in text
            if server.asked and not told and (kind == "problem" or (lists and kind == "list")):
                found.append(f"{kind}: what the server said is not shown: {text[:200]!r}")
    return command, " ".join(words), found


names = list(commands())
failed = 0
with ThreadPoolExecutor(4) as pool:
    for name, line, problems in pool.map(try_command, names):
        print(("not ok " if problems else "ok ") + line)
        for problem in problems:
            print("    " + problem)
        failed += bool(problems)
sys.exit(1 if failed or len(names) < 20 else 0)
