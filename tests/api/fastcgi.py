"""FastCGI for the tests of the API that are written in Python: one request on a connection of its own, as nginx sends
it, and its answer."""
import json
import socket
import struct

BEGIN, END, PARAMS, STDIN, OUTPUT = 1, 3, 4, 5, 6


def record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def param(name, value):
    name, value = name.encode(), value.encode()
    return struct.pack(">II", len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def request(method, path, headers, body=b"", keep=False):
    """The records of one; `keep`: the connection is to stay, as nginx asks for."""
    params = param("REQUEST_METHOD", method) + param("REQUEST_URI", path) + param("REMOTE_ADDR", "192.0.2.7")
    params += param("CONTENT_LENGTH", str(len(body)) if body else "")
    for name, value in headers.items():
        params += param("HTTP_" + name.upper().replace("-", "_"), value)
    return (record(BEGIN, struct.pack(">HB5x", 1, keep)) + record(PARAMS, params) + record(PARAMS, b"") +
            (record(STDIN, body) if body else b"") + record(STDIN, b""))


class Answer:
    """status is 0 where there is no head; is_whole: it did not break off."""

    def __init__(self, output, is_whole):
        head, _, self.body = output.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        self.status = int(self.headers.get("Status", "0").split()[0])
        self.is_whole = is_whole
        is_json = is_whole and self.headers.get("Content-Type") == "application/problem+json"
        problem = json.loads(self.body) if is_json else {}
        self.detail, self.code = problem.get("detail", ""), problem.get("code", "")
        self.is_problem = problem.get("status") == self.status and len(problem.get("request_id", "")) == 32

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.code} {self.detail}" + ("" if self.is_whole else " (broken off)")


def receive(connection, head_only):
    """`head_only`: of a good answer nothing else is wanted, since it may never end."""
    raw = output = b""
    while True:
        if head_only and output.startswith(b"Status: 2") and b"\r\n\r\n" in output:
            return Answer(output.partition(b"\r\n\r\n")[0], True)
        try:
            more = connection.recv(65536)
        except ConnectionError:
            more = b""
        raw += more
        while len(raw) >= 8:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", raw[:8])
            if len(raw) < 8 + length + padding:
                break
            if kind == OUTPUT:
                output += raw[8:8 + length]
            raw = raw[8 + length + padding:]
            if kind == END:
                return Answer(output, True)
        if not more:
            return Answer(output, False)


def ask(socket_path, method, path, headers, body=b"", keep=False, head_only=False, timeout_s=30):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(socket_path)
        connection.sendall(request(method, path, headers, body, keep))
        return receive(connection, head_only)
