"""A registry that misbehaves as it is told, in a thread of this process; it remembers what it was asked."""

import base64
import json
import re
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler

from tests.oci.images import Blobs
from tests.serving import serving


class FaultyRegistry:
    """Serves images by tag and digest without a login; ``faults`` decide first.

    A fault maps a pattern of ``METHOD path`` to a function that takes the handler and returns an answer (status,
    headers, body), or None where it has answered (or wants no answer at all); or to such an answer itself.
    """

    def __init__(self):
        self.blobs = Blobs()
        self.tags = {}
        self.faults = {}
        self.asked = []
        self.proxy_logins = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.form = self.rfile.read(length).decode()
                registry.proxy_logins.append(self.headers.get("Proxy-Authorization", ""))
                registry.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
                answer = registry.answer(self)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = handle_any  # noqa: N815 - the library's names

        self._running = ExitStack()
        self.host = f"127.0.0.1:{self._running.enter_context(serving(Handler))}"

    def put(self, repository, tag, descriptor):
        self.tags.setdefault(repository, {})[tag] = descriptor
        return descriptor["digest"]

    def stop(self):
        self._running.close()

    def count(self, pattern):
        """How many requests were like a pattern."""
        return sum(bool(re.search(pattern, f"{method} {path}")) for method, path, _ in self.asked)

    def answer(self, handler):
        for pattern, fault in self.faults.items():
            if re.search(pattern, f"{handler.command} {handler.path}"):
                found = fault(handler) if callable(fault) else fault
                if found != "as usual":
                    return found
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs|tags)/([^?]+)(?:\?.*)?", handler.path)
        if match is None:
            return 200, {}, b"{}"
        repository, kind, name = match.groups()
        if kind == "tags":
            return 200, {}, json.dumps({"tags": list(self.tags.get(repository, {}))}).encode()
        described = self.tags.get(repository, {}).get(name)
        digest = described["digest"] if described else name
        if digest not in self.blobs.content:
            return 404, {}, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'
        data = self.blobs.content[digest]
        kind = json.loads(data).get("mediaType", "application/octet-stream") if data[:1] == b"{" else ""
        return 200, {"Docker-Content-Digest": digest, "Content-Type": kind}, data


def bearer(registry, user, password, *, token="t0ken-of-this-run", realm=None):
    """Let a registry ask for a token, which its own token server gives for a login or a refresh token."""
    basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    address = realm or f"http://{registry.host}/token"

    def give(handler):
        right = handler.headers.get("Authorization") == basic or f"refresh_token={password}" in handler.form
        return (200, {}, json.dumps({"token": token}).encode()) if right else (401, {}, b"")

    def guard(handler):
        if handler.headers.get("Authorization") == f"Bearer {token}":
            return "as usual"
        repository = re.match(r"/v2/(.+)/(?:manifests|blobs|tags)/", handler.path)[1]
        scope = f"repository:{repository}:pull"
        challenge = f'Bearer realm="{address}",service="test",scope="{scope}"'
        return 401, {"WWW-Authenticate": challenge}, b""

    registry.faults[r"/token"] = give
    registry.faults[r"/v2/.+/"] = guard


def cut(handler):
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"tags": ["1.0')


def slow(seconds):
    """Answer late."""

    def wait(_):
        time.sleep(seconds)

    return wait
