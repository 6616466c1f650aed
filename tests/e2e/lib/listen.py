#!/usr/bin/env python3
"""Listens at the ports given, as another program of a host would, until it is killed."""
import signal
import socket
import sys

sockets = []
for port in sys.argv[1:]:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("0.0.0.0", int(port)))
    one.listen()
    sockets.append(one)
signal.pause()
