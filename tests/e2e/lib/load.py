#!/usr/bin/env python3
"""Load by clients with kept-alive connections; every request must succeed.

usage: load.py UNTIL-FILE READERS WRITERS LOG [--mode strict|outage]

Readers list containers and events, writers run a container and destroy it, until the file is there. strict: anything
but success is told. outage: 503 with Retry-After is expected too, any other failure is told, and each writer keeps
what was acknowledged: the log has a line for each container that must be there.
"""
import os
import sys
import threading
import time

import api

IMAGE = os.environ.get("BERTH_DEMO_IMAGE", "berth-demo:latest")


class Load:
    def __init__(self, until, log, outage):
        self.until = until
        self.log = api.Log(log)
        self.outage = outage
        self.token = api.login()
        self.problems = []
        self.refused = 0
        self.counts = {}
        self.lock = threading.Lock()

    def running(self):
        return not os.path.exists(self.until) and len(self.problems) < 20

    def note(self, what, status, body, headers, good):
        with self.lock:
            self.counts[what, status] = self.counts.get((what, status), 0) + 1
            if status in good:
                return True
            if self.outage and status == 503 and headers.get("Retry-After"):
                self.refused += 1
            else:
                self.problems.append("%s: %s %s" % (what, status, str(body)[:300]))
        return False

    def reader(self):
        client = api.Client(self.token)
        while self.running():
            for path in ("/api/containers", "/api/events?count=5", "/api/cluster/info"):
                self.ask(client, "GET", path, None, (200,), {})

    def ask(self, client, method, path, body, good, headers):
        try:
            status, answer, got = client.call(method, path, body, headers)
        except OSError as error:
            status, answer, got = 0, error, {}
        return answer if self.note(method, status, answer, got, good) else None

    def writer(self, number):
        client = api.Client(self.token)
        round_number = 0
        while self.running():
            round_number += 1
            key, began = api.new_key(), time.time()
            spec = {"name": IMAGE, "memory": 20, "environment": {"W": "%d-%d" % (number, round_number)}}
            made = self.ask(client, "POST", "/api/containers", spec, (201, 202) if not self.outage else (201,),
                            {"Idempotency-Key": key})
            if made is None:
                time.sleep(0.2)
                continue
            if isinstance(made, dict):  # 202: the operation; a worker that ends does not wait for it
                made = self.follow(client, made)
            if self.outage:
                self.log.write(number, "run", key, began, "OK", id=made[0]["id"])
            elif made:
                self.ask(client, "DELETE", "/api/containers/" + made[0]["id"], None, (204, 202), {})

    def follow(self, client, operation):
        for _ in range(100):
            answer = self.ask(client, "GET", "/api/operations/%s?wait=1" % operation["id"], None, (200,), {})
            if answer and answer["status"] != "running":
                return answer["result"] if answer["status"] == "done" else None
        self.problems.append("operation %s does not end" % operation["id"])
        return None


def main():
    until, readers, writers, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    load = Load(until, log, sys.argv[-1] == "outage")
    threads = [threading.Thread(target=load.reader) for _ in range(readers)]
    threads += [threading.Thread(target=load.writer, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    for thread in threads:
        thread.join()
    for (what, status), number in sorted(load.counts.items()):
        print("%-6s %d: %d" % (what, status, number))
    for problem in load.problems:
        print(problem)
    if load.outage and not load.refused:
        print("nothing was refused: there was no outage")
        return 1
    return 1 if load.problems else 0


if __name__ == "__main__":
    sys.exit(main())
