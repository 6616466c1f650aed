"""followers: clients that follow logs over TLS, as `berth log -f` does. Usage: followers.py URL CA COUNT ID...

COUNT connections, the containers ID... in turn; the token is BENCH_TOKEN. Prints "ready" when each has had a line, and
follows until standard input ends; then prints {"lines": of all, "least": of one, "cut": that ended before, "seconds"}.
"""
import asyncio
import json
import os
import ssl
import sys
import time
import urllib.parse

AT_ONCE = 50  # connections that are being made
READY_S = 120
PAUSE_S = 0.2
NICE = 19  # the clients are other machines: their work must not take the controller's processors

lines = {}  # number of the follower -> lines it has had
cut = []


async def follow(number, url, tls, container, gate):
    lines[number] = 0
    writer = None
    try:
        async with gate:
            reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=tls)
            writer.write(f"GET /api/containers/{container}/logs?follow=true&tail=1 HTTP/1.1\r\nHost: {url.netloc}\r\n"
                         f"Authorization: Bearer {os.environ['BENCH_TOKEN']}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(head.decode())
        while chunk := await reader.readline():  # nginx sends chunks: size, lines, an empty line
            lines[number] += chunk.startswith(b"line")
    except (OSError, asyncio.IncompleteReadError) as failure:
        print(failure, file=sys.stderr)
    finally:
        if writer:
            writer.close()
    cut.append(number)


async def all_have_a_line(count):
    while len(lines) < count or not all(lines.values()):
        if cut:
            raise RuntimeError("a follower has ended")
        await asyncio.sleep(PAUSE_S)


async def main():
    url, count, containers = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[3]), sys.argv[4:]
    tls, gate = ssl.create_default_context(cafile=sys.argv[2]), asyncio.Semaphore(AT_ONCE)
    followers = [asyncio.ensure_future(follow(number, url, tls, containers[number % len(containers)], gate))
                 for number in range(count)]
    await asyncio.wait_for(all_have_a_line(count), READY_S)
    before, began = dict(lines), time.monotonic()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    had = [lines[number] - before[number] for number in lines]
    print(json.dumps({"lines": sum(had), "least": min(had), "cut": len(cut), "seconds": time.monotonic() - began}))
    sys.stdout.flush()
    for follower in followers:
        follower.cancel()
    await asyncio.gather(*followers, return_exceptions=True)


os.nice(NICE)
asyncio.run(main())
