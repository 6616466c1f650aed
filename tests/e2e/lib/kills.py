#!/usr/bin/env python3
"""Batches during which a worker process is killed at a named point; see core/base/fault.h.

usage: kills.py DIR WORKER POINT TIMES ONCE-FILE

For each batch WORKER is started anew, with BERTH_FAULT=POINT=kill and BERTH_FAULT_ONCE=ONCE-FILE: the first of its
processes that comes there dies. The batch must be finished or not there at all, and the same request sent again must
give one batch. Ends with 1 and a line for each thing that was wrong.
"""
import os
import subprocess
import sys
import time

import api
import oracle

COUNT = 3
TRIES = 5
IMAGE = os.environ.get("BERTH_DEMO_IMAGE", "berth-demo:latest")
# What has to be in the database right after the kill: nothing, everything, or either.
LEFT = {"before_intent": (0,), "before_commit": (0,), "after_intent": (COUNT,), "after_create": (COUNT,)}


def items(directory, key):
    """How many containers the operation with this key has; 0 without one."""
    return oracle.sql(directory, """SELECT count(i.*) AS n FROM operations o JOIN operation_items i
        ON i.operation_id = o.id WHERE o.idempotency_key = '%s'""" % key)[0]["n"]


def finished(directory, key):
    return oracle.sql(directory, "SELECT finished IS NOT NULL AS yes FROM operations WHERE idempotency_key = '%s'"
                      % key) == [{"yes": True}]


def ask(client, key, number):
    """(status, body), or (0, reason) when the answer did not come."""
    spec = {"name": IMAGE, "memory": 20, "environment": {"BATCH": str(number)}, "bind_ports": [{"container_port": 80}]}
    try:
        status, body, _ = client.call("POST", "/api/containers?count=%d" % COUNT, spec, {"Idempotency-Key": key})
        return status, body
    except OSError as error:
        return 0, str(error)


def again(client, key, number):
    """The same request until it is answered."""
    deadline = time.monotonic() + 40
    while True:
        status, body = ask(client, key, number)
        if status in (200, 201, 207) or status in range(400, 500) or time.monotonic() > deadline:
            return status, body
        time.sleep(0.2)


def restart(directory, worker, point, once):
    """Processes that have never come to the point, armed."""
    if os.path.exists(once):
        os.remove(once)
    part = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "stack"), os.environ["BERTH_QUICKSTART"], directory]
    subprocess.run(part + ["kill", "worker"], check=True, stdin=subprocess.DEVNULL)
    subprocess.run(part + ["start", "worker", worker, "BERTH_FAULT=%s=kill" % point, "BERTH_FAULT_ONCE=" + once],
                   check=True, stdin=subprocess.DEVNULL)


def batch(directory, client, point, once, number):
    """One batch; yields what was wrong. Its containers are destroyed at the end."""
    key = api.new_key()
    status, body = ask(client, key, number)
    killed = os.path.exists(once)
    if killed and status in (0, 502):
        left = items(directory, key)
        if left not in LEFT[point]:
            yield "batch %d: killed at %s, %d of %d are there" % (number, point, left, COUNT)
        deadline = time.monotonic() + 40
        while left and not finished(directory, key) and time.monotonic() < deadline:
            time.sleep(0.2)
        if left and not finished(directory, key):
            yield "batch %d: killed at %s, nobody has finished it" % (number, point)
    elif status != 201:
        yield "batch %d: %d %s" % (number, status, str(body)[:300])
    status, body = again(client, key, number)
    if status != 201 or len(body) != COUNT or any(one["state"] != "running" for one in body):
        yield "batch %d: sent again: %d %s" % (number, status, str(body)[:300])
        return
    group = oracle.sql(directory, "SELECT id FROM containers WHERE group_hash = '%s' AND removed_at IS NULL"
                       % body[0]["group"])
    if {one["id"] for one in group} != {one["id"] for one in body}:
        yield "batch %d has %d containers instead of %d" % (number, len(group), COUNT)
    yield from check_engines(directory)
    status = 0
    deadline = time.monotonic() + 40
    while status != 200 and time.monotonic() < deadline:
        try:
            status, answer, _ = client.call("POST", "/api/containers/%s/scale?count=0" % body[0]["id"])
        except OSError as error:
            status, answer = 0, error
    if status != 200:
        yield "batch %d cannot be destroyed: %d %s" % (number, status, answer)


def check_engines(directory):
    """The oracle, with a moment for what the keeper cleans up."""
    deadline = time.monotonic() + 20
    while True:
        problems = list(oracle.check(directory))
        if not problems or time.monotonic() > deadline:
            return problems
        time.sleep(0.3)


def main():
    directory, worker, point, times, once = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
    token = api.login()
    problems = []
    for number in range(1, times + 1):
        # the keeper, which nothing kills, may have been the faster one for a whole batch
        for _ in range(TRIES):
            restart(directory, worker, point, once)
            problems += list(batch(directory, api.Client(token), point, once, number))
            if os.path.exists(once):
                break
        else:
            problems.append("batch %d: nobody was killed" % number)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
