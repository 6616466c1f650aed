"""engine: a Docker engine that only has logs and stats. Usage: engine.py SOCKET

What a container does is told by the first digit of its id:
  a  a line, and then nothing    b  a terminal: two lines and the end
  c  lines without end           d  a line on each stream, byte by byte, and the end
  e  no such container           f  a line each 20 ms, numbered, with its time
  0  cut off within a frame        1  a line each second, numbered, with its time
And its stats:
  a  half of one of four CPUs, from the second sample on    b  it does not run
  c  an engine that counts nothing                          d  no JSON
  e  no such container                                      f  a first sample, and then nothing
GET /count answers {"open": log and stats connections, "sent": bytes of logs, "query": of the last one}.
"""
import asyncio
import json
import struct
import sys
import time

count = {"open": 0, "sent": 0, "query": ""}


def frame(stream, text):
    return struct.pack(">BxxxL", stream, len(text)) + text


async def put(writer, data, chunked=True):
    writer.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
    await writer.drain()
    count["sent"] += len(data)


def line(number, stamps):
    now = time.time_ns()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9)) + ".%09dZ " % (now % 10**9)
    return ((stamp if stamps else "") + "%d\n" % number).encode()


async def play(kind, writer, stamps):
    if kind == "a":
        await put(writer, frame(1, b"hello\n"))
        await asyncio.sleep(3600)
    elif kind == "b":
        await put(writer, b"line one\r\nline")
        await put(writer, b" two\r\n")
    elif kind == "c":
        while True:
            await put(writer, frame(1, b"x" * 1023 + b"\n"))
    elif kind == "d":
        for byte in frame(1, b"out\n") + frame(2, b"err\n"):
            await put(writer, bytes([byte]))
    elif kind in "f1":
        for number in range(1, 100000):
            await put(writer, frame(1 + number % 2, line(number, stamps)))
            await asyncio.sleep(0.02 if kind == "f" else 1)
    elif kind == "0":
        await put(writer, frame(1, b"whole\n") + frame(1, b"not whole\n")[:-4])


def sample(kind, number):
    """The `number`th of a stream; what `docker stats` is told by dockerd 20.10 on cgroup v2."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime())
    nothing = {"cpu_usage": {"total_usage": 0}}
    if kind == "b":
        return {"read": "0001-01-01T00:00:00Z", "cpu_stats": nothing, "precpu_stats": nothing, "memory_stats": {}}
    if kind == "c":
        return {"read": now, "cpu_stats": nothing, "precpu_stats": nothing, "memory_stats": {}, "pids_stats": {},
                "blkio_stats": {"io_service_bytes_recursive": None}}

    def cpu(number):
        return {"cpu_usage": {"total_usage": number * 500000000}, "system_cpu_usage": number * 4000000000,
                "online_cpus": 4}
    return {"read": now, "cpu_stats": cpu(number), "precpu_stats": cpu(number - 1) if number > 1 else nothing,
            "memory_stats": {"usage": 12 << 20, "limit": 256 << 20, "stats": {"inactive_file": 2 << 20}},
            "networks": {"eth0": {"rx_bytes": 1000, "tx_bytes": 2000}, "eth1": {"rx_bytes": 1, "tx_bytes": 2}},
            "blkio_stats": {"io_service_bytes_recursive": [{"op": "read", "value": 4096}, {"op": "write", "value": 8192}]},
            "pids_stats": {"current": 7}}


async def play_stats(kind, writer):
    for number in range(1, 100000):
        await put(writer, b"no sample\n" if kind == "d" else json.dumps(sample(kind, number)).encode() + b"\n")
        await asyncio.sleep(3600 if kind == "f" else 0.1)


async def stream(reader, writer, play, query):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    count["open"] += 1
    count["query"] = query
    playing = asyncio.ensure_future(play)
    leaving = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not leaving.done():
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            await leaving
    finally:
        playing.cancel()
        count["open"] -= 1


def answer(writer, status, doc):
    body = json.dumps(doc).encode()
    head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    writer.write(head.encode() + body)


async def serve(reader, writer):
    try:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            path, _, query = request.split(b" ")[1].decode().partition("?")
            parts = path.split("/")
            if path == "/count":
                answer(writer, "200 OK", count)
            elif parts[-1] == "json" and parts[-2][0] != "e":
                answer(writer, "200 OK", {"Id": parts[-2], "Config": {"Tty": parts[-2][0] == "b"}})
            elif parts[-1] == "logs":
                await stream(reader, writer, play(parts[-2][0], writer, "timestamps=1" in query), query)
                break
            elif parts[-1] == "stats" and "stream=true" in query and parts[-2][0] != "e":
                await stream(reader, writer, play_stats(parts[-2][0], writer), query)
                break
            elif parts[-1] == "stats" and parts[-2][0] != "e":
                answer(writer, "200 OK", "no sample" if parts[-2][0] == "d" else sample(parts[-2][0], 2))
            else:
                answer(writer, "404 Not Found", {"message": "No such container: e"})
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1], backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
