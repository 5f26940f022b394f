"""A registry with charts on the loopback, which counts what it is asked (tests against a real one: tests/oci)."""

import base64
import contextlib
import hashlib
import http.server
import json
from collections import Counter

from tests.serving import serving

LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class ChartRegistry:
    """Charts by repository and tag.

    Attributes:
        asked: how often each path was answered with content.
        login: ``user:password`` that it wants, or empty.
    """

    def __init__(self):
        self.contents = {}
        self.tags = {}
        self.asked = Counter()
        self.login = ""
        self.host = ""

    def publish(self, repository, tag, archive, media_type=LAYER):
        """Put an archive under a tag; the digest of its manifest."""
        layer = self._keep(archive)
        config = self._keep(b"{}")
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config, "size": 2},
            "layers": [{"mediaType": media_type, "digest": layer, "size": len(archive)}],
        }
        digest = self._keep(json.dumps(manifest).encode())
        self.tags.setdefault(repository, {})[tag] = digest
        return digest

    def _keep(self, content):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.contents[digest] = content
        return digest

    def answer(self, path):
        """Status, body and digest for a path below /v2/."""
        repository, _, rest = path.removeprefix("/v2/").rpartition("/")
        repository, _, kind = repository.rpartition("/")
        if kind == "tags":
            tags = list(self.tags.get(repository, {}))
            return (200, json.dumps({"tags": tags}).encode(), "") if tags else (404, b"{}", "")
        digest = self.tags.get(repository, {}).get(rest, rest)
        content = self.contents.get(digest)
        return (404, b"{}", "") if content is None else (200, content, digest)

    @contextlib.contextmanager
    def running(self):
        """Served in this block."""
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.partition("?")[0]
                wanted = f"Basic {base64.b64encode(registry.login.encode()).decode()}"
                if registry.login and self.headers.get("Authorization") != wanted:
                    self.respond(401, b"{}", "", **{"WWW-Authenticate": 'Basic realm="charts"'})
                    return
                status, body, digest = registry.answer(path)
                if status == 200 and self.command == "GET":
                    registry.asked[path] += 1
                self.respond(status, body, digest)

            def do_HEAD(self):
                self.do_GET()

            def respond(self, status, body, digest, **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", MANIFEST)
                for name, value in {"Docker-Content-Digest": digest, **headers}.items():
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

        with serving(Handler) as port:
            self.host = f"127.0.0.1:{port}"
            yield self
