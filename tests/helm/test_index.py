"""The index of a chart repository: of any layout the same is kept, and nothing that only looks like it."""

import io
import json

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import index as indexes
from migrate_dhi.helm.index import Index, Listed


@pytest.fixture
def kept(tmp_path):
    """What is kept of a text; ``thin``: it is taken for a large one."""

    def keep(text, *, thin=False, about=None):
        place = tmp_path / "kept"
        size = 10**6 if thin else len(text)
        with place.open("wb") as into:
            indexes.write(
                io.StringIO(text), into, about or {}, size=size, where="https://x.example/index.yaml"
            )
        return Index(place)

    return keep


def listed(index):
    return {name: [one.version for one in index.versions(name)] for name in index.names}


HELM = """\
apiVersion: v1
entries:
  node:
  - annotations:
      category: Infrastructure
      images: |
        - image: acme/node:1.0
        version: 9.9.9
      license: free
    apiVersion: v2
    appVersion: 1.10.0
    created: "2026-01-01T00:00:00Z"
    dependencies:
    - name: common
      version: 2.x.x
      urls:
      - nothing
    description: |
      version: 8.8.8
      urls: none
    digest: sha256:ABCDEF
    home: https://example.org
    keywords:
    - version
    - digest
    maintainers:
    - email: x@example.org
      name: urls
    name: node
    urls:
    - https://charts.example.org/node-1.10.0.tgz
    - https://mirror.example.org/node-1.10.0.tgz
    version: 1.10.0
  - name: node
    version: 1.9.0
    digest: sha256:12
    urls:
    - node-1.9.0.tgz
    appVersion: "2"
  other.chart:
  - version: 0.1.0
    urls:
    - other-0.1.0.tgz
generated: "2026-01-01T00:00:00Z"
serverInfo:
  node: {}
"""


@pytest.mark.parametrize("thin", [False, True])
def test_what_helm_writes(kept, thin):
    index = kept(HELM, thin=thin, about={"day": "2026-01-01"})

    assert index.names == ("node", "other.chart")
    assert index.about == {"day": "2026-01-01"}
    assert index.versions("node") == (
        Listed(
            "1.10.0",
            "1.10.0",
            "abcdef",
            ("https://charts.example.org/node-1.10.0.tgz", "https://mirror.example.org/node-1.10.0.tgz"),
        ),
        Listed("1.9.0", "2", "12", ("node-1.9.0.tgz",)),
    )
    assert index.versions("other.chart") == (Listed("0.1.0", "", "", ("other-0.1.0.tgz",)),)
    assert index.versions("node-exporter") == ()


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "entries:\n  node:\n  - version: 1.0.0\n    urls: [a.tgz]\n",
        "entries:\n  node:\n    - version: 1.0.0\n      urls: [a.tgz]\n",
        "entries:\n    node:\n    -   version: 1.0.0\n        urls: [a.tgz]\n",
        "entries:\n  node:\n  - urls:\n    - a.tgz\n    version: 1.0.0\n",
        "entries:\n  node:\n  - urls:\n      - a.tgz\n    version: 1.0.0\n",
        "entries:\n  node:\n  -\n    urls: [a.tgz]\n    version: 1.0.0\n",
        "entries:\n  node:\n  - {version: 1.0.0, urls: [a.tgz]}\n",
        "entries: {node: [{version: 1.0.0, urls: [a.tgz]}]}\n",
        '{"entries": {"node": [{"version": "1.0.0", "urls": ["a.tgz"]}]}}',
        "generated: now\nentries:\n  node:\n  - urls: [a.tgz]\n    version: '1.0.0'\n",
        "entries:\n\n  # all\n  node:\n\n  - urls: [a.tgz]\n    # this\n    version: 1.0.0\n\n",
        "entries: # all\n  node:\n  - urls: [a.tgz]\n    version: 1.0.0\n",
        'entries:\n  "node":\n  - urls: [a.tgz]\n    version: 1.0.0\n',
        "entries:\n  node: # one\n  - urls: [a.tgz]\n    version: 1.0.0\n",
        "entries:\n  node:\n  - description: >\n      urls:\n        version: 2\n    urls: [a.tgz]\n    version: 1.0.0\n",
        "entries:\n  node:\n  - description: 'it\n      version: 2'\n    urls: [a.tgz]\n    version: 1.0.0\n",
        "entries:\n  node:\n  - description: |\n\n      - version: 7\n    urls: [a.tgz]\n    version: 1.0.0\n",
        "entries:\n  node:\n  - digest: ''\n    urls:\n    - a.tgz\n    version: 1.0.0\n...\n",
        "entries:\n  node:\n  - urls: &u [a.tgz]\n    version: 1.0.0\n",
        "entries:\r\n  node:\r\n  - urls: [a.tgz]\r\n    version: 1.0.0\r\n",
    ],
)
def test_every_layout_is_read_alike(kept, text, thin):
    index = kept(text, thin=thin)

    assert listed(index) == {"node": ["1.0.0"]}
    assert index.versions("node")[0].urls == ("a.tgz",)


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        # What says no version is none, and a chart may have none at all.
        (
            "entries:\n  a:\n  - urls: [x]\n  b:\n  - version: 1.0.0\n    urls: [y]\n",
            {"a": [], "b": ["1.0.0"]},
        ),
        ("entries:\n  a: []\n  b:\n", {"a": [], "b": []}),
        ("entries:\n  a:\n  - text\n", {"a": []}),
        ("entries:\n  a: 5\n  b: text\n", {"a": [], "b": []}),
        ("entries:\n  a:\n  - {version: 1.0.0, urls: 5}\n", {"a": ["1.0.0"]}),
        ("entries: {}\n", {}),
        ("entries:\n  a:\n  - version: 1.10\n    urls: [x]\n", {"a": ["1.1"]}),
        # A version without an address is listed, and refused where it is asked for.
        ("entries:\n  a:\n  - version: 1.0.0\n", {"a": ["1.0.0"]}),
    ],
)
def test_what_is_listed_without_being_had(kept, text, found, thin):
    assert listed(kept(text, thin=thin)) == found


def test_the_newest_version_is_told_first_whatever_the_order(kept):
    versions = ["1.0.0", "v2.0.0", "1.10.0", "2.0.0-rc.1", "1.9.0+build-2"]
    text = json.dumps({"entries": {"a": [{"version": one, "urls": []} for one in versions]}})

    assert listed(kept(text))["a"] == ["v2.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0+build-2", "1.0.0"]


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no entries"),
        ("entries:\n", "has no entries"),
        ("entries: []\n", "has no entries"),
        ("entries: text\n", "has no entries"),
        ("apiVersion: v1\n", "has no entries"),
        ("{}", "has no entries"),
        ("<html>\n<body>Welcome</body>\n", "cannot be read"),
        ("entries:\n  a: [\n", "cannot be read"),
        ('{"entries": {"a": [', "cannot be read"),
        ("- a\n- b\n", "cannot be read"),
    ],
)
def test_what_is_no_index_is_refused_with_its_address(kept, text, says, thin):
    with pytest.raises(DependencyError, match=says) as caught:
        kept(text, thin=thin)

    assert "https://x.example/index.yaml" in caught.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b"no json\n",
        b'{"format": 0, "about": {}, "charts": {}}\n',
        b'{"format": 1, "about": {}}\n',
        b"\xff\xfe\n",
    ],
)
def test_a_kept_file_of_another_kind_is_none(tmp_path, content):
    (tmp_path / "kept").write_bytes(content)

    assert Index.open(tmp_path / "kept") is None
    assert Index.open(tmp_path / "none") is None
