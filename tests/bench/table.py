"""The figures as a table in Markdown: berth, what it is held against, the target, and whether it is met."""

import statistics


class Table:
    def __init__(self, samples, count):
        self.samples, self.count = samples, count
        self.rows = [("", "berth", "baseline", "", "target", "")]  # an empty first cell goes on with the row above

    def median(self, name):
        return statistics.median(self.samples[name])

    def add(self, what, berth, baseline, figure, target, met):
        self.rows.append((what, berth, baseline, figure, target, "" if met is None else "met" if met else "MISSED"))

    def add_ratio(self, what, name, most):
        if f"{name} berth s" not in self.samples:
            return
        berth, raw = self.median(f"{name} berth s"), self.median(f"{name} raw s")
        # Runs in pairs: what disturbs the machine disturbs both.
        ratio = statistics.median(
            b / r for b, r in zip(self.samples[f"{name} berth s"], self.samples[f"{name} raw s"]))
        self.add(what, f"{berth:.2f} s", f"raw API {raw:.2f} s", f"x {ratio:.2f}", f"<= {most:.2f}", ratio <= most)

    def add_one(self):
        if "one berth s" not in self.samples:
            return
        berth, raw = self.median("one berth s"), self.median("one raw s")
        more_ms = 1000 * statistics.median(
            b - r for b, r in zip(self.samples["one berth s"], self.samples["one raw s"]))
        self.add("`berth run`, one container", f"{1000 * berth:.0f} ms", f"raw API {1000 * raw:.0f} ms",
                 f"{more_ms:+.0f} ms", "<= +60 ms", more_ms <= 60)

    def add_http(self):
        if "http berth requests/s" not in self.samples:
            return
        berth = self.median("http berth requests/s")
        for name, what, target in (("select", "bare select", 0.8), ("hello", "hello world", None)):
            other = self.median(f"http {name} requests/s")
            share = statistics.median(b / o for b, o in zip(
                self.samples["http berth requests/s"], self.samples[f"http {name} requests/s"]))
            figures = f"{berth:.0f}/s", f"{what} {other:.0f}/s", f"{100 * share:.0f} %"
            if target:
                self.add("`GET /api/containers/{id}`, 16 connections", *figures, f">= {100 * target:.0f} %",
                         share >= target)
            else:
                self.add("", *figures, "", None)
        self.add("its latency, p50 / p99", self.latency("berth"), "bare select " + self.latency("select"),
                 "", "", None)

        self.add("its processor time: nginx + worker + PostgreSQL", self.processor("berth"),
                 "bare select " + self.processor("select"), "", "", None)

    def processor(self, name):
        parts = [self.median(f"http {name} {part} us") for part in ("nginx", "worker", "PostgreSQL")]
        return " + ".join(f"{part:.0f}" for part in parts) + " us"

    def latency(self, name, part="http"):
        return f"{self.median(f'{part} {name} p50 ms'):.2f} / {self.median(f'{part} {name} p99 ms'):.2f} ms"

    def add_fairness(self):
        if "fairness berth slowest/median" not in self.samples:
            return
        share = self.median("fairness berth slowest/median")
        self.add("64 clients, requests of the slowest / median", self.counts("berth"),
                 "hello world " + self.counts("hello"), f"{100 * share:.0f} %", ">= 33 %", share >= 1 / 3)

    def counts(self, name):
        return f"{self.median(f'fairness {name} slowest'):.0f} / {self.median(f'fairness {name} median'):.0f}"

    def add_followers(self):
        if "followers beside p99 ms" not in self.samples:
            return
        # Runs in pairs, as above.
        ratio = statistics.median(b / w for b, w in zip(
            self.samples["followers beside p99 ms"], self.samples["followers without p99 ms"]))
        rate = self.median("followers beside requests/s")
        self.add(f"`GET`, {rate:.0f} a second, beside 500 followers of logs, p50 / p99",
                 self.latency("beside", "followers"), "without them " + self.latency("without", "followers"),
                 f"x {ratio:.2f}", "<= 2.00", ratio <= 2)
        self.add("memory of all workers with 500 followers", f"{self.median('followers all worker MB'):.1f} MB",
                 f"without them {self.median('followers none worker MB'):.1f} MB", "", "", None)

    def add_within_second(self, what, name):
        if name not in self.samples:
            return
        values = sorted(self.samples[name])
        p99 = values[-1 - len(values) // 100]
        self.add(f"{what}, p50 / p99", f"{1000 * statistics.median(values):.0f} / {1000 * p99:.0f} ms", "", "", "<= 1 s",
                 p99 <= 1)

    def add_console(self):
        if "console first ms" not in self.samples:
            return
        first, again = self.median("console first ms"), self.median("console again ms")
        self.add("the console opened in a browser that has nothing of it: usable", f"{first:.0f} ms", "", "", "<= 300 ms", first <= 300)
        self.add("opened again", f"{again:.0f} ms", "", "", "<= 300 ms", again <= 300)

    def add_failover(self):
        if "failover berth down s" not in self.samples:
            return
        for part, what, most in (("down", "a host loses its power: declared down", 5),
                                 ("all", "its containers run elsewhere, all 12", 10)):
            berth, swarm = self.median(f"failover berth {part} s"), self.median(f"failover swarm {part} s")
            self.add(what, f"{berth:.1f} s", f"Docker Swarm {swarm:.1f} s", f"x {berth / swarm:.2f}",
                     f"<= {most} s", berth <= most)

    def add_idle(self, when, what):
        if f"idle {when} worker MB" not in self.samples:
            return
        worker, keeper = self.median(f"idle {when} worker MB"), self.median(f"idle {when} keeper MB")
        self.add(f"memory of all workers, idle {what}", f"{worker:.1f} MB", "", "", "<= 12 MB", worker <= 12)
        self.add(f"memory of the keeper, idle {what}", f"{keeper:.1f} MB", "", "", "<= 8 MB", keeper <= 8)
        cores = 100 * self.median(f"idle {when} keeper cores")
        self.add(f"processor time of the keeper that leads, idle {what}", f"{cores:.2f} % of a core", "", "", "<= 1 %", cores <= 1)

    def text(self):
        self.add_ratio(f"`berth run --count {self.count}`, a port each", "batch", 1.10)
        self.add_one()
        self.add_ratio(f"`berth scale`, {self.count} to {self.count * 40 // 99}", "scale", 1.10)
        self.add_http()
        self.add_fairness()
        self.add_followers()
        self.add_within_second("a container stopped by hand on its engine: shown", "byhand s")
        self.add_within_second("a host has registered: placeable", "join s")
        self.add_failover()
        self.add_console()
        self.add_idle("before", "at first")
        self.add_idle("after", "after all this")
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        head, *rest = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in self.rows]
        return "\n".join(f"| {line} |" for line in [head, " | ".join("-" * width for width in widths), *rest])
