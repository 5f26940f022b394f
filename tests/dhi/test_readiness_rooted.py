"""Commands for root in a container that runs as the hardened image's user."""

from dataclasses import replace

import pytest

from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import SHELLED, config_map, mounted, pod, remarks

NEXT = Reference.parse("dhi.io/bare:2.0.0")


def needed(*texts, **facts):
    """The remarks on such commands."""
    found = remarks(*texts, **{"definition": SHELLED, **facts})
    return [one for one in found if one.code == "root-needed"]


@pytest.mark.parametrize(
    ("command", "severity", "tool"),
    [
        ("[chown, -R, '999', /data]", "error", "chown"),
        ("[/bin/chown, '999', /data]", "error", "chown"),
        ("[sh, -c, 'chown -R 999:999 /data']", "error", "chown"),
        ("[sh, -c, 'mkdir -p /data/x && chown 999 /data/x']", "error", "chown"),
        ("[sh, -ec, 'sysctl -w vm.max_map_count=262144; bare']", "error", "sysctl"),
        ("[sh, -c, 'set -eu; apk add curl; bare']", "error", "apk"),
        ("[sh, -c, 'chown 999 /data && bare']", "error", "chown"),
        # It may go on without.
        ("[sh, -c, 'chown 999 /data; exec bare']", "warning", "chown"),
        ("[sh, -c, 'chown 999 /data || true; exec bare']", "warning", "chown"),
    ],
)
def test_a_command_for_root_is_told(command, severity, tool):
    (remark,) = needed(pod(f"command: {command}"))

    assert remark.severity == severity
    assert f"runs {tool} (command) as 65532, the hardened image's own user" in remark.message


@pytest.mark.parametrize(
    ("context", "severity", "told"),
    [
        ("{privileged: true}", "error", "is privileged, which counts for root alone"),
        ("{privileged: true, capabilities: {add: [NET_ADMIN]}}", "error", "is privileged"),
        (
            "{capabilities: {add: [NET_RAW, CAP_NET_ADMIN, NET_BIND_SERVICE]}}",
            "warning",
            "is given NET_ADMIN, NET_RAW, which",
        ),
        ("{capabilities: {add: [NET_BIND_SERVICE]}}", "", ""),
        ("{capabilities: {drop: [ALL]}}", "", ""),
        ("{privileged: false}", "", ""),
        ("{privileged: true, runAsUser: 0}", "", ""),
    ],
)
def test_powers_count_for_root_alone(context, severity, told):
    found = needed(pod(f"securityContext: {context}"))

    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(told in one.message for one in found)


@pytest.mark.parametrize(
    ("others", "severity"), [((SHELLED,), "error"), ((SHELLED, replace(SHELLED, uid=0)), "warning")]
)
def test_facts_of_another_line_are_enough_where_no_line_runs_as_root(others, severity):
    (remark,) = needed(pod("securityContext: {privileged: true}"), assumed=True, variants=others, after=NEXT)

    assert remark.severity == severity


def test_a_user_that_the_plan_gives_was_demanded():
    assert needed(pod("securityContext: {privileged: true, runAsUser: 65532}"), user_given=True) == []


def test_arguments_are_the_program_where_the_image_has_none():
    (remark,) = needed(pod("args: [chown, '999', /data]"), definition=replace(SHELLED, entrypoint=()))

    assert "runs chown (args) as 65532" in remark.message


def test_a_mounted_script_is_read_too():
    script = config_map("scripts", init__sh="#!/bin/sh\nset -e\nchown 999 /data\nbare\n")
    volume = "volumes: [{name: s, configMap: {name: scripts}}]\n"

    (remark,) = needed(pod("command: [/scripts/init.sh]\n" + mounted("s", "/scripts"), volume), script)

    assert "runs chown (/scripts/init.sh) as 65532" in remark.message


@pytest.mark.parametrize(
    ("container", "facts"),
    [
        ("command: [chown, x]\nsecurityContext: {runAsUser: 0}\n", {}),
        ("command: [chown, x]\nsecurityContext: {runAsUser: 1000}\n", {"user_before": 1000}),
        ("command: [chown, x]\n", {"definition": replace(SHELLED, uid=0)}),
        ("command: [chown, x]\n", {"definition": replace(SHELLED, uid=None)}),
        ("command: [chown, x]\n", {"definition": None}),
        ("command: [chown, x]\n", {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
        ("command: [sh, -c, 'if command -v chown; then chown 999 /data; fi']\n", {}),
        ("command: [sh, -c, 'chmod 700 /data']\n", {}),
        ("args: [chown, x]\n", {}),
        ("livenessProbe: {exec: {command: [sh, -c, 'mount']}}\n", {}),
    ],
)
def test_where_it_does_not_count(container, facts):
    assert needed(pod(container), **facts) == []
