"""A client of berth's API over one kept-alive HTTPS connection. Where the server is comes from the environment."""
import base64
import http.client
import json
import os
import ssl
import time
import urllib.parse


def login():
    """A token of the account that BERTH_USERNAME and BERTH_PASSWORD_FILE name."""
    with open(os.environ["BERTH_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().strip()
    name = os.environ["BERTH_USERNAME"]
    status, body, _ = Client("").call("POST", "/auth/login", {"username": name, "password": password})
    if status != 200:
        raise OSError("login: %d %s" % (status, body))
    return name + ":" + body["auth_token"]


class Client:
    """Not for several threads. `reconnects` counts connections that the server has closed between two requests."""

    def __init__(self, token, timeout=70):
        self.token = token
        self.timeout = timeout
        self.connection = None
        self.reconnects = 0

    def connect(self):
        url = urllib.parse.urlsplit(os.environ["BERTH_URL"])
        context = ssl.create_default_context(cafile=os.environ["BERTH_CACERT"])
        self.connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=self.timeout, context=context)
        self.connection.connect()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, method, path, body=None, headers=None):
        """(status, parsed body or text, headers); OSError when no answer came."""
        if self.connection is None:
            self.connect()
        sent = {"X-Access-Token": self.token} if self.token else {}
        sent.update(headers or {})
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = self.connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except http.client.HTTPException as error:
            self.close()
            raise OSError("%s %s: %r" % (method, path, error)) from error
        except OSError:
            self.close()
            raise
        if answer.will_close:
            self.close()
            self.reconnects += 1
        try:
            return answer.status, json.loads(text) if text else None, answer.headers
        except ValueError:
            return answer.status, text, answer.headers


def new_key():
    return base64.urlsafe_b64encode(os.urandom(12)).decode()


class Log:
    """A client's own record of what it asked for: one line of JSON for each request."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8", buffering=1)

    def write(self, client, what, key, began, outcome, **more):
        more.update(client=client, what=what, key=key, began=round(began, 3), ended=round(time.time(), 3),
                    outcome=outcome)
        self.file.write(json.dumps(more) + "\n")
