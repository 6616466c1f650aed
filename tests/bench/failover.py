"""A host loses its power: how long until that is declared, and until everything runs elsewhere; berth beside Swarm."""

import json
import os
import subprocess
import threading
import time

from swarm import Swarm, wait_until

COUNT = 12


class Power:
    """The switch of one Docker host of the stack."""

    def __init__(self, engine_id):
        self.engine_id = engine_id

    def set(self, action):
        command = [os.environ["BERTH_QUICKSTART"], "engine", action, self.engine_id, "--dir", os.environ["BERTH_DIR"]]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120, check=True)


def timed_loss(power, is_down, running):
    """Seconds from the power cut until it is declared, and until all run elsewhere."""
    began = time.monotonic()
    cut = threading.Thread(target=power.set, args=("kill",))
    cut.start()
    try:
        wait_until(is_down)
        down_s = time.monotonic() - began
        wait_until(lambda: running() == COUNT)
        return down_s, time.monotonic() - began
    finally:
        cut.join()


def state_of(stack, engine_id):
    return json.loads(stack.api("GET", "/api/engines/" + engine_id))["health"]["state"]


def last_engine(stack):
    return json.loads(stack.api("GET", "/api/engines"))[-1]["engine"]["id"]


def berth_loss(stack, image, memory_mb):
    """The last engine dies under its share of the containers, and comes back."""
    lost = last_engine(stack)
    ids = stack.run(image, COUNT, memory_mb, "--reschedule", "always")

    def elsewhere():
        return sum(each["id"] in ids and each["state"] == "running" and each["engine"]["id"] != lost
                   for each in json.loads(stack.api("GET", "/api/containers")))

    power = Power(lost)
    try:
        took = timed_loss(power, lambda: state_of(stack, lost) == "down", elsewhere)
    finally:
        power.set("revive")
    wait_until(lambda: state_of(stack, lost) == "up")
    stack.berth("scale", "--quiet", ids[0], "0")
    return took


def swarm_loss(stack, engines, image, memory_mb):
    """The same for a service of a swarm of the same engines."""
    lost = last_engine(stack)
    with Swarm(engines, image, memory_mb) as swarm:
        swarm.run(COUNT)
        wait_until(lambda: swarm.running() == COUNT)
        power = Power(lost)
        try:
            took = timed_loss(power, lambda: swarm.is_down(engines[-1]), lambda: swarm.running(but=engines[-1]))
        finally:
            power.set("revive")
        wait_until(lambda: not swarm.is_down(engines[-1]))
        swarm.remove()
    wait_until(lambda: state_of(stack, lost) == "up")
    return took
