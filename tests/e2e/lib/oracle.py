#!/usr/bin/env python3
"""The oracle: do the rows of a stack's database and the containers on its engines agree?

usage: oracle.py DIR [--settle SECONDS] [--load]

Prints one line for each disagreement and ends with 1 if there is any. With --settle it looks again until there is
none, or the time is over. --load checks only what must be true at every moment: reservations and port bindings.
"""
import glob
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from ask import Kept  # pylint: disable=wrong-import-position

PSQL = (sorted(glob.glob("/usr/lib/postgresql/*/bin/psql")) or ["psql"])[-1]  # Debian's wrapper is slow
KEPT = os.path.join(os.environ.get("BERTH_BUILD", ""), "tests/lib/sql")
kept = Kept(KEPT)


def sql(directory, query):
    """The rows of a query, as a list of objects."""
    text = "SELECT coalesce(json_agg(q), '[]') FROM (%s) q" % query
    if os.access(KEPT, os.X_OK):
        return json.loads(kept.ask(directory + "/run/postgres", text))
    return json.loads(subprocess.run(
        [PSQL, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", directory + "/run/postgres", "-U", "postgres", "-d", "berth",
         "-c", text], check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=20).stdout)


class EngineConnection(http.client.HTTPConnection):
    """To Docker at tcp://HOST:PORT or unix:///PATH."""

    def __init__(self, addr):
        self.where = urllib.parse.urlsplit(addr)
        super().__init__(self.where.hostname or "docker", self.where.port or 2375, timeout=20)

    def connect(self):
        if self.where.scheme == "unix":
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(20)
            self.sock.connect(self.where.path)
        else:
            super().connect()


def engine_get(addr, path, lines=False):
    """The document, or with `lines` the one in each line."""
    connection = EngineConnection(addr)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise OSError("%s %s: %d %r" % (addr, path, answer.status, body[:200]))
    return [json.loads(line) for line in body.splitlines()] if lines else json.loads(body)


def engine_remove(addr, docker_id):
    """As somebody does by hand."""
    connection = EngineConnection(addr)
    connection.request("DELETE", "/containers/%s?force=1" % docker_id)
    connection.getresponse().read()
    connection.close()


CLAIM_OVER_S = 15  # until somebody else must have taken over what a dead one held
ROWS = """SELECT id, name, engine_id, generation, desired, state, docker_id, removed_at IS NOT NULL AS removed,
    cpu_milli, memory_mb, doc -> 'ports' AS ports, due_at IS NOT NULL AS due, error,
    claimed_by, claimed_until < clock_timestamp() - interval '%d seconds' AS forgotten,
    restart_seq <> restart_done AS restart_pending FROM containers""" % CLAIM_OVER_S
# Where what lives is. back: its old copy was taken for the present one again, which is no move to be told of.
PLACES = """SELECT c.id, c.engine_id,
        EXISTS (SELECT FROM adoptions a WHERE a.container_id = c.id AND a.engine_id = c.engine_id) AS back,
        c.links <> '{}' OR EXISTS (SELECT FROM containers l WHERE l.links @> ARRAY[c.name] AND l.removed_at IS NULL) AS linked
    FROM containers c WHERE c.removed_at IS NULL AND c.engine_id IS NOT NULL"""
# What links join is placed and moved as one.
TORN = """SELECT c.name, c.engine_id, other.name AS other, other.engine_id AS other_engine_id
    FROM containers c CROSS JOIN unnest(c.links) AS link(name) JOIN containers other ON other.name = link.name
    WHERE c.removed_at IS NULL AND c.desired <> 'removed' AND other.removed_at IS NULL AND other.desired <> 'removed'
      AND c.engine_id <> other.engine_id"""


def check_load(directory):
    """What no moment may violate: no engine is promised twice, no host port is bound twice, no unit is torn."""
    for row in sql(directory, """SELECT e.id, e.cpu_milli, e.memory_mb,
            coalesce(sum(c.cpu_milli), 0) AS used_cpu, coalesce(sum(c.memory_mb), 0) AS used_memory
            FROM engines e JOIN containers c ON c.engine_id = e.id AND c.desired = 'running' GROUP BY e.id"""):
        if row["used_cpu"] > row["cpu_milli"] or row["used_memory"] > row["memory_mb"]:
            yield "overbooked: %(id)s: %(used_cpu)s of %(cpu_milli)s thousandths, " \
                  "%(used_memory)s of %(memory_mb)s MB" % row
    seen = {}
    for row in sql(directory, ROWS + " WHERE removed_at IS NULL"):
        for port in row["ports"]:
            if port["port"] == 0:
                continue
            key = (row["engine_id"], port["proto"], port["port"], port["host_ip"])
            if key in seen:
                yield "port bound twice: %s by %s and %s" % (key, seen[key], row["id"])
            seen[key] = row["id"]
    for row in sql(directory, TORN):
        yield "unit torn: %(name)s is on %(engine_id)s, %(other)s, to which it is linked, on %(other_engine_id)s" % row


def check_rows_against(directory, rows, found):
    """Each living row against what the engines have: `found` is {row id: [container]}."""
    engines = {e["id"] for e in sql(directory, "SELECT id FROM engines")}
    for row in rows.values():
        if row["removed"]:
            continue
        name = "%(id).12s (%(name)s on %(engine_id)s)" % row
        here = found.get(row["id"], [])
        if row["forgotten"]:
            yield "claim not taken over: %s: %s has it and is gone" % (name, row["claimed_by"])
        if row["claimed_by"] or row["due"] or row["restart_pending"]:
            yield "unfinished: %s: due %s, claimed by %s, error %s" % (name, row["due"], row["claimed_by"], row["error"])
        if row["desired"] == "removed":
            yield "not yet removed: " + name
        if row["engine_id"] not in engines:
            yield "without an engine: " + name
        if not here and row["desired"] == "running":
            yield "lost: %s is to run and is on no engine" % name
        for one in here:
            if one["engine"] != row["engine_id"]:
                yield "misplaced: %s is on %s" % (name, one["engine"])
            if one["Id"] != row["docker_id"]:
                yield "identity: %s has Docker id %.12s, the row says %s" % (name, one["Id"], row["docker_id"])
            if one["State"] != row["state"]:
                yield "state: %s is %s, the row says %s" % (name, one["State"], row["state"])
            if row["desired"] == "running" and one["State"] not in ("running", "restarting", "paused"):
                yield "not running: %s is %s" % (name, one["State"])
            if row["desired"] == "stopped" and one["State"] == "running":
                yield "running: %s is to be stopped" % name
            bound = sorted((p["Type"], p["PublicPort"]) for p in one.get("Ports", [])
                           if "PublicPort" in p and p.get("IP") != "::")
            wanted = sorted((p["proto"], p["port"]) for p in row["ports"])
            if one["State"] == "running" and bound != wanted:
                yield "ports: %s has %s, the row says %s" % (name, bound, wanted)


# Whatever was asked for was told in the same transaction, and so was every other place. (A container with links is also
# made again where it is, when what it is linked to was.)
UNTOLD = """SELECT 'event missing: ' || type || ': ' || count(*) || ' operations' AS problem FROM operations o GROUP BY type
    HAVING count(*) > (SELECT count(*) FROM events e
                       WHERE e.type = o.type AND e.time >= (SELECT min(created) FROM operations))
    UNION ALL
    SELECT 'event missing: ' || name || ' has moved to ' || engine_id FROM containers c
    WHERE removed_at IS NULL AND generation > 1 AND doc -> 'image' -> 'links' = '{}'
      AND NOT EXISTS (SELECT FROM adoptions a WHERE a.container_id = c.id)
      AND NOT EXISTS (SELECT FROM events e WHERE e.container_id = c.id AND e.type = 'move-container'
                      AND e.engine_id = c.engine_id)
    UNION ALL
    SELECT 'event twice: ' || type || ' of ' || left(container_id, 12) || ' on ' || engine_id FROM events
    WHERE tags = '{docker}' AND container_id IS NOT NULL
    GROUP BY type, time, container_id, engine_id, doc HAVING count(*) > 1"""
# Since when an engine's own events have to be in the history: its stream begins some time after it is there.
HEARD_S = 120
HEARD = """SELECT id, addr,
        extract(epoch FROM greatest(created + interval '30 seconds', now() - interval '%d seconds'))::text AS since,
        (extract(epoch FROM clock_timestamp()) + 1)::text AS until,
        ARRAY(SELECT type || ' ' || (doc -> 'container' ->> 'docker_id') || ' ' || (extract(epoch FROM time) * 1000000)::bigint
              FROM events v WHERE v.engine_id = e.id AND tags = '{docker}' AND doc ? 'container'
                              AND v.time > now() - interval '%d seconds') AS heard
    FROM engines e WHERE created < now() - interval '30 seconds' AND NOT EXISTS (SELECT FROM events v WHERE v.engine_id = e.id AND v.type = 'engine-events-missed'
                                     AND v.time > now() - interval '%d seconds')"""


def check_moves(directory, moves):
    """`moves`: a list of (container, engine where it was seen to be all at once)."""
    told = {}
    for row in sql(directory, "SELECT container_id, engine_id FROM events WHERE type = 'move-container'"):
        told[row["container_id"], row["engine_id"]] = told.get((row["container_id"], row["engine_id"]), 0) + 1
    for move in sorted(set(moves)):
        if told.get(move, 0) < moves.count(move):
            yield "event missing: %.12s has moved to %s, seen %d times, told %d times" % (
                *move, moves.count(move), told.get(move, 0))


def check_history(directory, pool):
    yield from (row["problem"] for row in sql(directory, UNTOLD))
    for engine in sql(directory, HEARD % (HEARD_S, 2 * HEARD_S, HEARD_S)):
        heard = {}
        for action, docker_id, time_us in map(str.split, engine["heard"]):
            heard.setdefault((action, docker_id), []).append(int(time_us))
        filters = {"type": ["container"], "label": ["berth.pool=" + pool],
                   "event": ["create", "start", "die", "destroy"]}
        query = urllib.parse.urlencode({"since": engine["since"], "until": engine["until"], "filters": json.dumps(filters)})
        for event in engine_get(engine["addr"], "/events?" + query, lines=True):
            known, time_us = (event["Action"], event["Actor"]["ID"]), event["timeNano"] // 1000
            if not any(abs(at - time_us) < 2 for at in heard.get(known, ())):
                yield "event missing: %s of %.12s on %s" % (*known, engine["id"])


def check(directory):
    pool = sql(directory, "SELECT id FROM pool")[0]["id"]
    filters = urllib.parse.quote(json.dumps({"label": ["berth.pool=" + pool]}))
    found = {}
    for engine in sql(directory, "SELECT id, addr FROM engines ORDER BY id"):
        for container in engine_get(engine["addr"], "/containers/json?all=1&filters=" + filters):
            container["engine"] = engine["id"]
            found.setdefault(container["Labels"].get("berth.container", ""), []).append(container)
    rows = {row["id"]: row for row in sql(directory, ROWS)}
    for row_id, containers in found.items():
        row = rows.get(row_id)
        if len(containers) > 1:
            yield "duplicate: %.12s is on %s" % (row_id, ", ".join(c["engine"] for c in containers))
        for one in containers:
            generation = int(one["Labels"].get("berth.generation", "0"))
            if row is None:
                yield "orphan: %.12s on %s: no row has the id %s" % (one["Id"], one["engine"], row_id)
            elif row["removed"]:
                yield "obsolete: %.12s on %s: its row is removed" % (row_id, one["engine"])
            elif generation != row["generation"]:
                yield "generation: %.12s on %s has %d, the row %d" % (row_id, one["engine"], generation,
                                                                    row["generation"])
    yield from check_rows_against(directory, rows, found)
    for row in sql(directory, "SELECT id, type, pending FROM operations WHERE finished IS NULL"):
        yield "operation without end: %(type)s %(id)s, %(pending)s pending" % row
    for row in sql(directory, """SELECT o.id, o.pending, count(i.*) FILTER (WHERE i.status = 'pending') AS items
            FROM operations o LEFT JOIN operation_items i ON i.operation_id = o.id GROUP BY o.id, o.pending
            HAVING o.pending <> count(i.*) FILTER (WHERE i.status = 'pending')"""):
        yield "operation %(id)s counts %(pending)s pending, has %(items)s" % row
    for row in sql(directory, """SELECT c.id, c.name FROM port_bindings b JOIN containers c ON c.id = b.container_id
            WHERE c.removed_at IS NOT NULL OR c.engine_id <> b.engine_id"""):
        yield "port held for nothing by %(name)s (%(id).12s)" % row
    yield from check_history(directory, pool)
    yield from check_load(directory)


def main():
    directory, load_only, settle = sys.argv[1], "--load" in sys.argv, 0.0
    if "--settle" in sys.argv:
        settle = float(sys.argv[sys.argv.index("--settle") + 1])
    deadline = time.monotonic() + settle
    while True:
        try:
            problems = list(check_load(directory) if load_only else check(directory))
        except (OSError, subprocess.SubprocessError, http.client.HTTPException) as error:
            problems = ["cannot look: %s" % error]
        if not problems or time.monotonic() >= deadline:
            break
        time.sleep(0.3)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
