"""A program that stays open and is asked many things (see tests/lib/serve.h): to start a process costs much more."""
import os
import select
import subprocess
import threading
import time

TIMEOUT_S = 20


class Kept:
    """Started when it is asked first; ends with what has started it."""

    def __init__(self, program):
        self.program, self.lock, self.process = program, threading.Lock(), None

    def ask(self, *fields):
        """The text of the answer; OSError when there is none, SubprocessError when it is that something is wrong."""
        with self.lock:
            if self.process is None:
                self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            try:
                self.process.stdin.write(b"".join(one.encode() + b"\0" for one in (str(len(fields)),) + fields))
                self.process.stdin.flush()
                return self.answer().decode()
            except OSError:
                self.process.kill()
                self.process.wait()
                self.process = None
                raise

    def answer(self):
        found, deadline = b"", time.monotonic() + TIMEOUT_S
        while not found.endswith(b"\0"):
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("no answer to a query")
            more = os.read(self.process.stdout.fileno(), 1 << 20)
            if not more:
                raise OSError("no answer to a query")
            found += more
        if not found.startswith(b"0"):
            raise subprocess.SubprocessError(found[1:-1].decode())
        return found[1:-1]
