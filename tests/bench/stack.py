"""The running stack: berth's command line and API as a user has them, and the load on it."""

import contextlib
import glob
import json
import os
import ssl
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


class Stack:
    def __init__(self):
        self.directory = os.environ["BERTH_DIR"]
        self.url = os.environ["BERTH_URL"]
        self.client = os.path.join(self.directory, "bin", "berth")
        self.tls = ssl.create_default_context(cafile=os.environ["BERTH_CACERT"])
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls))
        self.token = self.last = None
        with open(os.environ["BERTH_PASSWORD_FILE"], encoding="utf-8") as file:
            password = file.read().strip()
        answer = self.api("POST", "/auth/login", {"username": os.environ["BERTH_USERNAME"], "password": password})
        self.token = json.loads(answer)["auth_token"]

    def api(self, method, path, document=None):
        request = urllib.request.Request(self.url + path, method=method)
        if document is not None:
            request.data = json.dumps(document).encode()
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        with self.opener.open(request, timeout=60) as answer:
            return answer.read()

    def berth(self, *arguments):
        """Run the command line client; its output as words."""
        done = subprocess.run([self.client, *arguments], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(f"berth {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.split()

    def sql(self, database, statement):
        return subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1",
             f"host={self.directory}/run/postgres user=postgres dbname={database}"],
            input=statement, text=True, check=True, timeout=30, stdout=subprocess.PIPE).stdout

    def load(self, url, seconds, connections=16, clients=False, pause_ms=None):
        """wrk on `url` over kept-alive TLS connections; with `clients` each counted on its own; with `pause_ms` each
        rests about so long between two requests."""
        threads = connections if clients else 2
        environment = dict(os.environ, BENCH_TOKEN=self.token)
        if clients:
            environment["BENCH_CLIENTS"] = "1"
        if pause_ms:
            environment["BENCH_PAUSE_MS"] = str(pause_ms)
        done = subprocess.run(
            ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
             "-s", os.path.join(HERE, "load.lua"), url],
            capture_output=True, text=True, timeout=seconds + 60, check=True, env=environment)
        for line in done.stdout.splitlines():
            if line.startswith("JSON "):
                figures = json.loads(line[5:])
                if figures["failed"]:
                    raise RuntimeError(f"{figures['failed']} of {figures['requests']} requests to {url} failed")
                return figures
        raise RuntimeError("wrk printed no figures: " + done.stdout + done.stderr)

    @contextlib.contextmanager
    def followers(self, count, containers):
        """`count` followers of the logs of `containers`; gives what they have got, filled in at the end."""
        got = {}
        with subprocess.Popen(
                [sys.executable, os.path.join(HERE, "followers.py"), self.url, os.environ["BERTH_CACERT"], str(count),
                 *containers],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=dict(os.environ, BENCH_TOKEN=self.token)) as process:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{count} followers of logs could not be had")
            yield got
            got.update(json.loads(process.communicate(timeout=60)[0]))

    @contextlib.contextmanager
    def engines_aside(self):
        """The engines' daemons only get what the controller's processes leave: a pool's engines are other machines.

        By the nice value of each one's session (sched(7), autogroup), which only kernels with that feature have."""
        def renice(value):
            for path in glob.glob(f"{self.directory}/run/n[0-9]*.pid"):
                name = os.path.basename(path).removesuffix(".pid")
                with contextlib.suppress(FileNotFoundError), \
                        open(f"/proc/{self.pid(name)}/autogroup", "w", encoding="utf-8") as file:
                    file.write(str(value))
        renice(19)
        try:
            yield
        finally:
            renice(0)

    def run(self, image, count, memory_mb, *options):
        """`berth run` with a published port for each container; their ids."""
        ids = self.berth("run", "--quiet", "--name", image, "--count", str(count), "--port", "tcp/::80",
                         "--memory", str(memory_mb), *options)
        self.last = ids[-1]
        if len(ids) != count:
            raise RuntimeError(f"{len(ids)} containers instead of {count}")
        return ids

    def clear(self):
        """Whatever run() has made and nobody has removed, as far as possible: all of it is one group."""
        if self.last:
            command = [self.client, "scale", "--quiet", self.last, "0"]
            subprocess.run(command, capture_output=True, timeout=300, check=False)

    def pid(self, name):
        with open(f"{self.directory}/run/{name}.pid", encoding="utf-8") as file:
            return int(file.read().split()[0])

    def runs(self, name):
        return os.path.exists(f"{self.directory}/run/{name}.pid")

    def pss_mb(self, name):
        """The memory of all processes of that name, shared pages counted once."""
        kilobytes = 0
        for pid in family(self.pid(name)):
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                kilobytes += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        return kilobytes / 1024


def stat_of(pid):
    """Fields of /proc/PID/stat from the third (the state) on; [] for a process that has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return []


def family(pid):
    """A process and its children."""
    others = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    return [pid] + [int(entry) for entry in others if stat_of(entry)[1:2] == [str(pid)]]


def cpu_s(pid):
    """Seconds that a process and its children have used."""
    fields = [stat_of(each) for each in family(pid)]
    return sum(int(field[11]) + int(field[12]) for field in fields if field) / os.sysconf("SC_CLK_TCK")
