"""A host registers: how long until something can be placed on it."""

import datetime
import json
import os
import re
import subprocess
import urllib.error

from swarm import wait_until

NODE = "n9"
PART = os.path.join(os.environ["BERTH_SOURCE"], "tests/e2e/lib/stack")


def part(*arguments):
    subprocess.run([PART, os.environ["BERTH_QUICKSTART"], os.environ["BERTH_DIR"], *arguments],
                   stdout=subprocess.DEVNULL, timeout=120, check=True)


def etcd():
    with open(os.path.join(os.environ["BERTH_DIR"], "etc/berth.conf"), encoding="utf-8") as file:
        return re.search(r"^etcd_endpoints = (.*)$", file.read(), re.MULTILINE).group(1)


def is_up(stack):
    try:
        return json.loads(stack.api("GET", "/api/engines/" + NODE))["health"]["status"] == "up"
    except urllib.error.HTTPError:
        return False


def registered_at():
    """When its agent last registered it, by the agent's own log."""
    with open(os.path.join(os.environ["BERTH_DIR"], "log", f"join-{NODE}.log"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if "registered as" in line]
    return datetime.datetime.fromisoformat(lines[-1]["time"].replace("Z", "+00:00")).timestamp()


def register(stack):
    """Seconds from the registration until the pool has taken the host in; it leaves again."""
    part("join", NODE)
    wait_until(lambda: is_up(stack))
    took = float(stack.sql("berth", f"SELECT extract(epoch FROM created) FROM engines WHERE id = '{NODE}'")) - registered_at()
    subprocess.run([os.path.join(stack.directory, "bin/berth-join"), "--etcd", etcd(), "--id", NODE, "--leave"],
                   stdout=subprocess.DEVNULL, timeout=60, check=True)
    part("unjoin", NODE)
    return took
