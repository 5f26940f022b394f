"""Charts from HTTP repositories: asked once, kept by digest, and every failure one clear error."""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import sources
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.store import Store
from tests.helm.served import ChartServer, send


@pytest.fixture(autouse=True)
def no_helm_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("HELM_REPOSITORY_CONFIG", str(tmp_path / "repositories.yaml"))


@pytest.fixture
def server(tmp_path):
    with ChartServer(tmp_path / "served").running() as running:
        running.publish(tmp_path / "work", "node")
        yield running


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


def wanted(server, version="1.0.0", name="node"):
    return Dependency(name, "", version, server.url)


def refusal(wanted, store):
    with pytest.raises(DependencyError) as caught:
        sources.bring(wanted, store)
    return caught.value


def stale(server, store):
    """The kept index is an hour old."""
    place = store.index(server.url)
    then = time.time() - 3600
    os.utime(place, (then, then))


# --- what is brought, and how often is asked


def test_an_archive_is_kept_under_its_digest(server, store):
    kept = sources.bring(wanted(server), store)

    assert kept.archive.stem == hashlib.sha256(kept.archive.read_bytes()).hexdigest()
    assert kept.archive.read_bytes() == (server.folder / "node-1.0.0.tgz").read_bytes()


def test_what_is_kept_is_taken_without_a_question(server, store):
    sources.bring(wanted(server), store)
    server.asked.clear()

    assert sources.bring(wanted(server), store)
    assert sources.bring(wanted(server), store, offline=True)
    assert not server.asked


def test_nothing_is_asked_offline(server, store):
    assert sources.bring(wanted(server), store, offline=True) is None
    assert not server.asked


@pytest.mark.parametrize(
    ("asked", "version"),
    [("^1.0.0", "1.2.0"), ("1.x", "1.2.0"), ("~1.0", "1.0.1"), ("", "2.0.0"), (">0.1.0-0", "2.1.0-rc.1")],
)
def test_a_range_means_the_newest_version_in_it(server, store, tmp_path, asked, version):
    for one in ("1.0.1", "1.2.0", "2.0.0", "2.1.0-rc.1"):
        server.publish(tmp_path / "work", "node", one)

    kept = sources.bring(wanted(server, asked), store)

    assert kept.version == version
    assert kept.day


def test_the_same_version_with_a_v_is_the_same(server, store):
    assert sources.bring(wanted(server, "v1.0.0"), store).version == "1.0.0"


def test_an_archive_that_was_damaged_in_the_cache_is_fetched_again(server, store):
    kept = sources.bring(wanted(server), store)
    kept.archive.write_bytes(b"half")

    assert sources.bring(wanted(server), store).archive.read_bytes() != b"half"
    assert server.asked["/node-1.0.0.tgz"] == 2


def test_an_index_is_asked_for_once_and_later_only_whether_it_changed(server, store, tmp_path):
    server.publish(tmp_path / "work", "other")
    sources.bring(wanted(server), store)
    sources.bring(wanted(server, name="other"), store)
    stale(server, store)

    sources.bring(wanted(server, "^1.0.0"), store)

    assert server.asked["/index.yaml"] == 1


def test_an_index_that_another_process_renews_meanwhile_stays_what_it_was(server, store, tmp_path):
    index = sources.listed(server.url, store)
    for name in ("another", "node"):
        server.publish(tmp_path / "work", name, "3.0.0")
    # Servers tell of whole seconds.
    later = time.time() + 5
    os.utime(server.folder / "index.yaml", (later, later))
    stale(server, store)
    newer = sources.listed(server.url, store)

    assert [one.version for one in index.versions("node")] == ["1.0.0"]
    assert [one.version for one in newer.versions("node")] == ["3.0.0", "1.0.0"]


def test_a_version_that_was_published_a_moment_ago_is_found(server, store, tmp_path):
    sources.bring(wanted(server), store)
    time.sleep(1.1)
    server.publish(tmp_path / "work", "node", "1.1.0")

    assert sources.bring(wanted(server, "1.1.0"), store).version == "1.1.0"


def test_a_cache_that_cannot_be_written_costs_time_alone(server, tmp_path):
    (tmp_path / "file").write_text("")

    assert sources.bring(wanted(server), Store(tmp_path / "file" / "cache"))


def test_a_large_index_is_read_without_what_is_not_needed(server, store):
    """20 MB and 12,000 versions; of a description that looks like keys nothing is taken."""
    entry = (
        "  - annotations:\n      images: |\n        version: 9.9.9\n    apiVersion: v2\n    appVersion: {v}.5\n"
        "    dependencies:\n    - name: common\n      version: 2.x.x\n    description: "
        + "much text "
        * 140
        + "\n"
        "    digest: {digest}\n    name: {name}\n    urls:\n    - node-1.0.0.tgz\n    version: 1.{v}.0\n"
    )
    digest = hashlib.sha256((server.folder / "node-1.0.0.tgz").read_bytes()).hexdigest()
    charts = [
        f"  {name}:\n" + "".join(entry.format(v=v, digest=digest, name=name) for v in range(120))
        for name in ("node", *(f"chart{n}" for n in range(100)))
    ]
    text = "apiVersion: v1\nentries:\n" + "".join(charts) + 'generated: "2026-01-01T00:00:00Z"\n'
    (server.folder / "index.yaml").write_text(text)
    assert len(text) > 20_000_000
    start = time.monotonic()

    kept = sources.bring(wanted(server, "1.x"), store)

    index = sources.listed(server.url, store)
    assert kept.version == "1.119.0"
    assert (len(index.names), len(index.versions("chart7"))) == (101, 120)
    assert index.versions("node")[0].app_version == "119.5"
    assert time.monotonic() - start < 20
    assert store.index(server.url).stat().st_size < 3_000_000
    assert server.asked["/index.yaml"] == 1


@pytest.mark.parametrize(
    "layout",
    [
        '{"entries": {"node": [{"version": "1.0.0", "urls": ["node-1.0.0.tgz"]}]}}',
        "entries: {node: [{version: 1.0.0, urls: [node-1.0.0.tgz]}]}\n",
        "entries:\n    node:\n        -   version: 1.0.0\n            urls: [node-1.0.0.tgz]\n",
        'entries:\n  "node":\n  - {version: 1.0.0, urls: [node-1.0.0.tgz]}\n',
        "apiVersion: v1\nentries:\n  node:\n    - urls:\n        - node-1.0.0.tgz\n      version: 1.0.0\n",
    ],
)
@pytest.mark.parametrize("size", [0, 300_000])
def test_an_index_in_another_layout_is_read_as_well(server, store, layout, size):
    padding = "" if layout.startswith('{"') else "#" * size + "\n"
    (server.folder / "index.yaml").write_text(padding + layout)

    assert sources.bring(wanted(server), store).version == "1.0.0"


def test_forty_charts_with_twelve_dependencies_fetch_each_once(server, store, tmp_path):
    names = [f"shared{n}" for n in range(12)]
    for name in names:
        server.publish(tmp_path / "work", name)
    server.asked.clear()
    all_wanted = [wanted(server, name=names[(chart + n) % 12]) for chart in range(40) for n in range(3)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: sources.bring(one, store), all_wanted))

    assert all(found)
    assert server.asked == {"/index.yaml": 1, **{f"/{name}-1.0.0.tgz": 1 for name in names}}


def test_two_processes_at_once_fetch_each_once(server, store, tmp_path):
    names = [f"shared{n}" for n in range(6)]
    for name in names:
        server.publish(tmp_path / "work", name)
    server.asked.clear()
    script = (
        "import sys\nfrom pathlib import Path\nfrom migrate_dhi.helm import sources\n"
        "from migrate_dhi.helm.chart import Dependency\nfrom migrate_dhi.helm.store import Store\n"
        f"for n in {names!r}:\n"
        f"    print(sources.bring(Dependency(n, '', '^1.0.0', {server.url!r}), Store(Path({str(store.folder)!r}))).version)\n"
    )

    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]

    assert [process.communicate()[0].split() for process in running] == [["1.0.0"] * 6] * 2
    assert server.asked == {"/index.yaml": 1, **{f"/{name}-1.0.0.tgz": 1 for name in names}}


# --- credentials


def configure(tmp_path, **entry):
    (tmp_path / "repositories.yaml").write_text(json.dumps({"repositories": [{"name": "acme", **entry}]}))


def test_helms_own_login_is_used(server, store, tmp_path):
    server.login = "me:pass-word-1"
    configure(tmp_path, url=f"{server.url}/", username="me", password="pass-word-1")

    assert sources.bring(wanted(server), store)


def test_a_login_in_the_address_is_used_and_not_told(server, store):
    server.login = "me:pass-word-1"
    address = server.url.replace("://", "://me:pass-word-1@")

    assert sources.bring(replace(wanted(server), repository=address), store)

    error = refusal(replace(wanted(server), repository=address.replace("word-1", "word-2"), name="x"), store)
    assert "pass-word" not in f"{error.message} {error.help}"
    kept = [path.read_bytes() for path in store.folder.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"pass-word" in content for content in kept)


def test_a_repository_may_be_named_as_helm_names_it(server, store, tmp_path):
    configure(tmp_path, url=server.url)

    assert sources.bring(replace(wanted(server), repository="@acme"), store)
    assert "helm repo add other" in refusal(replace(wanted(server), repository="alias:other"), store).help


def test_a_login_does_not_go_to_another_host(server, store, tmp_path):
    configure(tmp_path, url=server.url, username="me", password="pass-word-1")
    server.login = "me:pass-word-1"
    with ChartServer(server.folder).running() as other:
        server.answers["/node-1.0.0.tgz"] = lambda handler: send(
            handler, b"", 302, Location=f"{other.url}/node-1.0.0.tgz"
        )

        assert sources.bring(wanted(server), store)

    assert server.sent["/node-1.0.0.tgz"].startswith("Basic ")
    assert other.sent == {"/node-1.0.0.tgz": None}


# --- failures


def test_a_login_that_is_wanted(server, store):
    server.login = "me:pass-word-1"

    error = refusal(wanted(server), store)

    assert error.message == f"{server.url}/index.yaml answers 401 (Unauthorized): it wants a login"
    assert "helm repo add" in error.help


def test_a_login_that_is_refused(server, store, tmp_path):
    server.login = "me:pass-word-1"
    configure(tmp_path, url=server.url, username="me", password="old")

    assert refusal(wanted(server), store).message.endswith("it wants another login")


def test_an_address_without_an_index(server, store):
    (server.folder / "index.yaml").unlink()

    assert refusal(wanted(server), store).message == (
        f"{server.url}/index.yaml answers 404 (File not found): there is nothing at this address"
    )


def test_an_archive_that_is_listed_and_not_there(server, store):
    (server.folder / "node-1.0.0.tgz").unlink()

    assert f"{server.url}/node-1.0.0.tgz answers 404" in refusal(wanted(server), store).message


def test_an_archive_with_another_digest(server, store):
    with (server.folder / "node-1.0.0.tgz").open("ab") as file:
        file.write(b"more")

    error = refusal(wanted(server), store)

    assert "has the digest" in error.message
    assert "another one than was published" in error.message
    assert sources.bring(wanted(server), store, offline=True) is None


def test_an_index_that_is_cut(server, store):
    content = (server.folder / "index.yaml").read_bytes()
    server.answers["/index.yaml"] = lambda handler: send(handler, content[:80], length=len(content))

    error = refusal(wanted(server), store)

    assert error.message == f"{server.url}/index.yaml cannot be reached: the answer was cut off"
    assert not store.index(server.url).exists()


def test_an_index_that_is_none(server, store):
    server.answers["/index.yaml"] = lambda handler: send(handler, b"<html>\n<body>Welcome</body>\n")

    error = refusal(wanted(server), store)

    assert "index" in error.message
    assert not store.index(server.url).exists()


def test_an_answer_that_is_cut_once_is_asked_for_again(server, store):
    content = (server.folder / "node-1.0.0.tgz").read_bytes()
    cut = iter([content[:9]])
    server.answers["/node-1.0.0.tgz"] = lambda handler: send(handler, next(cut, content), length=len(content))

    assert sources.bring(wanted(server), store).archive.read_bytes() == content


def test_a_server_that_is_busy_for_long_is_not_waited_for(server, store):
    server.answers["/index.yaml"] = lambda handler: send(handler, b"", 429, Retry_After="3600")

    assert "too many requests" in refusal(wanted(server), store).message


def test_a_redirect_to_nowhere_names_both(server, store):
    server.answers["/index.yaml"] = lambda handler: send(handler, b"", 302, Location="ftp://x.example/index")

    error = refusal(wanted(server), store)

    assert f"{server.url}/index.yaml redirects to ftp://x.example/index" in error.message


def test_another_host_that_refuses_is_named(server, store, tmp_path):
    with ChartServer(tmp_path / "empty").running() as other:
        server.answers["/index.yaml"] = lambda handler: send(
            handler, b"", 302, Location=f"{other.url}/index.yaml"
        )

        error = refusal(wanted(server), store)

    assert f"{server.url}/index.yaml, by way of {other.url}/index.yaml, answers 404" in error.message


def test_a_source_that_failed_is_not_asked_again(server, store):
    server.answers["/index.yaml"] = lambda handler: (server.asked.update(["failed"]), send(handler, b"", 403))

    first, second = refusal(wanted(server), store), refusal(wanted(server, name="other"), store)

    assert first.message == second.message
    assert server.asked["failed"] == 1


def test_a_chart_and_a_version_that_are_not_listed(server, store):
    assert "lists no chart other" in refusal(wanted(server, name="other"), store).message
    assert refusal(wanted(server, "3.0.0"), store).message == (
        "the repository lists no version 3.0.0; the newest are 1.0.0"
    )
