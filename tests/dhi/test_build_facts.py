"""What is kept of a definition of the catalog repository, and of an overlay: fact by fact, without a checkout in Git."""

from pathlib import Path

import pytest
import yaml

from migrate_dhi.dhi.build import _add_bases, definition_facts
from migrate_dhi.dhi.overlays import chart_records, scalars
from migrate_dhi.dhi.past_tags import _listed, is_specific
from tests.dhi.conftest import BASED, SERVER, write


def facts(text, stem="1", distro="debian-13"):
    return definition_facts(yaml.safe_load(text), stem, distro)


def test_every_fact_of_a_definition():
    assert facts(SERVER) == {
        "line": "1",
        "version": "1.2.3",
        "distro": "debian-13",
        "variant": "runtime",
        "tags": ["1", "1.2", "1.2.3", "1.2.3-debian13"],
        "user": "65532",
        "uid": 65532,
        "gid": 65532,
        "shells": ["bash"],
        "packages": ["bash", "coreutils", "tool"],
        "entrypoint": ["/bin/server"],
        "cmd": ["run"],
        "ports": ["80/tcp", "53/udp"],
        "environment": {"DATA": "/data"},
        "work_dir": "/data",
        "paths": [["/data", 65532, 65532, "0755"]],
        "platforms": ["linux/amd64"],
        "released": "2026-01-01",
        "end_of_life": "2027-01-01",
        "sources": ["git+https://github.com/acme/server.git#v1.2.3"],
        "files": ["/bin/x"],
    }


def test_files_that_are_put_in_beside_the_packages():
    text = """
contents:
  files:
    - {url: "https://example.com/check.sh", path: /check.sh}
    - {url: "https://example.com/source.tgz"}
  builds:
    - contents: {files: [{url: "https://example.com/x", path: /go/src/x}]}
      outputs:
        - {source: /out/init.sh, target: /init.sh}
        - {source: /out/bin/, target: /usr/bin/}
        - {source: /opt/docker/sbom/app, target: /opt/docker/sbom/app}
        - {source: /out/locale, target: /usr/share/locale}
    - {name: without}
paths:
  - {type: file, path: /bin/wait, source: image/app/wait}
  - {type: symlink, path: /bin/app, source: /usr/bin/app}
  - {type: directory, path: /srv}
"""
    assert facts(text)["files"] == ["/bin/app", "/bin/wait", "/check.sh", "/init.sh"]


def test_what_is_absent_is_left_out():
    assert facts("tags: []") == {
        "line": "1",
        "distro": "debian-13",
        "variant": "runtime",
        "user": "root",
        "uid": 0,
        "gid": 0,
    }


@pytest.mark.parametrize(
    ("stem", "text", "line", "flavor"),
    [
        ("1.2", "{}", "1.2", None),
        ("1.2-dev", "{variant: dev}", "1.2", None),
        ("1.2-compat", "{flavor: compat}", "1.2", "compat"),
        ("1.2-compat-dev", "{flavor: compat, variant: dev}", "1.2", "compat"),
        ("1.2-own", "{flavor: compat}", "1.2-own", "compat"),
    ],
)
def test_the_line_is_the_files_name_without_what_else_is_told(stem, text, line, flavor):
    found = facts(text, stem)

    assert (found["line"], found.get("flavor")) == (line, flavor)


@pytest.mark.parametrize(
    ("accounts", "user", "uid", "gid"),
    [
        ("{}", "root", 0, 0),
        ("{run-as: root}", "root", 0, 0),
        ("{run-as: '0'}", "0", 0, 0),
        ("{run-as: '70'}", "70", 70, None),
        ("{run-as: 70}", "70", 70, None),
        ("{run-as: postgres}", "postgres", None, None),
        (
            "{run-as: postgres, users: [{name: x, uid: 1}, {name: postgres, uid: 70, gid: 71}]}",
            "postgres",
            70,
            71,
        ),
        ("{run-as: '70', users: [{name: postgres, uid: 70, gid: 71}]}", "70", 70, 71),
        ("{run-as: app, users: [{name: app}]}", "app", None, None),
    ],
)
def test_the_user_has_the_numbers_of_the_list_of_users(accounts, user, uid, gid):
    found = facts(f"accounts: {accounts}")

    assert (found["user"], found.get("uid"), found.get("gid")) == (user, uid, gid)


@pytest.mark.parametrize(
    ("packages", "names", "shells"),
    [
        ("[bash, coreutils]", ["bash", "coreutils"], ["bash"]),
        (
            "['!bash', tool=1.2-3, lib>=2, other@edge, more~1, less<3]",
            ["less", "lib", "more", "other", "tool"],
            None,
        ),
        ("[busybox, dash, bash, bash]", ["bash", "busybox", "dash"], ["bash", "busybox", "dash"]),
        ("[bash-completion]", ["bash-completion"], None),
    ],
)
def test_packages_by_their_names_and_the_shells_among_them(packages, names, shells):
    found = facts(f"contents: {{packages: {packages}}}")

    assert (found["packages"], found.get("shells")) == (names, shells)


def test_paths_are_directories_and_what_belongs_to_another_than_root():
    found = facts(
        "paths:\n- {type: directory, path: /b/, mode: '0700'}\n- {type: directory, path: /}\n"
        "- {type: file, path: /f, uid: 70, gid: 70}\n- {type: file, path: /root-file}\n"
        "- {type: emptyfile, path: /e, uid: 5}\n- {type: symlink, path: /l, uid: 70}\n"
    )

    assert found["paths"] == [["/", 0, 0, ""], ["/b", 0, 0, "0700"], ["/e", 5, 0, ""], ["/f", 70, 70, ""]]


# --- images that copy another one's programs


def images(*base, **based):
    return {
        "server": {"definitions": list(base)},
        "based": {"definitions": [{"distro": "debian-13", "variant": "runtime", "tags": [], **based}]},
    }


BASH = {
    "distro": "debian-13",
    "variant": "runtime",
    "tags": ["1.2.3-debian13"],
    "packages": ["bash"],
    "shells": ["bash"],
}
OTHER = {**BASH, "tags": ["1.3.0-debian13"], "packages": ["dash"], "shells": ["dash"]}


@pytest.mark.parametrize(
    ("tag", "known", "shells"),
    [
        ("1.2.3-debian13", [OTHER, BASH], ["bash"]),
        # One that is listed no more: the first of the same kind on the same distro.
        ("1.2.0-debian13", [OTHER, BASH], ["dash"]),
        ("1.2.0-debian13", [{**OTHER, "distro": "alpine-3.23"}, BASH], ["bash"]),
        ("1.2.0-debian13", [{**OTHER, "flavor": "compat"}, BASH], ["bash"]),
        ("1.2.0-debian13", [{**OTHER, "variant": "dev"}, BASH], ["bash"]),
        ("1.2.0-debian13-dev", [BASH, {**OTHER, "variant": "dev"}], ["dash"]),
        ("1.2.0-debian13", [], None),
    ],
)
def test_it_has_the_shells_and_packages_of_its_base(tag, known, shells):
    records = images(*known, bases=[f"server:{tag}"])

    _add_bases(records)

    (found,) = records["based"]["definitions"]
    assert (found.get("shells"), found.get("packages")) == (shells, shells)
    assert "bases" not in found


def test_what_it_has_itself_stays():
    records = images(BASH, bases=["server:1.2.3-debian13", "gone:1"], packages=["tool"], shells=["busybox"])

    _add_bases(records)

    (found,) = records["based"]["definitions"]
    assert (found["shells"], found["packages"]) == (["bash", "busybox"], ["bash", "tool"])


@pytest.mark.parametrize(
    ("artifact", "bases"),
    [
        ("{name: 'dhi.io/server:1.2.3@sha256:00', includes: [usr]}", ["server:1.2.3"]),
        ("{name: 'dhi.io/server:1.2.3', includes: [etc]}", None),
        ("{name: 'docker.io/server:1.2.3', includes: [usr]}", None),
        ("{name: 'dhi.io/server:1.2.3'}", None),
    ],
)
def test_only_hardened_images_that_are_copied_in_whole_are_bases(artifact, bases):
    assert facts(f"contents: {{artifacts: [{artifact}]}}").get("bases") == bases
    assert facts(BASED).get("bases") == ["server:1.2.3-debian13"]


# --- tags that were listed once


@pytest.mark.parametrize(
    ("tag", "is_it"),
    [
        ("1.2.3-debian13", True),
        ("1.2-alpine3.23", True),
        ("1.2.3-debian13-compat", True),
        ("1.31.2-cli-1.8.2-debian13", True),
        ("1.2.3-debian13-dev", False),
        ("1.2.3", False),
        ("1-debian13", False),
        ("1.2.3-debian", False),
        ("1.2.3-alpine", False),
        ("trixie-debian13", False),
    ],
)
def test_the_days_of_tags_with_version_and_full_distro_are_kept(tag, is_it):
    assert is_specific(tag) is is_it


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (b"name: x\ntags:\n  - 1.2.3\n  - 1.2.3-debian13\nother: 1\n", ("1.2.3-debian13",)),
        (b"tags:\n- \"1.2.3-debian13\"\n- '1.2.4-debian13'\n", ("1.2.3-debian13", "1.2.4-debian13")),
        (b"tags: []\n", ()),
        (b"x:\n  tags:\n  - 1.2.3-debian13\n", ()),
        (b"\xff\ntags:\n- 1.2.3-debian13\n", ("1.2.3-debian13",)),
        (b"", ()),
    ],
)
def test_the_tags_in_a_definition_of_the_past(text, tags):
    assert _listed(text) == tags


# --- Docker's overlays


def test_an_overlay_has_slots_for_images_and_the_other_values(tmp_path):
    write(
        tmp_path,
        "chart/app/config/values.yaml",
        """\
        image: {registry: "${server.registry}", repository: "${server.repository}", tag: "${server.tag}"}
        whole: "${server.registry}/${server.repository}"
        list: [{name: "${tool.repository}"}]
        securityContext: {runAsUser: 65532, runAsNonRoot: true}
        node.selector/x: ssd
        long: LONG
        """.replace("LONG", "x" * 121),
    )
    write(
        tmp_path,
        "chart/app/helm/1.yaml",
        """\
        image: dhi.io/app-of-all-chart
        tags: [1.0.0, 1.0.1]
        contents:
          builds:
            - contents: {files: [{url: "git+https://github.com/acme/charts.git#app-1.0.0"}, {url: "https://x.example"}]}
              pipeline: [{work-dir: "${source.dir}/charts/upstream-app/"}, {work-dir: plain}, {}]
        """,
    )
    write(tmp_path, "chart/plain/helm/1.yaml", "image: dhi.io/plain-chart\ntags: [2.0.0]\n")

    app, plain = chart_records(tmp_path)

    assert app == {
        "chart": "app",
        "artifact": "app-of-all-chart",
        "versions": ["1.0.0", "1.0.1"],
        "sources": ["acme/charts"],
        "folders": ["upstream-app"],
        "slots": {"image.repository": "server", "whole": "server", "list[0].name": "tool"},
        "values": {
            "securityContext.runAsUser": 65532,
            "securityContext.runAsNonRoot": True,
            "node\\.selector/x": "ssd",
        },
    }
    assert plain == {
        "chart": "plain",
        "versions": ["2.0.0"],
        "sources": [],
        "folders": [],
        "slots": {},
        "values": {},
    }
    assert list(chart_records(Path(tmp_path, "none"))) == []


def test_scalars_have_their_paths():
    data = {"a": {"b.c": 1}, "d": [{"e": None}, "f"], "g": {}, 5: True}

    assert list(scalars(data)) == [("a.b\\.c", 1), ("d[0].e", None), ("d[1]", "f"), ("5", True)]
