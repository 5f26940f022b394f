"""Files where the upstream image's program is configured, and the hardened one's is not."""

import pytest

from migrate_dhi.dhi.playbook import Member, Place
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import config_map, mounted, pod, remarks

KNOWN = Member((), "", configuration=(Place(("/etc/acme/conf.d",), "it reads /etc/acme.cnf", "acme/image"),))
SETTINGS = config_map("settings", my__cnf="# a comment\n[server]\nsize = 3\n")
VOLUME = "volumes: [{name: v, configMap: {name: settings}}]\n"


def unread(*texts, **facts):
    """The remarks on such files."""
    found = remarks(*texts, **{"known": KNOWN, **facts})
    return [one for one in found if one.code == "config-unread"]


def test_a_file_that_the_program_does_not_read_is_an_error():
    (remark,) = unread(pod(mounted("v", "/etc/acme/conf.d"), VOLUME), SETTINGS)

    assert remark.severity == "error"
    assert (
        "is given /etc/acme/conf.d/my.cnf, where the program of the upstream image is configured"
        in remark.message
    )
    assert remark.message.partition(" (catalog")[0].endswith("is not: it reads /etc/acme.cnf")
    assert "source: acme/image" in remark.help


@pytest.mark.parametrize(
    ("volume", "settings"),
    [
        ("volumes: [{name: v, emptyDir: {}}]\n", SETTINGS),
        ("volumes: [{name: v, configMap: {name: of-others}}]\n", SETTINGS),
        (VOLUME, config_map("settings", my__cnf="# nothing but a comment\n")),
    ],
)
def test_what_lies_there_may_not_be_known(volume, settings):
    (remark,) = unread(pod(mounted("v", "/etc/acme/conf.d"), volume), settings)

    assert remark.severity == "warning"
    assert "is given /etc/acme/conf.d, where" in remark.message


@pytest.mark.parametrize(
    ("container", "facts"),
    [
        (mounted("v", "/etc/acme"), {}),
        (mounted("v", "/etc/acme/conf.data"), {}),
        ("args: [--extra-file=/etc/acme/conf.d/my.cnf]\n" + mounted("v", "/etc/acme/conf.d"), {}),
        ("args: [-f, /etc/acme/conf.d/my.cnf]\n" + mounted("v", "/etc/acme/conf.d"), {}),
        (
            "command: [sh, -c, 'bare --extra-file /etc/acme/conf.d/my.cnf']\n"
            + mounted("v", "/etc/acme/conf.d"),
            {},
        ),
        (mounted("v", "/etc/acme/conf.d"), {"known": Member((), "")}),
        (mounted("v", "/etc/acme/conf.d"), {"definition": None}),
        (mounted("v", "/etc/acme/conf.d"), {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
    ],
)
def test_where_it_does_not_count(container, facts):
    assert unread(pod(container, VOLUME), SETTINGS, **facts) == []


def test_another_file_may_include_the_folder():
    main = config_map("main", acme__cnf="[server]\n!includedir /etc/acme/conf.d/\n")
    volumes = VOLUME.replace("}}]", "}}, {name: m, configMap: {name: main}}]")
    container = "volumeMounts: [{name: v, mountPath: /etc/acme/conf.d}, {name: m, mountPath: /etc/acme.d}]\n"

    assert unread(pod(container, volumes), SETTINGS, main) == []
    assert len(unread(pod(container, volumes), SETTINGS)) == 1


def test_a_script_that_writes_there_tells_the_program_nothing():
    script = "command: [sh, -c, 'cp /config/my.cnf /etc/acme/conf.d/my.cnf; exec bare']\n"

    empty = "volumes: [{name: v, emptyDir: {}}]\n"

    (remark,) = unread(pod(script + mounted("v", "/etc/acme/conf.d"), empty))

    assert remark.severity == "error"
