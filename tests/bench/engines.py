"""The baseline for everything that engines do: a raw client of their API, parallel, with nothing in between."""

import http.client
import itertools
import json
import threading
import urllib.parse

TIMEOUT_S = 120
PORT_FIRST = 30000  # berth chooses from 20000 to 29999 by default


class Engine:
    """One Docker host as berth knows it, with the number of calls that berth makes to it at once."""

    def __init__(self, document):
        address = urllib.parse.urlsplit(document["engine"]["addr"])
        self.host, self.port = address.hostname, address.port
        self.concurrency = max(2, int(2 * document["engine"]["cpus"]))

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)


def call(connection, method, path, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, "/v1.41" + path, body, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{method} {path}: {response.status} {text[:200]!r}")
    return json.loads(text) if text else None


def body_of(image, memory_mb, host_port):
    """What berth sends for `berth run --name IMAGE --port tcp/::80 --memory MB`."""
    return json.dumps({
        "Image": image,
        "Env": [],
        "Labels": {"bench.pool": "0" * 36, "bench.container": "0" * 64, "bench.generation": "1"},
        "ExposedPorts": {"80/tcp": {}},
        "Volumes": {},
        "HostConfig": {
            "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": str(host_port)}]},
            "Binds": [],
            "CpuShares": 10,
            "Memory": memory_mb << 20,
            "Links": [],
            "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
            "NetworkMode": "bridge",
            "Privileged": False,
        },
    })


def in_parallel(jobs_of_engine, work):
    """work(connection, job) for all jobs of all engines, each engine with its own concurrency."""
    failures = []

    def worker(engine, jobs):
        connection = engine.connect()
        try:
            for job in jobs:
                work(connection, job)
        except Exception as failure:  # told by the caller
            failures.append(failure)
        finally:
            connection.close()

    threads = []
    for engine, jobs in jobs_of_engine.items():
        shared = SharedIterator(jobs)
        threads += [threading.Thread(target=worker, args=(engine, shared)) for _ in range(engine.concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class SharedIterator:
    """Several threads take turns at one list."""

    def __init__(self, jobs):
        self.jobs, self.lock = iter(jobs), threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.jobs)


class Raw:
    """Containers made directly on the engines."""

    def __init__(self, engines, image, memory_mb):
        self.engines, self.image, self.memory_mb = engines, image, memory_mb
        self.containers = []  # (engine, id), in the order they were made
        self.numbers = itertools.count()

    def run(self, count):
        made = []

        def make(connection, job):
            engine, number = job
            body = body_of(self.image, self.memory_mb, PORT_FIRST + number % 2000)
            container = call(connection, "POST", f"/containers/create?name=bench-raw-{number}", body)["Id"]
            made.append((engine, container))
            call(connection, "POST", f"/containers/{container}/start")

        jobs = {engine: [] for engine in self.engines}
        for _, engine in zip(range(count), itertools.cycle(self.engines)):
            jobs[engine].append((engine, next(self.numbers)))
        try:
            in_parallel(jobs, make)
        finally:
            self.containers += made

    def remove(self, count):
        """The newest `count`, as scaling down does."""
        jobs = {engine: [] for engine in self.engines}
        for engine, container in reversed(self.containers[len(self.containers) - count:]):
            jobs[engine].append(container)
        del self.containers[len(self.containers) - count:]
        in_parallel(jobs, lambda connection, container: call(
            connection, "DELETE", f"/containers/{container}?force=1&v=1"))
