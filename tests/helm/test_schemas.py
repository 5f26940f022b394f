"""Schemas that name others by their address: those parts are left out, the rest still holds, the chart stays."""

import contextlib
import http.server
import json

import pytest

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.helm.schemas import detach, unreached
from tests.charts import pack
from tests.conftest import findings_of, plan_of
from tests.serving import serving
from tests.trace.traced import trials_of

# Nothing listens on this port.
NOWHERE = "http://127.0.0.1:1/values.schema.json"
POD = "kind: Pod\napiVersion: v1\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: a\n      image: {{ .Values.image }}\n"


def schema(**more):
    return {"type": "object", "properties": {"image": {"type": "string"}, "extra": {"$ref": NOWHERE}}, **more}


def make(folder, content, *, name="app", values="image: docker.io/acme/app:1.0\n"):
    """A chart with a schema."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(values)
    (folder / "values.schema.json").write_text(content if isinstance(content, str) else json.dumps(content))
    (folder / "templates" / "pod.yaml").write_text(POD)
    return folder


def wrapped(tmp_path, content, *, packed):
    """A wrapper of such a chart, in a directory or packed."""
    root = tmp_path / "wrap"
    (root / "charts").mkdir(parents=True)
    (root / "Chart.yaml").write_text(
        "apiVersion: v2\nname: wrap\nversion: 0.1.0\ndependencies:\n"
        "  - name: app\n    version: 0.1.0\n    repository: https://charts.example\n"
    )
    (root / "values.yaml").write_text("app: {}\n")
    if packed:
        pack(make(tmp_path / "app", content), root / "charts")
    else:
        make(root / "charts" / "app", content)
    return root


@contextlib.contextmanager
def answering(status, body):
    """A server on this machine that answers everything alike: its address, and the paths that it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/schema.json", asked


def linked(chart, scratch):
    """A scratch copy as the trials lay it out: a folder of links."""
    scratch.mkdir()
    for entry in chart.iterdir():
        (scratch / entry.name).symlink_to(entry)
    return scratch


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_an_address_that_does_not_answer_is_left_out(tmp_path, packed, offline):
    chart = wrapped(tmp_path, schema(), packed=packed)
    before = files(chart)

    with trials_of(chart, offline=offline) as trials:
        manifests = trials.render(trials.chart.texts)

        assert [c.image for c in manifests.containers] == ["docker.io/acme/app:1.0"]
        assert trials.unchecked == (NOWHERE,)
    assert files(chart) == before


@pytest.mark.parametrize("packed", [False, True])
def test_the_rest_of_the_schema_still_holds(tmp_path, packed):
    chart = wrapped(tmp_path, schema(), packed=packed)

    with trials_of(chart) as trials, pytest.raises(RenderError, match="want string"):
        trials.render(trials.chart.texts, {"app": {"image": 5}})


def test_offline_asks_nobody(tmp_path):
    with answering(404, b"") as (address, asked):
        chart = make(tmp_path / "app", {"$ref": address})
        with trials_of(chart, offline=True) as trials:
            trials.render(trials.chart.texts)
        assert asked == []
        with trials_of(chart, offline=False) as trials:
            trials.render(trials.chart.texts)
            first = len(asked)
            trials.render(trials.chart.texts, {"image": "other"})
        assert first
        assert len(asked) == first


def test_an_address_that_answers_is_looked_at(tmp_path):
    with answering(200, b'{"required": ["owner"]}') as (address, _):
        chart = make(tmp_path / "app", {"$ref": address})
        with trials_of(chart, offline=False) as trials, pytest.raises(RenderError, match="owner"):
            trials.render(trials.chart.texts)


@pytest.mark.parametrize(
    "content",
    [
        schema()["properties"]["image"],
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/a", "$defs": {"a": {}}},
        {
            "$id": "https://acme.example/a.json",
            "$ref": "https://acme.example/a.json#/$defs/a",
            "$defs": {"a": {}},
        },
        {"properties": {"text": {"default": "http://acme.example/x"}}},
        "{ this is no JSON",
    ],
)
def test_a_schema_that_refers_to_nothing_elsewhere_stays_as_it_is(tmp_path, content):
    chart = make(tmp_path / "app", content)
    before = files(chart)

    assert detach(chart) == ()
    assert files(chart) == before


@pytest.mark.parametrize(
    ("content", "addresses"),
    [
        ({"$ref": "https://a.example/b.json#/x"}, ("https://a.example/b.json",)),
        ({"$schema": "https://a.example/dialect"}, ("https://a.example/dialect",)),
        (
            {"$id": "https://a.example/x/values.json", "allOf": [{"$ref": "parts/pod.json"}]},
            ("https://a.example/x/parts/pod.json",),
        ),
        ({"oneOf": [{"$ref": NOWHERE}, {"items": {"$ref": f"{NOWHERE}#/a"}}]}, (NOWHERE,)),
    ],
)
def test_what_a_schema_refers_to_elsewhere(tmp_path, content, addresses):
    chart = make(tmp_path / "app", content)

    assert detach(chart) == addresses
    assert detach(chart) == ()


def test_links_of_the_scratch_copy_are_replaced_and_what_they_point_at_stays(tmp_path):
    chart = wrapped(tmp_path, schema(), packed=False)
    before = files(chart)
    scratch = linked(chart, tmp_path / "scratch")

    assert detach(scratch) == (NOWHERE,)

    assert files(chart) == before
    assert NOWHERE not in (scratch / "charts" / "app" / "values.schema.json").read_text()


@pytest.mark.parametrize(
    ("message", "about_an_address"),
    [
        ('failing loading "https://a.example/b.json": HTTP request failed', True),
        ('Get "https://a.example/b.json": dial tcp: lookup a.example: no such host', True),
        ("Could not read schema from HTTP, response status is 404 Not Found", True),
        ("- at '/image': got number, want string", False),
        ('failing loading "file:///values.schema.json"', False),
    ],
)
def test_refusals_that_are_about_an_address(message, about_an_address):
    assert unreached(message) is about_an_address


def test_the_plan_says_what_was_not_looked_at(tmp_path):
    plan = plan_of(make(tmp_path / "app", schema(extra={"$ref": "http://127.0.0.1:1/other.json"})))

    (finding,) = [f for f in plan.findings if f.code == "schema-unchecked"]
    assert finding.severity == "warning"
    assert NOWHERE in finding.message


def test_a_schema_of_its_own_is_said_nothing_of(planned):
    assert "schema-unchecked" not in findings_of(planned("schema-strict"))


def test_an_archive_that_cannot_be_read_is_left_to_helm(tmp_path):
    chart = wrapped(tmp_path, schema(), packed=True)
    archive = chart / "charts" / "app-0.1.0.tgz"
    archive.write_bytes(archive.read_bytes()[:-40])

    assert detach(chart) == ()
    with pytest.raises(InvalidChartError), trials_of(chart) as trials:
        trials.render(trials.chart.texts)


def test_a_folder_beside_an_archive_of_its_name_stays_as_it_is(tmp_path):
    """Both are in use in some repositories; nothing is ever written through a link."""
    chart = wrapped(tmp_path, schema(), packed=True)
    make(chart / "charts" / "app", {"type": "object"})
    (chart / "charts" / "app-0.1.0.tgz").rename(chart / "charts" / "app.tgz")
    before = files(chart)
    scratch = linked(chart, tmp_path / "scratch")

    assert detach(scratch) == (NOWHERE,)

    assert files(chart) == before
    assert sorted(entry.name for entry in (scratch / "charts").iterdir()) == ["app", "app.tgz"]


@pytest.mark.parametrize("name", ["_app.tgz", ".app.tgz", "app.tar.gz"])
def test_what_helm_does_not_load_is_not_looked_at(tmp_path, name):
    chart = wrapped(tmp_path, schema(), packed=True)
    (chart / "charts" / "app-0.1.0.tgz").rename(chart / "charts" / name)

    assert detach(chart) == ()


def test_an_address_that_is_none_is_left_to_helm(tmp_path):
    assert detach(make(tmp_path / "app", {"$id": "http://[x", "$ref": "a"})) == ()
