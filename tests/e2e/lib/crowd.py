#!/usr/bin/env python3
"""Many clients that run, scale and destroy at once, each with a model of what must be there.

usage: crowd.py DIR SECONDS LOG [SEED]

Each client has a group of its own, of which it knows every member, and all share some groups. Reservations are so
large that engines fill up, and one shared group asks for a host port by number. What the database promises is checked
all the time. On a slow machine it goes on until the pool was full once. Ends with 1 and one line for each thing that
was wrong.
"""
import os
import random
import sys
import threading
import time

import api
import oracle

CLIENTS = 8
SHARED = 3
MEMBERS_MAX = 6
OF_AN_ENGINE = 6  # containers that fit on one: the pool has less room than the clients want
AT_LONGEST_S = 300  # until the pool was full
IMAGE = os.environ.get("BERTH_DEMO_IMAGE", "berth-demo:latest")
NO_ROOM = (409, "no_capacity")


class Crowd:
    def __init__(self, directory, seconds, log, seed):
        self.directory = directory
        self.until = time.monotonic() + seconds
        self.at_longest = time.monotonic() + AT_LONGEST_S
        self.was_full = False
        self.log = api.Log(log)
        self.random = random.Random(seed)
        self.token = api.login()
        self.problems = []
        self.counts = {}
        self.shared = []
        self.lock = threading.Lock()
        memory = oracle.sql(directory, "SELECT min(memory_mb) AS memory_mb FROM engines")[0]["memory_mb"]
        self.memory = memory // OF_AN_ENGINE

    def spec(self, mark, port=None):
        bound = {"proto": "tcp", "container_port": 80}
        if port:
            bound["port"] = port
        return {"name": IMAGE, "memory": self.memory, "cpus": 0.1, "environment": {"MARK": mark},
                "bind_ports": [bound]}

    def wrong(self, text):
        with self.lock:
            self.problems.append(text)

    def running(self):
        until = self.until if self.was_full else self.at_longest
        return time.monotonic() < until and len(self.problems) < 20

    def count(self, what, status, code):
        with self.lock:
            self.counts[what, status] = self.counts.get((what, status), 0) + 1
            self.was_full |= (status, code) == NO_ROOM


class Member(threading.Thread):
    """One client: `ids` is what its own group must have."""

    def __init__(self, crowd, number):
        super().__init__()
        self.crowd = crowd
        self.number = number
        self.random = random.Random(crowd.random.random())
        self.client = api.Client(crowd.token)
        self.ids = set()
        self.known = None  # an id that names the group, living or not
        self.group = None

    def run(self):
        while self.crowd.running():
            try:
                if self.random.random() < 0.3:
                    self.shared_step()
                else:
                    self.own_step()
            except OSError as error:
                self.crowd.wrong("client %d: no answer: %s" % (self.number, error))
                return

    def call(self, what, method, path, body, allowed):
        key, began = api.new_key(), time.time()
        status, answer, _ = self.client.call(method, path, body, {"Idempotency-Key": key})
        code = answer.get("code") if isinstance(answer, dict) else None
        self.crowd.log.write(self.number, what, key, began, "OK" if status < 300 else "FAIL", path=path, status=status,
                             code=code)
        self.crowd.count(what, status, code)
        if status not in allowed and (status, code) not in allowed:
            self.crowd.wrong("client %d: %s %s: %d %s" % (self.number, method, path, status, str(answer)[:300]))
        return status, answer

    def own_step(self):
        choice = self.random.random()
        if not self.known or choice < 0.3:
            self.own_run(self.random.randint(1, 3))
        elif choice < 0.7:
            self.own_scale(self.random.randint(0, MEMBERS_MAX))
        elif self.ids:
            self.own_destroy(self.random.choice(sorted(self.ids)))
        self.check_own()

    def own_run(self, count):
        status, answer = self.call("run", "POST", "/api/containers?count=%d" % count,
                                   self.crowd.spec("own-%d" % self.number), (201, NO_ROOM))
        if status == 201:
            ids = {one["id"] for one in answer}
            if len(ids) != count or ids & self.ids:
                self.crowd.wrong("client %d: run of %d gave %d new" % (self.number, count, len(ids - self.ids)))
            self.ids |= ids
            self.known = answer[0]["id"]
            self.group = answer[0]["group"]

    def own_scale(self, count):
        status, answer = self.call("scale", "POST", "/api/containers/%s/scale?count=%d" % (self.known, count), None,
                                   (200, NO_ROOM))
        if status == 200:
            ids = {one["id"] for one in answer}
            kept = min(count, len(self.ids))
            if len(ids) != count or len(ids & self.ids) != kept:
                self.crowd.wrong("client %d: scale from %d to %d gave %d, of them %d from before"
                                 % (self.number, len(self.ids), count, len(ids), len(ids & self.ids)))
            self.ids = ids

    def own_destroy(self, one):
        status, _ = self.call("destroy", "DELETE", "/api/containers/" + one, None, (204,))
        if status == 204:
            self.ids.discard(one)

    def check_own(self):
        if not self.group:
            return
        status, answer, _ = self.client.call("GET", "/api/containers")
        if status != 200:
            self.crowd.wrong("client %d: list: %d" % (self.number, status))
            return
        seen = {one["id"] for one in answer if one["group"] == self.group and one["desired"] == "running"}
        if seen != self.ids:
            self.crowd.wrong("client %d: has %d members, the list shows %d, %d in common"
                             % (self.number, len(self.ids), len(seen), len(seen & self.ids)))
            self.ids = seen

    def shared_step(self):
        known = self.random.choice(self.crowd.shared)
        if self.random.random() < 0.7:
            # others may destroy, meanwhile, what it waits for: 207, or 409 when all of it went
            self.call("shared scale", "POST", "/api/containers/%s/scale?count=%d" % (known, self.random.randint(0, 4)),
                      None, (200, 207, 409))
            return
        status, answer, _ = self.client.call("GET", "/api/containers")
        group = [one["group"] for one in answer if one["id"] == known] if status == 200 else []
        members = [one["id"] for one in answer if one["group"] in group and one["id"] != known]
        if members:
            self.call("shared destroy", "DELETE", "/api/containers/" + self.random.choice(members), None,
                      (204, 404, 409))


def watch(crowd, stop):
    while not stop.wait(0.3):
        for problem in oracle.check_load(crowd.directory):
            crowd.wrong("meanwhile: " + problem)


def begin(crowd):
    client = api.Client(crowd.token)
    for number in range(SHARED):
        status, answer, _ = client.call("POST", "/api/containers",
                                        crowd.spec("shared-%d" % number, 8100 if number == 0 else None))
        if status != 201:
            raise SystemExit("cannot begin: %d %s" % (status, answer))
        crowd.shared.append(answer[0]["id"])


def end(crowd, members):
    """Bring every group to a known number and count. All shrink first: the room is then there, whatever came before."""
    client = api.Client(crowd.token)
    for member in members:
        member.check_own()
        if member.known:
            member.own_scale(0)
    wanted = {}
    for known in crowd.shared:
        for count in (0, 2):
            status, answer, _ = client.call("POST", "/api/containers/%s/scale?count=%d" % (known, count))
            if status != 200 or len(answer) != count:
                crowd.wrong("the last scale of a shared group to %d: %d, %.300s" % (count, status, answer))
            elif count:
                wanted[answer[0]["group"]] = count
    for member in members:
        if member.known:
            member.own_scale(1)
            member.check_own()
            wanted[member.group] = 1
    status, answer, _ = client.call("GET", "/api/containers")
    for group, count in wanted.items():
        there = [one for one in answer if one["group"] == group and one["state"] == "running"]
        if len(there) != count:
            crowd.wrong("a group of %d has %d" % (count, len(there)))


def main():
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    print("seed %d" % seed)
    crowd = Crowd(sys.argv[1], float(sys.argv[2]), sys.argv[3], seed)
    begin(crowd)
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(crowd, stop))
    watcher.start()
    members = [Member(crowd, number) for number in range(CLIENTS)]
    for member in members:
        member.start()
    for member in members:
        member.join()
    if not crowd.problems:
        end(crowd, members)
    stop.set()
    watcher.join()
    for (what, status), number in sorted(crowd.counts.items()):
        print("%-15s %d: %d" % (what, status, number))
    if not crowd.was_full:
        crowd.wrong("the pool was never full: the test tests nothing")
    for problem in crowd.problems:
        print(problem)
    return 1 if crowd.problems else 0


if __name__ == "__main__":
    sys.exit(main())
