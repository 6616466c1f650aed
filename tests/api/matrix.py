#!/usr/bin/env python3
"""Who may do what, over the whole table of routes: matrix.py PROGRAM SOCKET PSQL...

Every path of `PROGRAM --print-routes` x every method x every kind of caller, held against what the table and the
grants in the database say. PSQL... is a command that runs the statements on its standard input. Nothing is listed
here by hand: a new route is covered by being in the table. Paths get ids that nothing has, and requests have no body.
"""
import binascii
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import zlib

import fastcgi

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
# What needs no right of a role is deliberate: it has to be written here, too.
PUBLIC = {"GET /healthz", "GET /readyz", "POST /auth/login", "POST /auth/session", "GET /api/openapi.json"}
OWN = {"POST /auth/logout", "GET /auth/session", "DELETE /auth/session", "POST /account/passwdchange", "GET /api/tokens", "POST /api/tokens",
       "DELETE /api/tokens/{id}"}
# Routes that need an option of the role besides (core/control/policy_spec.h).
OPTIONS = {"GET /api/containers/{id}/environment": "reveal-environment"}
UNKNOWN_PATH = "There is nothing at this path."
# Callers beside the roles that are there: account, role, what is odd about it.
CUSTOM_ROLES = {
    "m-nothing": [],
    "m-accounts": [("write", "/api/account")],
    "m-mixed": [("option", "reveal-environment"), ("read", "/api/account"), ("write", "/api/events"), ("read", "/api/containers"),
                ("write", "/api/containers/nosuch")],
}
ROLES = ["viewer", "deployer", "user", "admin", *CUSTOM_ROLES]
# Sessions of the console: role, and what goes with the cookie besides: X-CSRF-Token, Origin.
HOST = "pool.example"
COOKIES = {
    "c-admin": ("admin", True, f"https://{HOST}"),
    "c-viewer": ("viewer", True, f"https://{HOST}"),
    "c-bare": ("admin", False, None),
    "c-origin": ("admin", False, f"https://{HOST}"),
    "c-token": ("admin", True, None),
}
OUTSIDERS = ["none", "garbled", "unknown", "expired", "disabled"]

program, socket_path, psql = sys.argv[1], sys.argv[2], sys.argv[3:]
cases = failed = 0


def report(ok, name, details=()):
    global cases, failed
    cases += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {cases} - {name}")
    for line in [] if ok else details:
        print(f"# {line}")


def sql(text):
    done = subprocess.run(psql, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Bail out! psql: {done.stderr}")
    return done.stdout


class Tokens:
    """Tokens as the program makes them, and the statements that make them known."""

    def __init__(self):
        self.rows = []

    def make(self, account=None, ends="1 hour"):
        token_id, secret = os.urandom(8).hex(), binascii.b2a_base64(os.urandom(32), newline=False)
        secret = secret.decode().rstrip("=").translate(str.maketrans("+/", "-_"))
        text = f"berth_{token_id}_{secret}"
        if account:
            digest = hashlib.sha256(secret.encode()).hexdigest()
            self.rows.append(f"('{token_id}', '{account}', '\\x{digest}', now() + interval '{ends}')")
        return f"{text}_{zlib.crc32(text.encode()):08x}"

    def statement(self):
        return "INSERT INTO tokens (id, account_id, digest, expires_at) VALUES " + ",\n".join(self.rows) + ";"


def ask(method, path, headers):
    return fastcgi.ask(socket_path, method, path, headers, head_only=True)


def csrf_of(token):
    secret = token[len("berth_") + 17:][:43]
    return hashlib.sha256(b"berth-csrf" + hashlib.sha256(secret.encode()).digest()).hexdigest()


def headers_of(caller, token):
    if caller in COOKIES:
        _, csrf, origin = COOKIES[caller]
        headers = {"Host": HOST, "Cookie": f"theme=dark; __Host-berth={token}"}
        if csrf:
            headers["X-CSRF-Token"] = csrf_of(token)
        return {**headers, "Origin": origin} if origin else headers
    return {"Authorization": f"Bearer {token}"} if token else {}


def by_cookie(caller, method, need):
    """May the console's session ask so at all?"""
    if caller not in COOKIES or need == "none":
        return True
    if method in ("GET", "HEAD"):
        return need != "write"
    return caller in ("c-admin", "c-viewer")


def grants_of_roles():
    """Of each role, as its document in the database has them."""
    grants = {}
    for line in sql("SELECT doc FROM roles").splitlines():
        doc = json.loads(line)
        grants[doc["name"]] = [(grant["access"], grant["path"]) for grant in doc["grants"]]
        grants[doc["name"]] += [("option", name) for name in doc.get("options", [])]
    return grants


def granted(grants, access, path):
    def covers(grant):
        return grant == "/" or path == grant or path.startswith(grant + "/")
    return any(covers(place) and kind in ("write", access) for kind, place in grants)


def has_option(grants, option):
    return option is None or ("write", "/") in grants or ("option", option) in grants


def expected(pattern, routes, method, path, grants, caller):
    """405, 401, 403, "csrf" or "allowed"; `grants` is None for who is nobody."""
    if method not in routes:
        return 405
    need = routes[method]
    if need == "none":
        return "allowed"
    if grants is None:
        return 401
    if not by_cookie(caller, method, need):
        return "csrf"
    if need == "login":
        return "allowed"
    need = "read" if need == "local" else need # nobody here asks from the machine itself
    option = OPTIONS.get(f"{method} {pattern}")
    return "allowed" if granted(grants, need, path) and has_option(grants, option) else 403


def fits(answer, wanted, routes):
    if wanted == "allowed":
        return answer.status not in (0, 401, 403, 405, 500) and answer.detail != UNKNOWN_PATH
    if wanted == "csrf":
        return answer.status == 403 and answer.is_problem and answer.code == "csrf"
    if answer.status != wanted or not answer.is_problem or answer.code == "csrf":
        return False
    return wanted != 405 or set(answer.headers.get("Allow", "").split(", ")) == set(routes)


def table():
    """{pattern: {method: need}} in the order of the program."""
    patterns = {}
    lines = subprocess.run([program, "--print-routes"], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        method, pattern, need, summary = line.split("\t")
        if need not in ("none", "login", "read", "write", "local") or not summary:
            sys.exit(f"Bail out! --print-routes: {line}")
        patterns.setdefault(pattern, {})[method] = need
    return patterns


def path_of(pattern):
    return re.sub(r"\{[^}]*\}", "nosuch", pattern)


def effective(patterns, path):
    """The routes of a path: more than one pattern may fit it, and the first with the method has it."""
    routes = {}
    for pattern, own in patterns.items():
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", pattern), path):
            routes = {**own, **routes}
    return routes


def setup(count):
    """Accounts and, for each kind of caller, `count` tokens: a request may end the one that it came with."""
    tokens, script = Tokens(), []
    for role, grants in CUSTOM_ROLES.items():
        doc = {"id": role, "name": role,
               "grants": [{"access": kind, "path": path} for kind, path in grants if kind != "option"],
               "options": [name for kind, name in grants if kind == "option"]}
        script.append(f"INSERT INTO roles (name, doc) VALUES ('{role}', '{json.dumps(doc)}');")
    for name in [*ROLES, "disabled"]:
        role = "admin" if name == "disabled" else name
        script.append("INSERT INTO accounts (id, username, role, password_hash, disabled) "
                      f"VALUES ('m-{name}', 'm-{name}', '{role}', '*', {name == 'disabled'});")
    given = {name: [tokens.make(f"m-{name}") for _ in range(count)] for name in [*ROLES, "disabled"]}
    given.update({name: [tokens.make(f"m-{role}") for _ in range(count)] for name, (role, _, _) in COOKIES.items()})
    given["expired"] = [tokens.make("m-admin", "-1 second") for _ in range(count)]
    given["unknown"] = [tokens.make() for _ in range(count)]
    given["garbled"] = [token[:-1] + ("0" if token[-1] != "0" else "1") for token in given["admin"]]
    given["none"] = [None] * count
    sql("\n".join(script) + tokens.statement())
    return given


def show(rows, callers):
    width = max(len(name) for name, _ in rows)
    print(f"# {'':{width}} " + " ".join(f"{caller:>10}" for caller in callers))
    for name, statuses in rows:
        print(f"# {name:{width}} " + " ".join(f"{status:>10}" for status in statuses))


def try_pattern(pattern, patterns, given, grants, rows):
    path = path_of(pattern)
    routes = effective(patterns, path)
    wrong = []
    for method in METHODS:
        statuses = []
        for caller, tokens in given.items():
            wanted = expected(pattern, routes, method, path, grants.get(caller), caller)
            token = tokens.pop() if wanted == "allowed" else tokens[-1]
            answer = ask(method, path, headers_of(caller, token))
            statuses.append(answer.status)
            if not fits(answer, wanted, routes):
                wrong.append(f"{method} {path} as {caller}: expected {wanted}, got {answer}")
        if method in routes:
            rows.append((f"{method} {pattern} ({routes[method]})", statuses))
        elif set(statuses) != {405}:
            rows.append((f"{method} {pattern}", statuses))
    report(not wrong, f"{pattern}: {' '.join(routes)}", wrong)


def try_spellings(patterns, token):
    """One spelling of a path only, even for who may do everything."""
    wrong = []
    for pattern, routes in patterns.items():
        path, method = path_of(pattern), next(iter(routes))
        head, tail = path.rsplit("/", 1)
        for odd in ["/" + path, path + "/", path.upper(), f"{head}%2f{tail}", f"{head}/./{tail}", f"/x/..{path}",
                    path + "%00", path + ";x", f"{head}/%{ord(tail[0]):02x}{tail[1:]}"]:
            answer = ask(method, odd, {"Authorization": f"Bearer {token}"})
            if answer.status not in (400, 404) or answer.code == "not_found" and answer.detail != UNKNOWN_PATH:
                wrong.append(f"{method} {odd}: {answer}")
    report(not wrong, "no other spelling of a path reaches its route", wrong)


def try_needs(patterns):
    """Is the table itself plausible? What changes something is no right to read."""
    wrong = []
    for pattern, routes in patterns.items():
        for method, need in routes.items():
            name = f"{method} {pattern}"
            if need in ("none", "login") and name not in PUBLIC | OWN:
                wrong.append(f"{name} needs {need}, which is not among the exceptions of this test")
            if need in ("read", "local") and method not in ("GET", "HEAD"):
                wrong.append(f"{name} changes something, and needs only to read")
    report(not wrong, "the rights that routes need are plausible", wrong)


def main():
    began = time.monotonic()
    patterns = table()
    given = setup(len(patterns) * len(METHODS) + 1)
    given = {caller: given[caller] for caller in [*OUTSIDERS, *ROLES, *COOKIES]}
    of_roles = grants_of_roles()
    grants = {role: of_roles[role] for role in ROLES}
    grants.update({caller: of_roles[role] for caller, (role, _, _) in COOKIES.items()})
    rows = []
    try_needs(patterns)
    for pattern in patterns:
        try_pattern(pattern, patterns, given, grants, rows)
    try_spellings(patterns, given["admin"][-1])
    show(rows, list(given))
    print(f"# {len(patterns)} paths x {len(METHODS)} methods x {len(given)} callers in "
          f"{time.monotonic() - began:.1f} s")
    print(f"1..{cases}")
    return failed != 0


sys.exit(main())
