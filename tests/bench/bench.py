"""Measures berth and its baselines in turn, and prints them side by side."""

import json
import os
import statistics
import subprocess
import sys
import time

import byhand
import failover
import joining
from engines import Engine, Raw
from stack import Stack, cpu_s
from table import Table

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
COUNT = int(os.environ.get("BENCH_COUNT", "99"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
LIMIT_S = int(os.environ.get("BENCH_LIMIT", "660"))
PARTS = ["idle", "console", "http", "fairness", "followers", "one", "batch", "byhand", "join", "failover"]
ONLY = os.environ.get("BENCH_ONLY", "").split() or PARTS
IMAGE = os.environ["BERTH_DEMO_IMAGE"]
MEMORY_MB = 20
CONNECTIONS, CLIENTS = 16, 64
FOLLOWERS, TALKERS, PAUSE_MS = 500, 10, 20
TALK = "while :; do echo line $(date); sleep 1; done"
JOINS = int(os.environ.get("BENCH_JOINS", "30"))
STOPS = int(os.environ.get("BENCH_STOPS", "100"))
VIEWS = int(os.environ.get("BENCH_VIEWS", "15"))
IDLE_S = 20  # over which the keepers' processor time is taken
PAIRS = 5  # of single containers in one run
SETTLE_S = 1.0  # after the engines were busy: let what they have begun come to its end

BEGAN = time.monotonic()
SAMPLES = {}  # name -> values, in the order they were measured


def say(text):
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", file=sys.stderr, flush=True)


def keep(name, value):
    SAMPLES.setdefault(name, []).append(value)
    return value


def median_of(name, last):
    return statistics.median(SAMPLES[name][-last:])


def seconds_of(work):
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def runs(part):
    """Numbers of the runs of one part, as long as there is time."""
    longest = 0
    for number in range(RUNS):
        began = time.monotonic()
        if number and began + longest - BEGAN > LIMIT_S:
            say(f"no time for more than {number} runs of {part}")
            return
        yield number
        longest = max(longest, time.monotonic() - began)


def measure_batch(stack, raw):
    fewer = COUNT * 40 // 99
    for number in runs("batch"):
        time.sleep(SETTLE_S)
        took, ids = seconds_of(lambda: stack.run(IMAGE, COUNT, MEMORY_MB))
        keep("batch berth s", took)
        time.sleep(SETTLE_S)
        keep("scale berth s", seconds_of(lambda: stack.berth("scale", "--quiet", ids[0], str(fewer)))[0])
        stack.berth("scale", "--quiet", ids[0], "0")
        time.sleep(SETTLE_S)
        keep("batch raw s", seconds_of(lambda: raw.run(COUNT))[0])
        time.sleep(SETTLE_S)
        keep("scale raw s", seconds_of(lambda: raw.remove(COUNT - fewer))[0])
        raw.remove(fewer)
        say(f"batch {number + 1}: up {SAMPLES['batch berth s'][-1]:.2f} s beside {SAMPLES['batch raw s'][-1]:.2f} s, "
            f"scale {SAMPLES['scale berth s'][-1]:.2f} s beside {SAMPLES['scale raw s'][-1]:.2f} s")


def measure_one(stack, raw):
    for number in runs("one"):
        for _ in range(PAIRS):
            time.sleep(SETTLE_S / 2)
            took, ids = seconds_of(lambda: stack.run(IMAGE, 1, MEMORY_MB))
            keep("one berth s", took)
            stack.berth("destroy", "--quiet", ids[0])
            time.sleep(SETTLE_S / 2)
            keep("one raw s", seconds_of(lambda: raw.run(1))[0])
            raw.remove(1)
        say(f"one {number + 1}: {median_of('one berth s', PAIRS):.3f} s beside {median_of('one raw s', PAIRS):.3f} s")


def measure_http(stack, container):
    bare = os.environ["BENCH_BARE_URL"]
    document = stack.api("GET", "/api/containers/" + container).decode()
    stack.sql("berth_bench", "TRUNCATE documents; INSERT INTO documents VALUES ('document', $document$"
              + document + "$document$); ANALYZE documents;")
    urls = {"berth": stack.url + "/api/containers/" + container,
            "select": bare + "/document",
            "hello": bare + "/hello"}
    own = {"nginx": stack.pid("nginx"), "worker": stack.pid("worker"), "PostgreSQL": stack.pid("postgres")}
    other = {"nginx": int(os.environ["BENCH_BARE_NGINX_PID"]), "worker": int(os.environ["BENCH_BARE_PID"]),
             "PostgreSQL": own["PostgreSQL"]}
    for url in urls.values():
        stack.load(url, 1, CONNECTIONS)
    for number in runs("http"):
        for name, url in urls.items():
            pids = own if name == "berth" else other
            before = {part: cpu_s(pid) for part, pid in pids.items()}
            figures = stack.load(url, SECONDS, CONNECTIONS)
            for part, pid in pids.items():
                keep(f"http {name} {part} us", 1e6 * (cpu_s(pid) - before[part]) / figures["requests"])
            keep(f"http {name} requests/s", figures["requests"] / figures["seconds"])
            keep(f"http {name} p50 ms", figures["p50_ms"])
            keep(f"http {name} p99 ms", figures["p99_ms"])
        rates = {name: SAMPLES[f"http {name} requests/s"][-1] for name in urls}
        say(f"http {number + 1}: " + ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items()))


def measure_fairness(stack, container):
    bare = os.environ["BENCH_BARE_URL"]
    urls = {"berth": stack.url + "/api/containers/" + container, "hello": bare + "/hello"}
    for number in runs("fairness"):
        for name, url in urls.items():
            counts = stack.load(url, SECONDS, CLIENTS, clients=True)["clients"]
            keep(f"fairness {name} slowest/median", min(counts) / statistics.median(counts))
            keep(f"fairness {name} slowest", min(counts))
            keep(f"fairness {name} median", statistics.median(counts))
        say(f"fairness {number + 1}: " + ", ".join(
            f"{name} {SAMPLES[f'fairness {name} slowest'][-1]} of {SAMPLES[f'fairness {name} median'][-1]:.0f}"
            for name in urls))


def measure_followers(stack):
    """The same moderate load without followers of logs and beside them; each log has a line a second."""
    talkers = stack.run(IMAGE, TALKERS, MEMORY_MB, "--entrypoint", "/bin/sh", "--entrypoint=-c", "--entrypoint", TALK)
    url = stack.url + "/api/containers/" + talkers[0]
    stack.load(url, 1, CONNECTIONS)
    with stack.engines_aside():
        compare_followers(stack, url, talkers)
    stack.berth("scale", "--quiet", talkers[0], "0")


def compare_followers(stack, url, talkers):
    for number in runs("followers"):
        keep_latency("without", stack.load(url, SECONDS, CONNECTIONS, pause_ms=PAUSE_MS))
        keep("followers none worker MB", stack.pss_mb("worker"))
        with stack.followers(FOLLOWERS, talkers) as got:
            keep_latency("beside", stack.load(url, SECONDS, CONNECTIONS, pause_ms=PAUSE_MS))
            keep("followers all worker MB", stack.pss_mb("worker"))
        if got["cut"] or not got["least"]:
            raise RuntimeError(f"followers did not get their lines: {got}")
        say(f"followers {number + 1}: p99 {SAMPLES['followers beside p99 ms'][-1]:.1f} ms beside {FOLLOWERS}, "
            f"{SAMPLES['followers without p99 ms'][-1]:.1f} ms without; {got['lines'] / got['seconds']:.0f} lines/s")
        time.sleep(SETTLE_S)


def keep_latency(name, figures):
    keep(f"followers {name} p50 ms", figures["p50_ms"])
    keep(f"followers {name} p99 ms", figures["p99_ms"])
    keep(f"followers {name} requests/s", figures["requests"] / figures["seconds"])


def measure_failover(stack, engines):
    for number in runs("failover"):
        for name, took in (("berth", failover.berth_loss(stack, IMAGE, MEMORY_MB)),
                           ("swarm", failover.swarm_loss(stack, engines, IMAGE, MEMORY_MB))):
            keep(f"failover {name} down s", took[0])
            keep(f"failover {name} all s", took[1])
            say(f"failover {number + 1}: {name} declared down {took[0]:.1f} s, all elsewhere {took[1]:.1f} s")


def measure_by_hand(stack):
    ids = stack.run(IMAGE, len(json.loads(stack.api("GET", "/api/engines"))), MEMORY_MB)
    for number in range(STOPS):
        keep("byhand s", byhand.stop(stack, ids[number % len(ids)]))
    stack.berth("scale", "--quiet", ids[0], "0")
    say(f"byhand: {STOPS} containers stopped by hand, the slowest shown after {1000 * max(SAMPLES['byhand s']):.0f} ms")


def measure_join(stack):
    joining.part("boot", joining.NODE)
    try:
        for _ in range(JOINS):
            keep("join s", joining.register(stack))
    finally:
        joining.part("remove", joining.NODE)
    say(f"join: {JOINS} registrations, the slowest placeable after {1000 * max(SAMPLES['join s']):.0f} ms")


def measure_console():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "console.mjs")
    done = subprocess.run(["node", script, str(VIEWS)], stdout=subprocess.PIPE, check=True, timeout=300)
    for name, values in json.loads(done.stdout).items():
        for value in values:
            keep(f"console {name} ms", value)
    say(f"console: usable after {median_of('console first ms', VIEWS):.0f} ms, "
        f"opened again {median_of('console again ms', VIEWS):.0f} ms")


def measure_idle(stack, when):
    time.sleep(2)
    keepers = [stack.pid(name) for name in ("keeper", "keeper2") if stack.runs(name)]
    before = [cpu_s(pid) for pid in keepers]
    time.sleep(IDLE_S)
    keep(f"idle {when} keeper cores", max(cpu_s(pid) - was for pid, was in zip(keepers, before)) / IDLE_S)
    keep(f"idle {when} worker MB", stack.pss_mb("worker"))
    keep(f"idle {when} keeper MB", stack.pss_mb("keeper"))
    say(f"idle {when}: workers {SAMPLES[f'idle {when} worker MB'][-1]:.1f} MB, "
        f"keeper {SAMPLES[f'idle {when} keeper MB'][-1]:.1f} MB, "
        f"its processor time {100 * SAMPLES[f'idle {when} keeper cores'][-1]:.2f} % of a core")


def measure(stack, raw):
    if "idle" in ONLY:
        measure_idle(stack, "before")
    if "console" in ONLY:
        measure_console()
    if "http" in ONLY or "fairness" in ONLY:
        container = stack.run(IMAGE, 1, MEMORY_MB)[0]
        if "http" in ONLY:
            measure_http(stack, container)
        if "fairness" in ONLY:
            measure_fairness(stack, container)
        stack.berth("destroy", "--quiet", container)
    if "followers" in ONLY:
        measure_followers(stack)
    if "one" in ONLY:
        measure_one(stack, raw)
    if "batch" in ONLY:
        measure_batch(stack, raw)
    if "byhand" in ONLY:
        measure_by_hand(stack)
    if "join" in ONLY:
        measure_join(stack)
    if "failover" in ONLY:
        measure_failover(stack, raw.engines)
    if "idle" in ONLY:
        measure_idle(stack, "after")


def main():
    stack = Stack()
    engines = [Engine(document) for document in json.loads(stack.api("GET", "/api/engines"))]
    raw = Raw(engines, IMAGE, MEMORY_MB)
    stack.berth("engines")  # from here on the client has a session
    say(f"{len(engines)} engines, {engines[0].concurrency} calls at once to each")
    try:
        measure(stack, raw)
    except BaseException:
        stack.clear()
        raise
    finally:
        raw.remove(len(raw.containers))
        if os.environ.get("BENCH_JSON"):
            with open(os.environ["BENCH_JSON"], "w", encoding="utf-8") as file:
                json.dump(SAMPLES, file, indent=1)
    print(f"Medians of {RUNS} runs (fewer where the time ran out), {os.cpu_count()} cores, {len(engines)} engines, "
          f"{engines[0].concurrency} calls at once to each, load of the machine {os.getloadavg()[1]:.1f}")
    print(Table(SAMPLES, COUNT).text())


if __name__ == "__main__":
    main()
