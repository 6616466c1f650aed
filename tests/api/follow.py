"""follow: FastCGI clients of a stream, as nginx is one. Usage: follow.py SOCKET URI TOKEN-OR-COOKIE [COUNT [LINES | lazy]]

One client (the default) prints the answer as it comes. Several print "begun N" when each has some of its body (LINES
lines of it). At the end: "end N" and "cut N" on standard error, of those whose answer was complete and was not. A lazy
client takes the head and the first bytes only, and then nothing until standard input ends.
"""
import asyncio
import struct
import sys

BEGIN, END, PARAMS, STDIN, OUTPUT = 1, 3, 4, 5, 6
state = {"begun": 0, "end": 0, "cut": 0}


def record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def request(uri, token):
    params = {"REQUEST_METHOD": "GET", "REQUEST_URI": uri, "REMOTE_ADDR": "192.0.2.7",
              **({"HTTP_COOKIE": token} if "=" in token else {"HTTP_AUTHORIZATION": "Bearer " + token})}
    pairs = b"".join(struct.pack(">LL", len(k) | 1 << 31, len(v) | 1 << 31) + k.encode() + v.encode()
                     for k, v in params.items())
    return (record(BEGIN, b"\0\1\1\0\0\0\0\0") + record(PARAMS, pairs) + record(PARAMS, b"") + record(STDIN, b""))


async def follow(path, uri, token, show, lazy, lines):
    reader, writer = await asyncio.open_unix_connection(path, limit=4096 if lazy else 1 << 16)
    writer.write(request(uri, token))
    head = b""
    begun = False
    try:
        while True:
            kind, size, padding = struct.unpack(">xBxxHBx", await reader.readexactly(8))
            content = await reader.readexactly(size + padding)
            if kind == END:
                state["end"] += 1
                break
            if kind != OUTPUT:
                continue
            if show:
                sys.stdout.buffer.write(content[:size])
                sys.stdout.buffer.flush()
            head += content[:size] if not begun else b""
            body = head.partition(b"\r\n\r\n")[2]
            if not begun and body and body.count(b"\n") >= lines:
                begun = True
                state["begun"] += 1
                if lazy:
                    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    except (asyncio.IncompleteReadError, ConnectionError):
        state["cut"] += 1
    writer.close()


async def tell(count):
    while state["begun"] < count:
        await asyncio.sleep(0.05)
    print("begun", count, flush=True)


async def main():
    path, uri, token = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    lazy = sys.argv[5:] == ["lazy"]
    lines = int(sys.argv[5]) if len(sys.argv) > 5 and not lazy else 0
    telling = asyncio.ensure_future(tell(count)) if count > 1 or lazy else None
    await asyncio.gather(*(follow(path, uri, token, count == 1 and not lazy, lazy, lines) for _ in range(count)))
    if telling:
        telling.cancel()
    print("end %d cut %d" % (state["end"], state["cut"]), file=sys.stderr)


asyncio.run(main())
