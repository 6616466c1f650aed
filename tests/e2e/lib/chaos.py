#!/usr/bin/env python3
"""Clients that run, link and destroy containers while everything fails at random; at the end nothing may be lost or
doubled.

usage: chaos.py DIR SECONDS LOG [SEED]

Each client keeps what was acknowledged. A request without a clear answer is sent again, with its key, until it has one:
it may have happened or not, never twice. When all is whole again the containers must be exactly those that were
acknowledged and not destroyed, the oracle must be content, and the chain of events must verify. Meanwhile no engine
may be overbooked, what links join must be on one engine, and whatever is seen elsewhere than before must have an event
that says so. Prints the seed, each fault with its times, how many have moved, and what was wrong; ends with 1 if
anything was.
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
MEMBERS_MAX = 5  # of one client that wants many: all of them want more than there is room for
MEMBERS_FEW = 1  # of one that wants few: then there is room for what leaves an engine
CHANGE = 0.1  # how likely it is at each step that it comes to want the other
PAIR = 0.5  # of the runs: two that a link joins
MOVES_EXPECTED = 5  # when as many are to leave an engine, some do
SETTLE_S = int(os.environ.get("BERTH_CHAOS_SETTLE_S", "240"))  # when all is whole again, for what is open then, too
AGAIN_S = 1  # until a request without a clear answer is sent again
IMAGE = os.environ.get("BERTH_DEMO_IMAGE", "berth-demo:latest")
POLICIES = ("never", "always", "always", "after=5")


def is_failed(answer):
    """Is an operation over, and nothing came of it?"""
    items = answer.get("items") if isinstance(answer, dict) else None
    return bool(items) and all(one.get("status") == "failed" for one in items)


class Client(threading.Thread):
    """`there`: ids that were acknowledged and not asked to go; `open`: the request without a clear answer; `made`: the
    ids of the last run; `linkers`: which of them is linked to which."""

    def __init__(self, number, token, seed, stop, log, memory_mb):
        super().__init__()
        self.number, self.stop, self.log, self.memory_mb = number, stop, log, memory_mb
        self.random = random.Random(seed)
        self.client = api.Client(token, timeout=20)
        self.there, self.open, self.problems, self.counts = set(), None, [], {}
        self.made, self.linkers, self.members_max = [], {}, MEMBERS_MAX

    def run(self):
        while not self.stop.is_set():
            if self.random.random() < CHANGE:
                self.members_max = self.random.choice((MEMBERS_FEW, MEMBERS_MAX))
            if self.there and (len(self.there) >= self.members_max or self.random.random() < 0.4):
                self.destroy(self.random.choice(sorted(self.there)))
            elif self.random.random() < PAIR:
                self.run_pair()
            else:
                self.run_some(self.random.randint(1, 2), self.spec())
            self.stop.wait(self.random.random())

    def spec(self, **more):
        return {"name": IMAGE, "memory": self.memory_mb, "environment": {"CHAOS": str(self.number)},
                "bind_ports": [{"proto": "tcp", "container_port": 80}], "reschedule": self.random.choice(POLICIES), **more}

    def run_some(self, count, spec):
        """The ids; none where the end came before the answer."""
        self.made = []
        self.attempt({"what": "run", "method": "POST", "path": "/api/containers?count=%d" % count, "body": spec})
        return self.made

    def run_pair(self):
        """One unit of placement."""
        name, policy = "chaos-%d-%08x" % (self.number, self.random.getrandbits(32)), self.random.choice(POLICIES)
        for target in self.run_some(1, self.spec(container_name=name, reschedule=policy)):
            for linker in self.run_some(1, self.spec(links={name: "other"}, reschedule=policy)):
                self.linkers[target] = linker

    def destroy(self, gone):
        """Never what another one is linked to."""
        gone = self.linkers.get(gone, gone) if self.linkers.get(gone) in self.there else gone
        self.there.discard(gone)
        self.attempt({"what": "destroy", "method": "DELETE", "path": "/api/containers/" + gone, "body": None})

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
            made = answer if status == 201 else answer["containers"]
            self.made = [one["id"] for one in made]
            self.there |= set(self.made)
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


class Watch(threading.Thread):
    """What no moment may violate, whatever fails. `places`: where each container was last seen; `moves`: (id, engine) of
    those that were seen elsewhere than before; `linked`: those of them that links join with others."""

    def __init__(self, directory, stop):
        super().__init__()
        self.directory, self.stop = directory, stop
        self.problems, self.places, self.moves, self.linked = [], {}, [], set()

    def run(self):
        while not self.stop.wait(0.5):
            try:
                self.look()
            except (OSError, subprocess.SubprocessError):
                pass  # the database is among what fails

    def look(self):
        for problem in oracle.check_load(self.directory):
            if "meanwhile: " + problem not in self.problems:
                self.problems.append("meanwhile: " + problem)
        for row in oracle.sql(self.directory, oracle.PLACES):
            if self.places.setdefault(row["id"], row["engine_id"]) != row["engine_id"] and not row["back"]:
                self.moves.append((row["id"], row["engine_id"]))
                self.linked |= {row["id"]} if row["linked"] else set()
            self.places[row["id"]] = row["engine_id"]

    def summary(self):
        return "%d moves were seen, %d of them of what links join" % (
            len(self.moves), sum(one in self.linked for one, _ in self.moves))


def judge(directory, clients, deadline):
    """Yields what is wrong when all is whole again."""
    wanted = set().union(*(client.there for client in clients))
    began = time.monotonic()
    while True:
        found = list(oracle.check(directory))
        if not found or time.monotonic() > deadline:
            break
        time.sleep(1)
    if not found:
        print("# rows and engines agree %.1f s after the last answer" % (time.monotonic() - began))
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
    threading.excepthook = lambda of: problems.append("%s has ended: %r" % (of.thread.name, of.exc_value))
    token = api.login()
    memory_mb = share(directory)
    clients = [Client(number, token, chosen.random(), stop, log, memory_mb) for number in range(CLIENTS)]
    watch = Watch(directory, stop)
    threads = [*clients, watch]
    for thread in threads:
        thread.start()
    faults = chaos_faults.Faults(directory, chosen, token)
    try:
        faults.play(seconds)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        faults.heal_all()
    deadline = time.monotonic() + SETTLE_S
    for client in clients:
        client.finish(deadline)
        problems += client.problems
    problems += watch.problems
    problems += judge(directory, clients, deadline)
    problems += oracle.check_moves(directory, watch.moves)
    if faults.to_leave >= MOVES_EXPECTED and not watch.moves:
        problems.append("%d were to leave their engines, none did: the test tests nothing" % faults.to_leave)
    print("# " + watch.summary())
    print("# " + json.dumps({"%s %d" % key: sum(client.counts.get(key, 0) for client in clients)
                             for key in sorted({key for client in clients for key in client.counts})}))
    for line in faults.summary():
        print("# " + line)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
