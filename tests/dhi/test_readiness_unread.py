"""What a chart gives to the upstream image's entrypoint script, where the hardened image has none."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import Script
from migrate_dhi.dhi.playbook import EntrypointReads, Member
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, config_map, pod, remarks

READS = (
    EntrypointReads(("ACME_INIT_*", "ACME_ADMIN"), (), "no such user is made", "acme/image, start.sh"),
    EntrypointReads(
        ("ACME_TEMPLATES",), ("/etc/acme/templates",), "templates stay as they are", "acme/image"
    ),
)
SCRIPTED = replace(
    BARE, entrypoint=("/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"), cmd=("bare",)
)


def lost(*texts, reads=READS, **facts):
    """The remarks on what an entrypoint script would have read."""
    return [
        one
        for one in remarks(*texts, known=Member((), "", entrypoint_reads=reads), **facts)
        if one.code == "entrypoint-lost"
    ]


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ("env: [{name: ACME_ADMIN, value: me}]", "is given ACME_ADMIN, which"),
        (
            "env: [{name: ACME_INIT_USER, value: me}, {name: PATH, value: /}]",
            "is given ACME_INIT_USER, which",
        ),
        (
            "env: [{name: ACME_ADMIN, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
            "is given ACME_ADMIN, which",
        ),
        ("envFrom: [{configMapRef: {name: settings}}]", "is given ACME_INIT_DB, which"),
        (
            "".join(["env:\n", *(f"- {{name: ACME_INIT_{n}, value: x}}\n" for n in range(5))]),
            "is given ACME_INIT_0, ACME_INIT_1, ACME_INIT_2, ACME_INIT_3 …, which",
        ),
    ],
)
def test_variables_that_nothing_reads_are_told_with_what_does_not_happen(container, told):
    (remark,) = lost(pod(container), config_map("settings", ACME_INIT_DB="x"))

    assert remark.severity == "warning"
    assert told in remark.message
    assert (
        "the hardened image starts /usr/local/bin/bare itself: no such user is made (acme/image, start.sh)"
        in (remark.message)
    )


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/etc/acme/templates", "templates stay as they are (acme/image)"),
        ("/etc/acme/templates/site", "templates stay as they are (acme/image)"),
        ("/docker-entrypoint.d", "what lies there is not run"),
        ("/docker-entrypoint-initdb.d", "what lies there is not run"),
        ("/docker-entrypoint-initdb.d/users.sql", "what lies there is not run"),
        ("/etc/acme/templates-of-others", ""),
        ("/srv/docker-entrypoint.d", ""),
        ("/docker-entrypoint.data", ""),
    ],
)
def test_folders_that_nothing_reads_are_told(path, told):
    found = lost(pod(f"volumeMounts: [{{name: v, mountPath: {path}}}]"))

    assert [told in one.message and path in one.message for one in found] == [True] * bool(told)


def test_each_thing_that_does_not_happen_is_told_by_itself():
    found = lost(
        pod(
            "env: [{name: ACME_ADMIN, value: a}, {name: ACME_TEMPLATES, value: b}]\n"
            "volumeMounts: [{name: v, mountPath: /docker-entrypoint.d}]"
        )
    )

    assert [one.message.partition(", which")[0].rpartition("given ")[2] for one in found] == [
        "ACME_ADMIN",
        "ACME_TEMPLATES",
        "/docker-entrypoint.d",
    ]


OWN = replace(
    SCRIPTED, script=Script("/usr/local/bin/docker-entrypoint.sh", reads=("ACME_INIT_*", "/etc/acme"))
)


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ("env: [{name: ACME_ADMIN, value: me}]", "ACME_ADMIN"),
        # A variable, a beginning of several and a folder that its text names.
        ("env: [{name: ACME_INIT_USER, value: me}]", ""),
        ("volumeMounts: [{name: v, mountPath: /etc/acme/templates}]", ""),
        # It may leave such a folder to what it starts.
        ("volumeMounts: [{name: v, mountPath: /docker-entrypoint.d}]", ""),
    ],
)
def test_what_the_hardened_images_own_script_does_not_read_is_told(container, told):
    found = lost(pod(container), definition=OWN)

    assert [one.message.partition(", which")[0].rpartition("given ")[2] for one in found] == (
        [told] if told else []
    )
    assert all(
        "and that of the hardened image, /usr/local/bin/docker-entrypoint.sh, does not: no such user"
        in one.message
        for one in found
    )


@pytest.mark.parametrize(("value", "found"), [("trust", 1), ("md5", 0)])
@pytest.mark.parametrize(
    "given", ["env: [{name: ACME_INIT_AUTH, value: %s}]", "envFrom: [{configMapRef: {name: s}}]"]
)
def test_a_value_that_the_hardened_script_takes_otherwise_is_told(given, value, found):
    reads = (EntrypointReads(("ACME_INIT_AUTH=trust",), (), "it stops", "acme/image"),)
    container = given.replace("%s", value)

    told = lost(pod(container), config_map("s", ACME_INIT_AUTH=value), definition=OWN, reads=reads)

    assert len(told) == found


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("[docker-entrypoint.sh, bare]", 1),
        ("[sh, -ec, 'prepare; exec docker-entrypoint.sh bare']", 1),
        ("[sh, -ec, 'exec bare']", 0),
        ("[bare]", 0),
    ],
)
def test_the_chart_may_start_that_script_itself(command, found):
    told = lost(pod(f"command: {command}\nenv: [{{name: ACME_ADMIN, value: me}}]"), definition=OWN)

    assert len(told) == found


def test_a_script_that_does_not_run_reads_nothing():
    other = replace(OWN, entrypoint=("/usr/local/bin/bare",))

    assert len(lost(pod("env: [{name: ACME_INIT_USER, value: me}]"), definition=other)) == 1


SET = "env: [{name: ACME_ADMIN, value: me}]\nvolumeMounts: [{name: v, mountPath: /docker-entrypoint.d}]\n"


@pytest.mark.parametrize(
    ("container", "facts"),
    [
        # A script of the hardened image takes the place of the upstream one, also behind an init process.
        (SET, {"definition": SCRIPTED}),
        (SET, {"definition": replace(BARE, entrypoint=("/startup/docker-entrypoint",))}),
        (SET, {"definition": replace(BARE, entrypoint=(), cmd=("/opt/start.sh",))}),
        # By the chart's own command the upstream script did not run before, either.
        (f"{SET}command: [bare]", {}),
        (f"{SET}command: [/docker-entrypoint.sh]", {}),
        # What runs hardened already has shown that it does; of an image that is not known nothing is.
        (SET, {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
        (SET, {"definition": None}),
        ("env: [{name: ACME_INITIAL, value: x}, {name: MY_ACME_ADMIN, value: x}]", {}),
        ("volumeMounts: [{name: v, mountPath: /data}]", {}),
    ],
)
def test_nothing_is_lost(container, facts):
    assert lost(pod(container), **facts) == []
