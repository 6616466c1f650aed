#!/usr/bin/env python3
"""Every call of libpq, libcurl, write and send in a running worker fails in turn: faults.py DIRECTORY SQL

DIRECTORY has the worker's socket, shim (shared with tests/fault/shim.h), worker.pid, the admin's password, the engine
e1 and one that the pool does not know, spare. SQL is the program tests/lib/sql.
A scenario is one request. Its first call fails, then its second ..., until none is left to fail; each time the answer
is one that a client can understand, the worker goes on, and the same request again comes to its end.
With BERTH_TEST_ALL all of them, else one call in STRIDE of one scenario in SCENARIOS.
"""
import errno
import itertools
import json
import mmap
import os
import struct
import subprocess
import sys
import time

import fastcgi

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from ask import Kept  # pylint: disable=wrong-import-position

LIBPQ, CURL, TRANSFER, WRITE = 1, 2, 3, 4
REFUSED, CUT, LOST, MEMORY = 0, 1, 2, 3
SHORT = 0
CALLS_MAX = 3000
WAIT_S = 120  # for what takes its time: a claim that is given up, a process that is started again
ALL = bool(os.environ.get("BERTH_TEST_ALL"))
STRIDE, SCENARIOS = (1, 1) if ALL else (4, 5)
# What cannot work without these ends the process; the master makes another one.
FATAL = {REFUSED: {"curl_multi_add_handle", "curl_multi_perform"},
         MEMORY: {"curl_multi_add_handle", "curl_multi_perform", "curl_easy_init", "curl_easy_setopt",
                  "curl_slist_append", "curl_url", "curl_url_set", "curl_url_get"}}

directory, kept = sys.argv[1], Kept(sys.argv[2])
socket_path = os.path.join(directory, "worker.sock")
cases = failed = 0


def report(ok, name, details=()):
    global cases, failed
    cases += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {cases} - {name}", flush=True)
    for line in [] if ok else details[:20]:
        print(f"# {line}", flush=True)


def text_of(name):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return file.read().strip()


def sql(text):
    try:
        return kept.ask(os.path.join(directory, "pg"), text).strip()
    except subprocess.SubprocessError as error:
        sys.exit(f"Bail out! {error}")


def wait_for(condition, limit_s=WAIT_S):
    until = time.monotonic() + limit_s
    while not (result := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return result


class Shim:
    LAYOUT = "iiii32s32s"

    def __init__(self):
        with open(os.path.join(directory, "shim"), "r+b") as file:
            self.map = mmap.mmap(file.fileno(), struct.calcsize(self.LAYOUT))

    def arm(self, family, mode, nth, whose=""):
        self.map[4:] = struct.pack(self.LAYOUT[1:], mode, nth, 0, whose.encode(), b"")
        self.map[:4] = struct.pack("i", family)

    def left(self):
        """How many calls are left before the one that fails."""
        return struct.unpack(self.LAYOUT, self.map[:])[2]

    def disarm(self):
        """The name of the function that failed, or None."""
        self.map[:4] = struct.pack("i", 0)
        *_, fired, _, name = struct.unpack(self.LAYOUT, self.map[:])
        return name.rstrip(b"\0").decode() if fired else None


class Worker:
    """The master's one process for requests."""

    def __init__(self):
        self.master = int(text_of("worker.pid"))
        self.pid = self.find()

    def find(self):
        found = subprocess.run(["pgrep", "-P", str(self.master)], capture_output=True, text=True, check=False).stdout
        return int(found.split()[0]) if found else 0

    def is_the_same(self):
        """True unless it has ended meanwhile."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8") as file:
                return file.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def renewed(self):
        self.pid = wait_for(self.find)
        return self.pid and wait_for(lambda: ask("GET", "/healthz").status == 200)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


shim, worker = Shim(), Worker()
token = ""


def ask(method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else b""
    try:
        return fastcgi.ask(socket_path, method, path, headers, data, keep=True, timeout_s=WAIT_S)
    except (ConnectionError, FileNotFoundError, BlockingIOError):
        return fastcgi.Answer(b"", False)


def insist(method, path, body=None, **headers):
    """Again, as long as the answer is that it should be tried again, or that it is not over."""
    answer = None

    def is_answered():
        nonlocal answer
        answer = ask(method, path, body, **headers)
        return answer.status not in (0, 202, 503)
    wait_for(is_answered)
    return answer


def spec_of(name):
    """Containers of one specification are a group, so each case has its own."""
    return {"name": name, "memory": 6}


names = (f"f{number}" for number in itertools.count())


def log_in():
    return ask("POST", "/auth/login", {"username": "admin", "password": text_of("password")})


class Scenario:
    """A request that reads. `executes`: engines are asked on behalf of it, by the executor or by a thread for it."""
    method, path, good, body, executes = "GET", "/api/containers", {200}, None, False
    may_refuse = {500, 502, 503, 504}

    def __init__(self, name, **members):
        self.name = name
        for member, value in members.items():
            setattr(self, member, value)

    def prepare(self):
        """Whatever tells one case from the others."""
        return next(names)

    def ask(self, case):
        return ask(self.method, self.path, self.body)

    def check(self, case, answer):
        """What is wrong afterwards, or None."""
        again = insist(self.method, self.path, self.body)
        return None if again.status in self.good else f"afterwards {again}"

    def settle(self, case):
        """The same for what takes its time: all cases are settled in the end."""
        return None


class Login(Scenario):
    def ask(self, case):
        return log_in()

    def check(self, case, answer):
        again = None

        def is_in():
            nonlocal again
            again = log_in()
            return again.status == 200
        return None if wait_for(is_in) else f"afterwards {again}"


class Logs(Scenario):
    def check(self, case, answer):
        whole = f"log of {KEPT['name']}\n".encode()
        if answer.status == 200 and (answer.body != whole if answer.is_whole else not whole.startswith(answer.body)):
            return f"the log is {answer.body}"
        again = insist(self.method, self.path)
        return None if again.status == 200 and again.body == whole else f"afterwards {again} {again.body}"


class Add(Scenario):
    """A POST that adds something with a name."""
    good, method = {201}, "POST"

    def body_of(self, case):
        return {"name": case}

    def ask(self, case):
        return ask("POST", self.path, self.body_of(case))

    def check(self, case, answer):
        again = insist("POST", self.path, self.body_of(case))
        if again.status not in (201, 409):
            return f"afterwards {again}"
        if answer.status == 201 and again.status == 201:
            return "it was not there after 201"
        gone = insist("DELETE", f"{self.path}/{case}")
        return None if gone.status in (204, 404) else f"it cannot be removed: {gone}"


class AddEngine(Add):
    def body_of(self, case):
        return {"id": case, "engine": {"addr": f"tcp://127.0.0.1:{text_of('spare/port')}"}}


class Delete(Scenario):
    method, good = "DELETE", {204}

    def ask(self, case):
        return ask("DELETE", case)

    def check(self, case, answer):
        again = insist("DELETE", case)
        if answer.status == 204 and again.status != 404:
            return f"it was there after 204: {again}"
        return None if again.status in (204, 404) else f"afterwards {again}"


class RevokeToken(Delete):
    def prepare(self):
        return "/api/tokens/" + insist("POST", "/api/tokens", {"name": next(names)}).json()["id"]


class DeleteEngine(Delete):
    def prepare(self):
        return "/api/engines/" + insist("POST", "/api/engines", AddEngine("").body_of(next(names))).json()["id"]


class Run(Scenario):
    """What the executor carries out: the same key again tells what came of it."""
    executes, good = True, {201, 202, 207}
    may_refuse = {409, 422, 500, 502, 503, 504}

    def send(self, case, how):
        return how("POST", "/api/containers?count=2", spec_of(case), Idempotency_Key=case)

    def ask(self, case):
        return self.send(case, ask)

    def check(self, case, answer):
        return None

    def rows(self, case):
        return int(sql(f"SELECT count(*) FROM containers c JOIN operations o ON o.id = c.operation_id WHERE "
                       f"idempotency_key = '{case}' AND removed_at IS NULL"))

    def settle(self, case):
        answer = self.send(case, insist)
        wanted = 2 if answer.status == 201 else len(answer.json()["containers"]) if answer.status == 207 else 0
        if answer.status not in (201, 207) and not (answer.is_problem and b'"items"' in answer.body):
            return f"in the end {answer}"
        rows = self.rows(case)
        return None if rows == wanted else f"{rows} containers after {answer}"


class Change(Run):
    """Of a container that is there; `case` is its id and a key."""
    good = {200, 202, 204, 207}

    def prepare(self):
        name = next(names)
        made = insist("POST", "/api/containers", spec_of(name), Idempotency_Key=name)
        return made.json()[0]["id"], next(names)


class Scale(Change):
    def send(self, case, how):
        return how("POST", f"/api/containers/{case[0]}/scale?count=3", Idempotency_Key=case[1])

    def settle(self, case):
        answer = self.send(case, insist)
        rows = int(sql(f"SELECT count(*) FROM containers WHERE group_hash = (SELECT group_hash FROM containers WHERE id "
                       f"= '{case[0]}') AND removed_at IS NULL"))
        whole = answer.status == 200 and rows == len(answer.json())
        part = answer.is_problem and b'"items"' in answer.body
        return None if whole or part or answer.status == 207 else f"{rows} containers after {answer}"


class Destroy(Change):
    def send(self, case, how):
        return how("DELETE", f"/api/containers/{case[0]}", Idempotency_Key=case[1])

    def settle(self, case):
        """A failure is told, and berth goes on trying."""
        answer = self.send(case, insist)
        gone = f"SELECT removed_at IS NOT NULL FROM containers WHERE id = '{case[0]}'"
        told = answer.status == 204 or answer.is_problem and b'"items"' in answer.body
        return None if told and wait_for(lambda: sql(gone) == "t") else f"it is there after {answer}"


class Walk:
    """A scenario with each call of a family failing in one mode."""
    number = 0
    unsettled = []

    def __init__(self, scenario, family, mode, whose="", stride=STRIDE):
        self.stride = stride * (1 if ALL or family != LIBPQ else 3)  # a statement is eight calls
        self.scenario, self.family, self.mode, self.whose = scenario, family, mode, whose
        Walk.number += 1
        self.is_taken = Walk.number % SCENARIOS == 0 or stride != STRIDE
        self.first = Walk.number // SCENARIOS % self.stride + 1
        self.wrong, self.failures = [], 0

    def complain(self, nth, name, what):
        kind = ["", "libpq", "curl", "transfer", "write"][self.family]
        mode = errno.errorcode.get(self.mode, "short") if self.family == WRITE else self.mode
        return f"{self.scenario.name}: {kind} {self.whose} mode {mode} call {nth} ({name}): {what}"

    def judge(self, case, answer, name):
        """What is wrong with the answer, and then with the worker, or None."""
        scenario = self.scenario
        if self.family == CURL and name in FATAL[self.mode]:
            if not wait_for(lambda: not worker.is_the_same()):
                return "the worker's process goes on"
            return scenario.check(case, answer) if worker.renewed() else "no other process serves"
        if not worker.is_the_same():
            worker.renewed()
            return "the worker's process ended"
        if self.family == WRITE and self.mode == SHORT and not answer.is_whole:
            return f"what is written in parts is lost: {answer}"
        broken = self.family == WRITE and not answer.is_whole or scenario.executes and answer.status == 0
        refused = name and answer.is_problem and answer.status in scenario.may_refuse
        if not (broken or refused or answer.status in scenario.good):
            return f"answered {answer}"
        if refused and self.family == LIBPQ and self.whose != "worker/" and "Retry-After" not in answer.headers:
            return f"without a time to try again: {answer}"
        return scenario.check(case, answer)

    def next(self, nth):
        """Lets call `nth` fail; False when there are fewer."""
        case = self.scenario.prepare()
        shim.arm(self.family, self.mode, nth, self.whose)
        answer = self.scenario.ask(case)
        name = shim.disarm()
        what = self.judge(case, answer, name)
        if what:
            self.wrong.append(self.complain(nth, name, what))
        Walk.unsettled.append((self, nth, name, case))
        self.failures += name is not None
        return name is not None

    def calls(self):
        """How many there are when none fails."""
        case = self.scenario.prepare()
        shim.arm(self.family, self.mode, CALLS_MAX, self.whose)
        self.scenario.ask(case)
        count = CALLS_MAX - shim.left()
        shim.disarm()
        return count

    def run(self):
        """A process that ended leaves work to the next, whose calls come on top: those have no end."""
        limit = self.calls() + 1 if (self.family, self.mode) == (CURL, MEMORY) else CALLS_MAX
        nth = self.first
        while self.is_taken and nth < limit and self.next(nth):
            nth += self.stride
        if nth >= CALLS_MAX:
            self.wrong.append(self.complain(nth, None, "there is no end of calls"))

    @staticmethod
    def settle_all():
        wrong = []
        for walk, nth, name, case in Walk.unsettled:
            what = walk.scenario.settle(case)
            if what:
                wrong.append(walk.complain(nth, name, what))
        report(not wrong, f"{len(Walk.unsettled)} cases have come to their end", wrong)
        Walk.unsettled = []


def walk(scenarios, name, *kinds, stride=STRIDE):
    began, count, wrong = time.monotonic(), 0, []
    for scenario in scenarios:
        for family, mode, whose in kinds:
            one = Walk(scenario, family, mode, whose, stride)
            one.run()
            count += one.failures
            wrong += one.wrong
    report(not wrong and count, f"{name}: {count} calls failed in {time.monotonic() - began:.1f} s", wrong)


def while_busy(scenario):
    """What is lost comes to its end while the executor has other work."""
    stall = os.path.join(directory, "e1", "stall.start")
    with open(stall, "w", encoding="utf-8"):
        pass
    busy = next(names)
    scenario.send(busy, lambda method, path, body, **headers: ask(method, path, body, Prefer="wait=0", **headers))
    held = ("SELECT count(*) FROM containers c JOIN operations o ON o.id = c.operation_id WHERE idempotency_key = "
            f"'{busy}' AND claimed_until > now()")
    wait_for(lambda: sql(held) == "2")
    sql("UPDATE containers SET claimed_by = (SELECT claimed_by FROM containers WHERE claimed_by IS NOT NULL LIMIT 1), "
        f"claimed_until = now() + interval '10 s', due_at = now() WHERE id = '{KEPT['id']}'")
    lost = f"SELECT claimed_until IS NULL FROM containers WHERE id = '{KEPT['id']}'"
    found = wait_for(lambda: sql(lost) == "t", 40)
    report(found and sql(held) == "2", "a claim that nobody knows of runs out while others hold")
    os.remove(stall)
    report(not scenario.settle(busy), "and those come to their end")


def everything_is_over():
    report(sql("SELECT count(*) FROM operations WHERE finished IS NULL") == "0", "no operation is open")
    known = set(sql("SELECT left(id, 8) FROM containers").split())
    there = {line.split()[0] for line in text_of("e1/containers").splitlines()}
    strange = {name for name in there if name.rpartition("-")[2] not in known}
    report(not strange, "nothing is on the engine that berth does not know", sorted(strange))


def main():
    global token, KEPT
    token = log_in().json()["auth_token"]
    KEPT = insist("POST", "/api/containers", spec_of("kept")).json()[0]
    operation = sql("SELECT id FROM operations LIMIT 1")
    reads = [Scenario("list"), Scenario("one", path=f"/api/containers/{KEPT['id']}"),
             Scenario("engines", path="/api/engines"), Scenario("events", path="/api/events?count=5"),
             Scenario("operation", path=f"/api/operations/{operation}?wait=1"),
             Scenario("ready", path="/readyz"), Scenario("description", path="/api/openapi.json")]  # in several writes
    logs = Logs("logs", path=f"/api/containers/{KEPT['id']}/logs")
    changes = [Login("login"), Add("add token", path="/api/tokens"), RevokeToken("revoke token"),
               DeleteEngine("delete engine")]
    add_engine = AddEngine("add engine", path="/api/engines")
    executed = [Run("run"), Scale("scale"), Destroy("destroy")]
    everything = [*reads, logs, *changes, add_engine, *executed]

    def unharmed(scenario):
        case = scenario.prepare()
        answer = scenario.ask(case)
        return answer.status in scenario.good and not (scenario.check(case, answer) or scenario.settle(case))
    report(all([unharmed(scenario) for scenario in everything]), "without a failure everything is well")
    before = worker.descriptors()
    walk(everything, "libpq for requests", *((LIBPQ, mode, "berth-worker") for mode in (REFUSED, CUT, LOST)))
    walk(executed, "libpq for the executor", *((LIBPQ, mode, "worker/") for mode in (REFUSED, CUT, LOST)))
    walk([*executed, logs, add_engine], "transfers", *((TRANSFER, mode, "") for mode in (REFUSED, LOST)))
    walk([*executed, logs, add_engine], "libcurl", (CURL, REFUSED, ""), stride=3 if ALL else STRIDE)
    errors = (errno.EPIPE, errno.ECONNRESET, errno.EAGAIN, errno.EINTR, errno.ENOSPC, SHORT)
    walk(everything, "answers", *((WRITE, error, whose) for whose in ("libfcgi", "berth-worker") for error in errors))
    walk(everything, "what libpq sends", *((WRITE, error, "libpq") for error in (errno.ECONNRESET, errno.EINTR, SHORT)))
    walk([*executed, logs, add_engine], "what libcurl sends",
         *((WRITE, error, "libcurl") for error in (errno.ECONNRESET, errno.EINTR, SHORT)))
    Walk.settle_all()
    while_busy(executed[0])
    after = worker.descriptors()
    report(after <= before + 8, f"no descriptor is lost ({before}, then {after})")
    walk([executed[0], logs], "no memory for libcurl", (CURL, MEMORY, ""), stride=11 if ALL else 37)
    Walk.settle_all()
    everything_is_over()
    print(f"1..{cases}")
    return failed != 0


KEPT = {}
sys.exit(main())
