"""Somebody stops a container past berth, on its engine: how long until the pool shows it."""

import datetime
import json

from engines import Engine, call
from swarm import wait_until

PAUSE_S = 0.02


def ended_at(connection, docker_id):
    """When its process ended, by its engine."""
    text = call(connection, "GET", f"/containers/{docker_id}/json")["State"]["FinishedAt"]
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z").ljust(26, "0") + "+00:00").timestamp()


def stop(stack, container):
    """Seconds from the end of its process until the API says so; it runs again afterwards."""
    known = json.loads(stack.api("GET", "/api/containers/" + container))
    engine = Engine(json.loads(stack.api("GET", "/api/engines/" + known["engine"]["id"])))
    shown_at = []

    def shows(state):
        seen = json.loads(stack.api("GET", "/api/containers/" + container))["state"] == state
        shown_at.append(datetime.datetime.now().timestamp())
        return seen

    connection = engine.connect()
    try:
        call(connection, "POST", f"/containers/{known['docker_id']}/stop?t=0")
        wait_until(lambda: shows("exited"), pause_s=PAUSE_S)
        took = shown_at[-1] - ended_at(connection, known["docker_id"])
        call(connection, "POST", f"/containers/{known['docker_id']}/start")
        wait_until(lambda: shows("running"), pause_s=PAUSE_S)
        return took
    finally:
        connection.close()
