#!/usr/bin/python3
"""Clients that only take room: crowd.py PORT COUNT idle|loris. They connect, say nothing or a request that never ends, a
byte at a time; prints "open", with how many are, and in the end, when the server has closed all of them, "closed"."""
import selectors
import socket
import ssl
import sys
import time

PATIENCE_S, PAUSE_S = 90, 0.5
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: berth\r\nX-Slow: "


def context_of_all():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connect(port, context):
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    if context:
        client = context.wrap_socket(client)
        client.send(REQUEST)
    client.setblocking(False)
    return client


def is_closed(client):
    try:
        return client.recv(4096) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def trickle(client):
    try:
        client.send(b"x")
    except OSError:  # it is closed, or full
        pass


def main():
    port, count, loris = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "loris"
    context = context_of_all() if loris else None
    waiting = selectors.DefaultSelector()
    for _ in range(count):
        waiting.register(connect(port, context), selectors.EVENT_READ)
    print("open", len(waiting.get_map()), flush=True)
    end = time.monotonic() + PATIENCE_S
    while waiting.get_map() and time.monotonic() < end:
        for key, _ in waiting.select(PAUSE_S):
            if is_closed(key.fileobj):
                waiting.unregister(key.fileobj)
                key.fileobj.close()
        if loris:
            for key in list(waiting.get_map().values()):
                trickle(key.fileobj)
            time.sleep(PAUSE_S)
    print("left" if waiting.get_map() else "closed", len(waiting.get_map()), flush=True)


main()
