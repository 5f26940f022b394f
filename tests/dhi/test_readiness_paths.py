"""Paths of the upstream image in command lines, programs of probes, and entrypoints that do not run any more."""

import json
from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath
from tests.dhi.ready import BARE, SHELLED, codes, config_map, mounted, pod, remarks

MISSING = ("path-missing", "error")
NAMED = ("path-missing", "warning")
SCRIPT = "command: [bash, -ec, {text}]"


def script(text, **facts):
    return codes(pod(SCRIPT.format(text=json.dumps(text))), definition=SHELLED, **facts)


@pytest.mark.parametrize(
    "text",
    [
        "/opt/vendor/scripts/x.sh",
        "set -e; . /opt/vendor/scripts/liblog.sh",
        "source /opt/vendor/scripts/env.sh && run",
        "exec /opt/vendor/bin/server --port 1",
        "if true; then /opt/vendor/bin/x; fi",
        "echo a\n/bitnami/scripts/setup.sh\n",
        "bash /entrypoint.sh start",
        "exec /usr/local/bin/docker-entrypoint.sh",
        "x=$(/opt/vendor/bin/x)",
    ],
)
def test_a_script_that_runs_a_path_of_the_upstream_image(text):
    assert script(text) == [MISSING]


@pytest.mark.parametrize(
    "command", ["[/opt/vendor/run]", "[tini, --, /opt/vendor/run]", "[/docker-entrypoint.sh, start]"]
)
def test_a_command_that_is_a_path_of_the_upstream_image(command):
    assert codes(pod(f"command: {command}")) == [MISSING]


def test_a_script_that_the_hardened_image_has_by_itself():
    has = replace(SHELLED, files=("/init.sh", "/opt/vendor/run"))

    assert codes(pod("command: [/init.sh]"), definition=has) == []
    assert codes(pod("command: [/opt/vendor/run]"), definition=has) == []
    assert codes(pod("command: [/opt/vendor/other]"), definition=has) == [MISSING]
    assert codes(pod("command: [/init.sh]"), definition=SHELLED) == [MISSING]


def test_a_script_of_a_mounted_file(tmp_path):
    files = config_map("own", run__sh="#!/bin/bash\nexec /opt/vendor/run.sh\n")
    text = pod(
        "command: [/own/run.sh]\n" + mounted("own", "/own"), "volumes: [{name: own, configMap: {name: own}}]"
    )

    assert codes(text, files, definition=SHELLED) == [MISSING]


BEGUN = replace(SHELLED, entrypoint=("tini", "--", "/usr/local/bin/docker-entrypoint.sh"), cmd=("bare",))
OWN = "volumeMounts: [{name: v, mountPath: /usr/local/bin/docker-entrypoint.sh, subPath: x}]\n"


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ("command: [docker-entrypoint.sh, bare]", [MISSING]),
        ("command: [tini, --, docker-entrypoint.sh]", [MISSING]),
        ("args: [entrypoint.sh, bare]", [MISSING]),
        (SCRIPT.format(text='"docker-entrypoint.sh \\"$@\\" &\\nwait"'), [MISSING]),
        (SCRIPT.format(text='"exec env A=b docker-entrypoint bare"'), [MISSING]),
        # The script of another name is none, nor is one that the chart brings, or looks for or defines itself.
        ("command: [bare-entrypoint.py]", []),
        (f"{OWN}command: [docker-entrypoint.sh]", []),
        (SCRIPT.format(text='"echo docker-entrypoint.sh"'), []),
        (SCRIPT.format(text='"./docker-entrypoint.sh"'), []),
        (SCRIPT.format(text='"run_entrypoint() { bare; }; run_entrypoint"'), []),
    ],
)
def test_the_script_that_official_images_begin_by_is_called_by_its_name(container, found):
    assert [one for one in codes(pod(container), definition=SHELLED) if one == MISSING] == found


@pytest.mark.parametrize("line", ["command: [docker-entrypoint.sh, bare]", "args: [docker-entrypoint.sh]"])
def test_an_image_that_begins_by_a_script_has_it(line):
    assert MISSING not in codes(pod(line), definition=BEGUN)


def test_a_script_that_an_init_container_copies():
    files = config_map("own", run__sh="#!/bin/bash\ndocker-entrypoint.sh $@ &\nwait\n")
    text = pod(
        "command: [/copied/run.sh]\nvolumeMounts: [{name: copied, mountPath: /copied}]",
        "volumes: [{name: own, configMap: {name: own}}, {name: copied, emptyDir: {}}]\n"
        "initContainers:\n- {name: copy, image: x, volumeMounts: "
        "[{name: own, mountPath: /own}, {name: copied, mountPath: /copied}]}",
    )

    assert codes(text, files, definition=SHELLED) == [MISSING]


@pytest.mark.parametrize(
    "text", ["server --config=/opt/vendor/conf/x.yaml", "server -c /opt/vendor/conf/x.yaml"]
)
def test_a_path_that_is_merely_named_is_a_warning(text):
    assert script(text) == [NAMED]


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/server /etc/server.conf",
        "cat /proc/1/environ > /tmp/x",
        "mkdir -p /opt/vendor/data && ls /opt/vendor/data",
        "echo 1 > /opt/vendor/x.sh; bash /opt/vendor/x.sh",
        "server https://example.com/opt/vendor/x.sh",
        "server $HOME/opt/vendor/x.sh",
        "/opt",
    ],
)
def test_other_paths_are_no_matter(text):
    assert not {code for code, _ in script(text)} & {"path-missing"}


@pytest.mark.parametrize(
    "definition",
    [
        replace(SHELLED, paths=(OwnedPath("/opt/vendor/logs", 0, 0, "0755"),)),
        replace(SHELLED, entrypoint=("/opt/vendor/bin/start",)),
        replace(SHELLED, environment={"PATH": "/opt/vendor/bin:/usr/bin"}),
        replace(SHELLED, work_dir="/opt/vendor"),
    ],
)
def test_a_folder_that_the_image_speaks_of_is_there(definition):
    found = codes(pod(SCRIPT.format(text=json.dumps("/opt/vendor/bin/x.sh"))), definition=definition)

    assert not [code for code in found if code == MISSING]


def test_a_volume_brings_its_own_paths():
    text = pod(
        "command: [/opt/vendor/run]\n" + mounted("own", "/opt/vendor"), "volumes: [{name: own, emptyDir: {}}]"
    )

    assert codes(text) == []


# --- programs of probes


def probe(command, kind="livenessProbe"):
    return pod(f"{kind}: {{exec: {{command: {command}}}}}")


@pytest.mark.parametrize(
    "command",
    [
        "[extra/healthcheck]",
        "[healthcheck]",
        "[/opt/vendor/check]",
        "[tini, --, healthcheck]",
        "[env, A=b, ./check]",
    ],
)
@pytest.mark.parametrize("kind", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_a_probe_whose_program_nothing_shows(command, kind):
    assert ("probe-unreached", "error") in codes(probe(command, kind))


@pytest.mark.parametrize(
    "command",
    [
        "[bare, status]",
        "[barectl]",
        "[bare-cli, ping]",
        "[/usr/local/bin/bare]",
        "[/usr/bin/bare-health]",
        "[tzdata-x]",
    ],
)
def test_a_probe_with_a_program_of_the_product(command):
    assert ("probe-unreached", "error") not in codes(probe(command))


def test_a_probe_with_a_program_of_the_images_settings():
    definition = replace(BARE, image="database", environment={"PG_MAJOR": "17"})

    assert codes(probe("[pg_isready]"), definition=definition) == []


# --- entrypoints


INIT = replace(BARE, entrypoint=("/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"))


@pytest.mark.parametrize(
    ("command", "lost"),
    [
        ("[bare, serve]", ("tini", "docker-entrypoint.sh")),
        ("[tini, --, bare]", ("docker-entrypoint.sh",)),
        ("[/usr/local/bin/docker-entrypoint.sh, bare]", ("tini",)),
    ],
)
def test_what_the_charts_command_leaves_out(command, lost):
    (remark,) = remarks(pod(f"command: {command}"), definition=INIT)

    assert (remark.code, remark.severity) == ("entrypoint-bypassed", "info")
    for word in ("tini", "docker-entrypoint.sh"):
        assert (f"{word} (" in remark.message) is (word in lost)


@pytest.mark.parametrize(
    "container", ["", "args: [serve]", "command: [tini, --, docker-entrypoint.sh, bare]"]
)
def test_an_entrypoint_that_runs_is_not_bypassed(container):
    assert "entrypoint-bypassed" not in {code for code, _ in codes(pod(container), definition=INIT)}


def test_a_plain_program_as_the_entrypoint_is_nothing_to_miss():
    assert codes(pod("command: [bare, serve]")) == []


# --- the user that the chart keeps


OWNER = replace(BARE, paths=(OwnedPath("/data", 65532, 65532, "0755"),))
CLAIM = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\nsecurityContext: {fsGroup: 1000}"
DATA = "securityContext: {runAsUser: 1000}\nvolumeMounts: [{name: data, mountPath: /data}]"


def test_whose_the_files_are_where_the_chart_keeps_its_user():
    (remark,) = remarks(pod(DATA, CLAIM), definition=OWNER, user_before=1000)

    assert (remark.code, remark.severity) == ("user-kept", "info")
    for text in ("runs as 1000", "own user is 65532", "/data in it belong to that user", "group 1000"):
        assert text in remark.message


@pytest.mark.parametrize("user", ["65532", "0"])
def test_nothing_is_said_of_the_images_own_user_or_root(user):
    text = pod(DATA.replace("1000", user), CLAIM)

    assert "user-kept" not in {code for code, _ in codes(text, definition=OWNER, user_before=int(user))}
