"""Edits that give each component a database of its own: proven, and fit for git apply."""

import shutil
import subprocess

import pytest

from tests.audit.conftest import ESTATE, audited, committed, shown


@pytest.fixture
def own(tmp_path):
    """A copy of the estate to change."""
    shutil.copytree(ESTATE, tmp_path / "own")
    return tmp_path / "own"


def edits(root, capsys, *words):
    [backend] = audited(root, capsys, "cache/valkey", "--edits", *words)["backends"]
    return backend["databases"]["edits"]


def test_every_component_moves(estate, capsys):
    made = edits(estate, capsys)

    assert {one["client"]: (one["proven"], len(one["edits"])) for one in made["given"]} == {
        f"{app} {part}": (True, 1)
        for app, parts in {
            "harbor": ("core", "jobservice", "registry"),
            "netbox": ("tasks", "caching"),
            "gitea": ("session", "cache", "queue"),
        }.items()
        for part in parts
    }


def test_the_diff_does_what_it_says(own, capsys):
    shutil.rmtree(own / "apps/gitea")
    committed(own)

    diff = edits(own, capsys)["diff"]
    subprocess.run(["git", "apply", "-"], input=diff, text=True, cwd=own, check=True)

    [backend] = audited(own, capsys, "cache/valkey")["backends"]
    assert {one["client"]: one["database"] for one in backend["clients"]} == {
        "harbor core": "3",
        "harbor jobservice": "4",
        "harbor registry": "5",
        "netbox tasks": "6",
        "netbox caching": "7",
    }
    assert backend["databases"]["collisions"] == []


def test_a_number_in_a_template_has_no_edit(own, capsys):
    template = own / "apps/harbor/charts/harbor/templates/all.yaml"
    template.write_text(template.read_text().replace("{{ .Values.redis.external.coreDatabaseIndex }}", "0"))
    committed(own)

    core = next(one for one in edits(own, capsys)["given"] if one["client"] == "harbor core")

    assert core["proven"] is False
    assert core["reason"] == "a value that holds the number changes something else, or not this client"


def test_a_value_that_does_more_is_not_taken(own, capsys):
    chart = own / "apps/netbox/charts/netbox/templates/more.yaml"
    chart.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {n: '{{ add 10 .Values.tasksDatabase.database }}'}\n"
    )
    committed(own)

    tasks = next(one for one in edits(own, capsys)["given"] if one["client"] == "netbox tasks")

    assert tasks["proven"] is False


def test_a_file_that_another_release_reads_is_left_alone(own, capsys):
    other = (own / "argocd/netbox.yaml").read_text().replace("name: netbox", "name: second")
    other = other.replace("namespace: netbox", "namespace: second")
    (own / "argocd/second.yaml").write_text(other)
    committed(own)

    given = {(one["release"], one["client"]): one for one in edits(own, capsys)["given"]}

    assert given["netbox/netbox", "netbox tasks"]["reason"] == "second/second reads that file too"


def test_nothing_is_written(estate, capsys):
    text = shown(estate, capsys, "cache/valkey", "--edits")

    assert "proven: 0 becomes 3" in text
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=estate, check=True, capture_output=True, text=True
    )
    assert done.stdout == ""
