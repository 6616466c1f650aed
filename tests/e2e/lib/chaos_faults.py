"""Faults of a stack, chosen by a random generator with a known seed, one after the other, each healed again."""
import http.client
import os
import signal
import statistics
import subprocess
import time

import api
import oracle

HOLD_S = (2, 15)  # how long a fault lasts
REST_S = (2, 8)  # before each
BACK_S = 120  # until an engine is up again
MADE_AGAIN_S = 30  # or the clients have destroyed it meanwhile
LEFT_S = 45  # until what is to leave an engine has left it; there may be no room elsewhere
HERE = os.path.dirname(os.path.abspath(__file__))
ENGINE_FAULTS = (("kill", "revive"), ("cut", "heal"), ("freeze", "thaw"))
LOSSES = ENGINE_FAULTS[:2]  # its host is silent, too: what is to leave it does
# What is to leave the engine %s soon, and can; the demo application has half a minute.
LEAVING = """SELECT c.id FROM containers c WHERE c.engine_id = '%s' AND c.desired = 'running' AND c.removed_at IS NULL
    AND c.reschedule_s <= 10 AND NOT EXISTS (SELECT FROM moves_blocked b WHERE b.container_id = c.id)"""


class Faults:
    def __init__(self, directory, chosen, token):
        self.directory, self.random = directory, chosen
        self.client = api.Client(token, timeout=20)
        self.times = {}  # what -> seconds
        self.to_leave = 0  # containers, in all
        self.engines = [row["id"] for row in oracle.sql(directory, "SELECT id FROM engines ORDER BY id")]
        self.kinds = [self.worker_killed, self.workers_killed, self.keeper_killed, self.keepers_killed, self.keeper_paused,
                      self.database_killed, self.database_stopped, self.etcd_killed, self.engine_fails,
                      self.engine_fails, self.engine_lost, self.engine_lost, self.engine_drained, self.two_engines_fail,
                      self.link_slow, self.container_removed]
        only = os.environ.get("BERTH_CHAOS_FAULTS", "").split()  # by name; none: all of them
        self.kinds = [kind for kind in self.kinds if not only or kind.__name__ in only]

    def play(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            fault = self.random.choice(self.kinds)
            hold_s, rest_s = self.random.uniform(*HOLD_S), self.random.uniform(*REST_S)
            time.sleep(rest_s)
            print("# %s" % fault.__name__.replace("_", " "), flush=True)
            fault(hold_s)

    def note(self, what, seconds):
        self.times.setdefault(what, []).append(seconds)
        print("#   %s after %.1f s" % (what, seconds), flush=True)

    def summary(self):
        for what, seconds in sorted(self.times.items()):
            yield "%s: %d times, median %.1f s, longest %.1f s" % (
                what, len(seconds), statistics.median(seconds), max(seconds))

    def command(self, *arguments):
        return [os.path.join(HERE, "stack"), os.environ["BERTH_QUICKSTART"], self.directory, *arguments]

    def part(self, *arguments):
        """What is started goes on: it must not hold a pipe of ours."""
        subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120, check=False)

    def words(self, *arguments):
        return subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=120, check=False).stdout.split()

    def engine(self, action, name):
        subprocess.run([os.environ["BERTH_QUICKSTART"], "engine", action, name, "--dir", self.directory],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
                       check=False)

    def rows(self, query):
        """Rows of the database, none while it does not answer."""
        try:
            return oracle.sql(self.directory, query)
        except (OSError, subprocess.SubprocessError):
            return []

    def seconds_until(self, condition, limit_s):
        began = time.monotonic()
        while time.monotonic() - began < limit_s:
            if condition():
                return time.monotonic() - began
            time.sleep(0.1)
        return None

    def has_status(self, name, statuses):
        rows = self.rows("SELECT status FROM engines WHERE id = '%s'" % name)
        return bool(rows) and rows[0]["status"] in statuses

    def worker_killed(self, _):
        os.kill(int(self.random.choice(self.words("pids", "worker")[1:])), signal.SIGKILL)

    def workers_killed(self, hold_s):
        self.away("kill", "worker", hold_s)

    def leader(self):
        """(name of the leading keeper's part, its epoch)."""
        rows = self.rows("SELECT holder, epoch FROM keeper_lease")
        for name in self.words("keepers"):
            pids = self.words("pids", name)
            if rows and pids and rows[0]["holder"].endswith("/" + pids[0]):
                return name, rows[0]["epoch"]
        return None, None

    def taken_over(self, epoch):
        rows = self.rows("SELECT epoch FROM keeper_lease WHERE until > now()")
        return bool(rows) and rows[0]["epoch"] > epoch

    def keeper_killed(self, hold_s):
        name, epoch = self.leader()
        if name:
            self.part("kill", name)
            self.wait_for_successor(epoch, hold_s)
            self.part("start", name)

    def keepers_killed(self, hold_s):
        names = self.words("keepers")
        for name in names:
            self.part("kill", name)
        time.sleep(hold_s)
        for name in names:
            self.part("start", name)

    def keeper_paused(self, hold_s):
        name, epoch = self.leader()
        if name:
            pid = int(self.words("pids", name)[0])
            os.kill(pid, signal.SIGSTOP)
            self.wait_for_successor(epoch, hold_s)
            os.kill(pid, signal.SIGCONT)

    def wait_for_successor(self, epoch, hold_s):
        began = time.monotonic()
        took = self.seconds_until(lambda: self.taken_over(epoch), 60)
        if took is not None:
            self.note("another keeper leads", took)
        time.sleep(max(0.0, hold_s - (time.monotonic() - began)))

    def database_killed(self, hold_s):
        self.away("kill", "postgres", hold_s)

    def database_stopped(self, hold_s):
        self.away("stop", "postgres", hold_s)

    def etcd_killed(self, hold_s):
        self.away("kill", "etcd", hold_s)

    def away(self, action, name, hold_s):
        self.part(action, name)
        time.sleep(hold_s)
        self.part("start", name)

    def engine_fails(self, hold_s):
        self.engines_fail(hold_s, [self.random.choice(self.engines)])

    def two_engines_fail(self, hold_s):
        self.engines_fail(hold_s, self.random.sample(self.engines, 2))

    def engines_fail(self, hold_s, names):
        action, undo = self.random.choice(ENGINE_FAULTS)
        began = time.monotonic()
        for name in names:
            self.engine(action, name)
        print("#   %s %s" % (action, " ".join(names)), flush=True)
        for name in names:
            took = self.seconds_until(lambda name=name: self.has_status(name, ("down",)), 30)
            if took is not None:
                self.note("%s: declared down" % action, time.monotonic() - began)
        time.sleep(max(0.0, hold_s - (time.monotonic() - began)))
        for name in names:
            self.engine(undo, name)
        began = time.monotonic()
        for name in names:
            if self.seconds_until(lambda name=name: self.has_status(name, ("up", "degraded")), BACK_S) is not None:
                self.note("%s: up again" % undo, time.monotonic() - began)

    def engine_lost(self, _):
        """For as long as what is to leave it takes."""
        name, had = self.one_to_leave()
        action, undo = self.random.choice(LOSSES)
        self.engine(action, name)
        self.wait_for_leaving(action, name, had)
        self.engine(undo, name)
        took = self.seconds_until(lambda: self.has_status(name, ("up", "degraded")), BACK_S)
        if took is not None:
            self.note("%s: up again" % undo, took)

    def engine_drained(self, _):
        name, had = self.one_to_leave()
        if self.told_engine(name, "drain"):
            self.wait_for_leaving("drain", name, had)
        self.seconds_until(lambda: self.told_engine(name, "uncordon"), BACK_S)

    def one_to_leave(self):
        """(name of an engine, how many are to leave it): one that most are to leave."""
        having = [(name, len(self.rows(LEAVING % name))) for name in self.random.sample(self.engines, len(self.engines))]
        return max(having, key=lambda one: one[1])

    def wait_for_leaving(self, action, name, had):
        print("#   %s %s, where %d are to leave" % (action, name, had), flush=True)
        self.to_leave += had
        took = self.seconds_until(lambda: self.has_left(name), LEFT_S)
        if took is not None and had:
            self.note("%s: what was to leave has left" % action, took)

    def has_left(self, name):
        """The database must say so."""
        return bool(self.rows("SELECT WHERE NOT EXISTS (%s) AND NOT EXISTS (SELECT FROM replacements)" % (LEAVING % name)))

    def told_engine(self, name, change):
        try:
            return self.client.call("POST", "/api/engines/%s/%s" % (name, change))[0] == 200
        except OSError:
            return False

    def link_slow(self, hold_s):
        name = self.random.choice(self.engines)
        self.part("slow", name)
        time.sleep(hold_s)
        self.part("fast", name)

    def container_removed(self, _):
        """By hand, on its engine: it is made again."""
        rows = self.rows("""SELECT c.id, c.docker_id, e.addr FROM containers c JOIN engines e ON e.id = c.engine_id
            WHERE c.state = 'running' AND c.desired = 'running' AND c.docker_id IS NOT NULL AND e.status = 'up'
            ORDER BY c.id""")
        if not rows:
            return
        one = self.random.choice(rows)
        try:
            oracle.engine_remove(one["addr"], one["docker_id"])
        except (OSError, http.client.HTTPException):
            return
        took = self.seconds_until(lambda: self.rows("""SELECT FROM containers WHERE id = '%s' AND docker_id <> '%s'
            AND state = 'running'""" % (one["id"], one["docker_id"])), MADE_AGAIN_S)
        if took is not None:
            self.note("removed by hand: runs again", took)

    def heal_all(self):
        """Whatever was interrupted is whole again."""
        for name in ("postgres", "etcd"):
            if not self.words("pids", name):
                self.part("start", name)
        for name in ["worker", *self.words("keepers")]:
            pids = self.words("pids", name)
            if pids:
                os.kill(int(pids[0]), signal.SIGCONT)
            else:
                self.part("start", name)
        for name in self.engines:
            self.part("fast", name)
            for _, undo in ENGINE_FAULTS:
                self.engine(undo, name)
        for name in self.engines:
            self.seconds_until(lambda name=name: self.told_engine(name, "uncordon"), BACK_S)
            self.seconds_until(lambda name=name: self.has_status(name, ("up", "degraded")), BACK_S)
