"""A chart repository on the loopback that counts what it is asked, and can be as unkind as real ones are."""

import base64
import contextlib
import http.server
from collections import Counter
from pathlib import Path

import helm_python

from tests.charts import pack
from tests.serving import serving

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  from: {name}-{version}\n"


def make_chart(folder, name, version="1.0.0", more=""):
    """A chart of one ConfigMap."""
    chart = folder / name
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}")
    (chart / "templates/c.yaml").write_text(CONFIG.format(name=name, version=version))
    return chart


class ChartServer:
    """A folder of packed charts with its index, served.

    Attributes:
        url: the address.
        asked: how often each path was asked for and answered with content.
        login: ``user:password`` that it wants, or empty.
        answers: path → function of the handler that answers in place of the file.
        sent: the Authorization headers that came, by path.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.asked = Counter()
        self.login = ""
        self.answers = {}
        self.sent = {}
        self.url = ""

    def publish(self, work, name, version="1.0.0", more=""):
        """Add a chart, and list it."""
        archive = pack(make_chart(work / f"{name}-{version}", name, version, more), self.folder)
        self.list()
        return archive

    def list(self):
        """Write the index of all that is there."""
        helm_python.repo_index_generate(self.folder, base_url=self.url)

    @contextlib.contextmanager
    def running(self):
        """Served in this block."""
        chart_server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(chart_server.folder))

            def do_GET(self):
                chart_server.answer(self)

            def plain(self):
                super().do_GET()

            def log_request(self, code="-", _size="-"):
                if int(code) == 200:
                    chart_server.asked[self.path] += 1

        self.folder.mkdir(parents=True, exist_ok=True)
        with serving(Handler) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self

    def answer(self, handler):
        """One answer."""
        self.sent[handler.path] = handler.headers.get("Authorization")
        wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        if self.login and self.sent[handler.path] != wanted:
            handler.send_error(401)
        elif handler.path in self.answers:
            self.answers[handler.path](handler)
        else:
            handler.plain()


def send(handler, content, code=200, **headers):
    """Answer with some bytes; ``length`` promises another length than they have."""
    handler.send_response(code)
    handler.send_header("Content-Length", str(headers.pop("length", len(content))))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)
