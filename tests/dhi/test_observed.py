"""What an image's own configuration says, laid over the catalog's facts."""

from dataclasses import replace
from datetime import date

import pytest

from migrate_dhi.dhi.observed import differences, observed
from migrate_dhi.oci.image import Configuration
from tests.dhi.apps import catalog_of, definition, image

FACTS = {"user": "nonroot", "uid": 65532, "gid": 65532, "environment": {"DATA": "/data"}, "work_dir": "/"}


def known(**facts):
    entry = definition("1.2", "1.2.9-debian13", **{**FACTS, **facts})
    return catalog_of(image("app", entry)).definitions("app")[0]


def seen(**config):
    labels = {f"com.docker.dhi.{name}": text for name, text in config.pop("labels", {}).items()}
    return Configuration(
        "linux/amd64", labels=labels, **{"user": "nonroot", "environment": {"DATA": "/data"}, **config}
    )


@pytest.mark.parametrize(
    ("listed", "told", "shells"),
    [
        (["bash"], None, ("bash",)),
        (["bash"], "", ()),
        (["dash"], "", ("dash",)),
        (["bash", "dash"], "", ("dash",)),
        (["bash", "busybox"], "bash", ("bash", "busybox")),
        ([], "bash", ("bash",)),
        ([], "none", ()),
    ],
)
def test_shells(listed, told, shells):
    labels = {} if told is None else {"shell": told}

    assert observed(known(shells=listed), seen(labels=labels)).shells == shells


@pytest.mark.parametrize(
    ("user", "uid", "gid", "differs"),
    [
        ("nonroot", 65532, 65532, False),
        ("65532", 65532, 65532, False),
        ("65532:0", 65532, 0, False),
        ("nonroot:nonroot", 65532, 65532, False),
        ("other", None, None, True),
        ("1000", 1000, None, True),
        ("", 0, None, True),
        ("root", 0, None, True),
    ],
)
def test_users(user, uid, gid, differs):
    before = known()
    own = observed(before, seen(user=user))

    assert (own.uid, own.gid, bool(differences(before, own))) == (uid, gid, differs)


def test_variables_are_those_of_both_and_a_changed_one_is_told():
    before = known()
    own = observed(before, seen(environment={"DATA": "/other", "PATH": "/bin"}))

    assert own.environment == {"DATA": "/other", "PATH": "/bin"}
    assert differences(before, own) == ("DATA=/other (catalog: /data)",)


def test_order_of_ports_and_a_slash_are_no_difference():
    before = known(ports=["80/tcp", "443/tcp"], work_dir="/app/")
    own = observed(before, seen(ports=("443/tcp", "80/tcp"), work_dir="/app"))

    assert differences(before, own) == ()


@pytest.mark.parametrize(("text", "day"), [("2030-01-31", date(2030, 1, 31)), ("soon", None), ("", None)])
def test_end_of_life(text, day):
    assert observed(known(), seen(labels={"date.end-of-life": text})).end_of_life == day


@pytest.mark.parametrize(
    ("facts", "config", "said"),
    [
        ({}, {"user": "root"}, "user root (catalog: nonroot)"),
        ({"uid": None, "user": "app"}, {"user": "1000"}, "user 1000 (catalog: app)"),
        (
            {"entrypoint": ["/app", "run"]},
            {"entrypoint": ("/other",)},
            "entrypoint /other (catalog: /app run)",
        ),
        ({"entrypoint": ["/app"]}, {"entrypoint": ()}, "entrypoint none (catalog: /app)"),
        ({}, {"cmd": ("run", "-v")}, "command run -v (catalog: none)"),
        ({"ports": ["80/tcp"]}, {"ports": ("80/tcp", "443/tcp")}, "ports 80/tcp, 443/tcp (catalog: 80/tcp)"),
        ({"shells": ["bash"]}, {"labels": {"shell": ""}}, "shell none (catalog: bash)"),
        ({"work_dir": "/app"}, {"work_dir": "/data"}, "working directory /data (catalog: /app)"),
    ],
)
def test_each_difference_is_told_with_what_the_catalog_says(facts, config, said):
    same = {
        "entrypoint": tuple(facts.get("entrypoint", ())),
        "cmd": tuple(facts.get("cmd", ())),
        "ports": tuple(facts.get("ports", ())),
        "work_dir": facts.get("work_dir", "/"),
    }
    before = known(**facts)

    assert differences(before, observed(before, seen(**{**same, **config}))) == (said,)


def test_a_variable_that_is_gone_is_told():
    before = known()
    own = replace(observed(before, seen(work_dir="/")), environment={})

    assert differences(before, own) == ("DATA=None (catalog: /data)",)


def test_what_was_looked_at_says_so():
    assert observed(known(), seen()).observed
    assert not known().observed
