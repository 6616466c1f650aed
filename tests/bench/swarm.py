"""Docker Swarm over the same engines: what a user would take instead."""

import json
import time

from engines import call

PORT = 2377


class Swarm:
    """A swarm of all engines, the first one its manager, and one service in it. Left again at the end."""

    def __init__(self, engines, image, memory_mb):
        self.engines, self.image, self.memory_mb = engines, image, memory_mb
        self.service = None

    def __enter__(self):
        first, *others = self.engines
        self.ask(first, "POST", "/swarm/init", {
            "ListenAddr": f"{first.host}:{PORT}", "AdvertiseAddr": first.host,
            "Spec": {"TaskDefaults": {}}})
        token = self.ask(first, "GET", "/swarm")["JoinTokens"]["Worker"]
        for engine in others:
            self.ask(engine, "POST", "/swarm/join", {
                "ListenAddr": f"{engine.host}:{PORT}", "AdvertiseAddr": engine.host,
                "RemoteAddrs": [f"{first.host}:{PORT}"], "JoinToken": token})
        return self

    def __exit__(self, *_):
        for engine in reversed(self.engines):
            self.ask(engine, "POST", "/swarm/leave?force=1")

    @staticmethod
    def ask(engine, method, path, body=None):
        connection = engine.connect()
        try:
            return call(connection, method, path, json.dumps(body) if body else None)
        finally:
            connection.close()

    def run(self, count):
        """A service of `count` replicas; returns when all run. No virtual addresses: not every kernel has them."""
        self.service = self.ask(self.engines[0], "POST", "/services/create", {
            "Name": "bench", "Mode": {"Replicated": {"Replicas": count}}, "EndpointSpec": {"Mode": "dnsrr"},
            "TaskTemplate": {
                "ContainerSpec": {"Image": self.image}, "RestartPolicy": {"Condition": "any"},
                "Resources": {"Limits": {"MemoryBytes": self.memory_mb << 20}}}})["ID"]

    def remove(self):
        self.ask(self.engines[0], "DELETE", "/services/" + self.service)

    def is_down(self, engine):
        """Whether the manager has declared this engine's node down."""
        return any(node["Status"]["State"] == "down" and node["Status"]["Addr"] == engine.host
                   for node in self.ask(self.engines[0], "GET", "/nodes"))

    def running(self, but=None):
        """Replicas that run, those on the engine `but` not counted."""
        manager = self.engines[0]
        alive = {node["ID"] for node in self.ask(manager, "GET", "/nodes")
                 if not but or node["Status"]["Addr"] != but.host}
        return sum(task["Status"]["State"] == "running" and task["DesiredState"] == "running"
                   and task.get("NodeID") in alive for task in self.ask(manager, "GET", "/tasks"))


def wait_until(condition, limit_s=120, pause_s=0.05):
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit_s:
            raise RuntimeError(f"waited for {limit_s} s in vain")
        time.sleep(pause_s)
    return time.monotonic() - began
