#!/usr/bin/env python3
"""Clients that run and destroy containers while everything fails at random; at the end nothing may be lost or doubled.

usage: chaos.py DIR SECONDS LOG [SEED]

Each client keeps what was acknowledged. A request without a clear answer is sent again, with its key, until it has one:
it may have happened or not, never twice. When all is whole again the containers must be exactly those that were
acknowledged and not destroyed, the oracle must be content, and the chain of events must verify. Prints the seed,
each fault with its times, and what was wrong; ends with 1 if anything was.
"""
import json
import os
import random
import subprocess
import sys
import threading
import time

import api
import chaos_faults
import oracle

CLIENTS = 4
MEMBERS_MAX = 5  # of one client
SETTLE_S = int(os.environ.get("BERTH_CHAOS_SETTLE_S", "180"))  # when all is whole again
AGAIN_S = 1  # until a request without a clear answer is sent again
FINISH_S = int(os.environ.get("BERTH_CHAOS_SETTLE_S", "240"))  # for what is open then, too
IMAGE = os.environ.get("BERTH_DEMO_IMAGE", "berth-demo:latest")
POLICIES = ("never", "always", "after=5")


def is_failed(answer):
    """Is an operation over, and nothing came of it?"""
    items = answer.get("items") if isinstance(answer, dict) else None
    return bool(items) and all(one.get("status") == "failed" for one in items)


class Client(threading.Thread):
    """`there`: ids that were acknowledged and not asked to go; `open`: the request without a clear answer."""

    def __init__(self, number, token, seed, stop, log, memory_mb):
        super().__init__()
        self.number, self.stop, self.log, self.memory_mb = number, stop, log, memory_mb
        self.random = random.Random(seed)
        self.client = api.Client(token, timeout=20)
        self.there, self.open, self.problems, self.counts = set(), None, [], {}

    def run(self):
        while not self.stop.is_set():
            if self.there and (len(self.there) >= MEMBERS_MAX or self.random.random() < 0.4):
                gone = self.random.choice(sorted(self.there))
                self.there.discard(gone)
                self.attempt({"what": "destroy", "method": "DELETE", "path": "/api/containers/" + gone, "body": None})
            else:
                self.attempt({"what": "run", "method": "POST",
                              "path": "/api/containers?count=%d" % self.random.randint(1, 2), "body": self.spec()})
            self.stop.wait(self.random.random())

    def spec(self):
        return {"name": IMAGE, "memory": self.memory_mb, "environment": {"CHAOS": str(self.number)},
                "bind_ports": [{"proto": "tcp", "container_port": 80}], "reschedule": self.random.choice(POLICIES)}

    def attempt(self, request):
        self.open = request
        while not self.send(request):
            if self.stop.wait(AGAIN_S):
                return
        self.open = None

    def send(self, request):
        """Whether the answer settles the request. What is destroyed twice is gone: only a run needs to be known again."""
        began = time.time()
        if request["what"] == "destroy" or "key" not in request:
            request["key"] = api.new_key()
        try:
            status, answer, _ = self.client.call(request["method"], request["path"], request["body"],
                                                 {"Idempotency-Key": request["key"]})
        except OSError as error:
            status, answer = 0, str(error)
        settled = self.take(request, status, answer)
        self.counts[request["what"], status] = self.counts.get((request["what"], status), 0) + 1
        outcome = "UNKNOWN" if not settled else "OK" if status < 300 else "FAIL"
        self.log.write(self.number, request["what"], request["key"], began, outcome, path=request["path"], status=status)
        return settled

    def take(self, request, status, answer):
        if request["what"] == "run" and status in (201, 207):
            self.there |= {one["id"] for one in answer if one.get("status", 201) < 300}
            return True
        if request["what"] == "run" and status == 409:  # no room
            return True
        if request["what"] == "run" and status >= 500 and is_failed(answer):  # and no room elsewhere
            return True
        if request["what"] == "destroy" and status in (204, 404):
            return True
        if status in (0, 202, 409, 502, 503, 504):
            return False
        self.problems.append("client %d: %s: %d %.300s" % (self.number, request["path"], status, answer))
        return True

    def finish(self, deadline):
        """All is whole: what is open gets its answer."""
        while self.open and not self.send(self.open):
            if time.monotonic() > deadline:
                self.problems.append("client %d: no answer: %s" % (self.number, self.open["path"]))
                break
            time.sleep(AGAIN_S)


def share(directory):
    """The memory of a container so that there is no room for all that the clients would have."""
    whole = oracle.sql(directory, "SELECT sum(memory_mb)::bigint AS memory_mb FROM engines")[0]["memory_mb"]
    return whole // (CLIENTS * MEMBERS_MAX)


def watch(directory, stop, problems):
    """What no moment may violate, whatever fails."""
    while not stop.wait(1):
        try:
            problems += ["meanwhile: " + one for one in oracle.check_load(directory)]
        except (OSError, subprocess.SubprocessError):
            pass  # the database is among what fails


def judge(directory, clients):
    """Yields what is wrong when all is whole again."""
    wanted = set().union(*(client.there for client in clients))
    deadline = time.monotonic() + SETTLE_S
    while True:
        found = list(oracle.check(directory))
        if not found or time.monotonic() > deadline:
            break
        time.sleep(1)
    yield from found
    rows = {row["id"]: row for row in oracle.sql(
        directory, "SELECT id, state, desired FROM containers WHERE removed_at IS NULL AND name <> 'demo'")}
    for lost in sorted(wanted - rows.keys()):
        yield "lost: %s was acknowledged" % lost
    for extra in sorted(rows.keys() - wanted):
        yield "not asked for, or destroyed: %s" % extra
    for one in sorted(wanted & rows.keys()):
        if rows[one]["state"] != "running":
            yield "%s is %s, desired %s" % (one, rows[one]["state"], rows[one]["desired"])
    verified = subprocess.run([os.path.join(directory, "bin", "berth"), "events", "verify"],
                              capture_output=True, text=True, timeout=120, check=False)
    if verified.returncode:
        yield "the chain of events: " + verified.stderr.strip()


def main():
    directory, seconds, log = sys.argv[1], float(sys.argv[2]), api.Log(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    print("# seed %d" % seed, flush=True)
    chosen, stop, problems = random.Random(seed), threading.Event(), []
    token = api.login()
    memory_mb = share(directory)
    clients = [Client(number, token, chosen.random(), stop, log, memory_mb) for number in range(CLIENTS)]
    threads = clients + [threading.Thread(target=watch, args=(directory, stop, problems))]
    for thread in threads:
        thread.start()
    faults = chaos_faults.Faults(directory, chosen)
    try:
        faults.play(seconds)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        faults.heal_all()
    deadline = time.monotonic() + FINISH_S
    for client in clients:
        client.finish(deadline)
        problems += client.problems
    problems += judge(directory, clients)
    print("# " + json.dumps({"%s %d" % key: sum(client.counts.get(key, 0) for client in clients)
                             for key in sorted({key for client in clients for key in client.counts})}))
    for line in faults.summary():
        print("# " + line)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
