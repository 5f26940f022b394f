"""Shells and tools that the manifests start, and the hardened image lacks."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.readiness.tools import missing
from migrate_dhi.kube.shellwords import commands
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, CATALOG, SHELLED, codes, config_map, mounted, pod, remarks


@pytest.mark.parametrize(
    "start",
    [
        'command: ["/bin/sh", "-c", "exec bare"]',
        'command: ["bash", "-euo", "pipefail", "-c", "exec bare"]',
        'command: ["/usr/bin/env", "A=b", "sh", "-c", "exec bare"]',
        'command: ["tini", "--", "sh", "-c", "exec bare"]',
        'args: ["sh", "-c", "exec bare"]',
        'lifecycle: {postStart: {exec: {command: ["sh", "-c", "bare warm"]}}}',
    ],
)
def test_shell_is_missing(start):
    assert codes(pod(start)) == [("shell-missing", "error")]
    script = replace(SHELLED, entrypoint=("/docker-entrypoint.sh",))
    assert codes(pod(start), definition=script if start.startswith("args") else SHELLED) == []


@pytest.mark.parametrize(("volume", "copied"), [("emptyDir: {}", True), ("configMap: {name: x}", False)])
def test_shell_that_another_container_copies_is_told_as_such(volume, copied):
    app = pod(
        'command: ["/shared/sh", "-c", "exec bare"]\nvolumeMounts: [{name: s, mountPath: /shared}]\n',
        f"volumes: [{{name: s, {volume}}}]\n",
    )

    (remark,) = remarks(app)

    assert (remark.code, remark.severity) == ("shell-missing", "error")
    assert ("runs /shared/sh (command), which another container puts there" in remark.message) is copied


@pytest.mark.parametrize("outer", ["gosu, app", "su-exec, app", "dumb-init, --", "/usr/bin/catatonit, --"])
def test_what_starts_the_program_must_be_there_too(outer):
    command = f"command: [{outer}, /usr/local/bin/bare]"
    name = outer.partition(",")[0].rpartition("/")[2]

    assert codes(pod(command), definition=SHELLED) == [("tool-missing", "error")]
    assert codes(pod(command), definition=replace(SHELLED, packages=(*SHELLED.packages, name))) == []
    assert codes(pod(f"command: [tini, --, {outer}, /usr/local/bin/bare]"), definition=SHELLED) == [
        ("tool-missing", "error")
    ]


def test_what_something_else_may_have_brought_along_is_a_warning():
    assert codes(pod("command: [setpriv, --reuid, '1', /usr/local/bin/bare]"), definition=SHELLED) == [
        ("tool-missing", "warning")
    ]


def test_a_variable_in_the_command_line_is_what_it_holds():
    env = "env: [{name: RUN, value: sh}, {name: ARGS, value: -c}]\n"

    assert codes(pod(f'{env}command: ["$(RUN)", "$(ARGS)", "exec bare"]')) == [("shell-missing", "error")]
    assert codes(pod(f'{env}command: ["$$(RUN)", "x"]')) == []
    assert codes(pod('command: ["$(RUN)", "-c", "exec bare"]')) == []


def test_shell_in_a_stop_hook_only_delays_the_end():
    stop = 'lifecycle: {preStop: {exec: {command: ["sh", "-c", "sleep 5"]}}}'

    assert codes(pod(stop)) == [("shell-missing", "warning")]


def test_shell_in_a_probe_that_was_left():
    assert codes(pod('livenessProbe: {exec: {command: ["sh", "-c", "bare ping"]}}')) == [
        ("probe-unreached", "error")
    ]


def test_remark_names_object_container_template_source_and_remedy():
    (remark,) = remarks(pod('command: ["sh", "-c", "exec bare"]'))

    assert (remark.object, remark.container) == ("Deployment/app", "main")
    assert remark.file == "app/templates/all.yaml"
    assert "catalog: bare:1.4.2-debian13" in remark.message
    assert "-dev" in remark.help


def test_variant_of_the_same_version_that_has_it():
    compat = replace(SHELLED, flavor="compat", tags=("1.4.2-debian13-compat",))
    dev = replace(SHELLED, variant="dev", uid=0, tags=("1.4.2-debian13-dev",))
    newer = replace(compat, version="1.5.0", tags=("1.5.0-debian13-compat",))
    other = replace(SHELLED, flavor="sentinel", tags=("1.4.2-debian13-sentinel",))
    app = pod('command: ["sh", "-c", "exec bare"]')

    def help_of(*variants):
        (remark,) = remarks(app, variants=(BARE, *variants))
        return remark.help

    assert "dhi.io/bare:1.4.2-debian13-compat with --to" in help_of(newer, other, dev, compat)
    assert "1.4.2-debian13-dev with --to, which has it, and runs as root" in help_of(newer, other, dev)
    assert "dhi.io" not in help_of(newer, other)


def test_plain_program_needs_no_shell():
    assert codes(pod('command: ["bare", "--verbose"]')) == []
    assert codes(pod('livenessProbe: {exec: {command: ["bare", "ping"]}}')) == []
    assert codes(pod("livenessProbe: {tcpSocket: {port: 8080}}")) == []


def test_word_that_only_looks_like_a_shell():
    assert codes(pod('args: ["--shell=/bin/sh"]')) == []


def test_bash_is_not_sh():
    small = replace(BARE, shells=("busybox",), packages=("busybox",))

    assert codes(pod('command: ["bash", "-c", "exec bare"]'), definition=small) == [
        ("shell-missing", "error")
    ]
    assert codes(pod('command: ["sh", "-c", "exec bare"]'), definition=small) == []


def test_script_of_a_config_map_is_executed():
    script = config_map("scripts", run__sh="#!/bin/sh\nexec bare\n")
    app = pod(
        'command: ["/scripts/run.sh"]\n' + mounted("scripts", "/scripts"),
        "volumes: [{name: scripts, configMap: {name: scripts}}]",
    )

    (remark,) = remarks(app, script)

    assert (remark.code, remark.severity) == ("shell-missing", "error")
    assert "/scripts/run.sh" in remark.message


def test_mounted_script_that_nothing_starts():
    script = config_map("scripts", run__sh="#!/bin/sh\nexec bare\n")
    volumes = "volumes: [{name: scripts, configMap: {name: scripts}}]"

    assert codes(pod(mounted("scripts", "/scripts"), volumes), script) == []


def test_mounted_script_of_another_language():
    script = config_map("scripts", run="#!/usr/bin/env python3\nprint(1)\n")
    app = pod(
        'command: ["/scripts/run"]\n' + mounted("scripts", "/scripts"),
        "volumes: [{name: scripts, configMap: {name: scripts}}]",
    )

    assert codes(app, script) == []


@pytest.mark.parametrize(
    ("script", "tool"),
    [
        ("until nc -z primary 6379; do sleep 1; done", "nc"),
        ("curl -fsS http://localhost:8080 || exit 1", "curl"),
        ("name=$(hostname | tr a b)", "hostname"),
        ('test "$(wget -qO- http://x)" = ok', "wget"),
        ("cat /etc/hosts | grep x > /tmp/y", "grep"),
        ("if ! /usr/bin/awk '{print}' f; then exit 1; fi", "awk"),
        ("FOO=1 timeout 5 jq . f", "jq"),
    ],
)
def test_tool_is_missing(script, tool):
    found = remarks(pod(f"command: [sh, -c, {script!r}]"), definition=SHELLED)

    assert [(remark.code, remark.severity) for remark in found] == [("tool-missing", "warning")]
    assert f"calls {tool} " in found[0].message


@pytest.mark.parametrize(
    "script",
    [
        "mkdir -p /data && sed -i s/a/b/ /data/x",
        "if command -v curl; then curl http://x; fi",
        "curl() { true; }; curl x",
        "# curl http://x",
        "echo 'curl http://x; nc -z a 1'",
        "cat <<END\nnc -z a 1\nEND",
        "no-such-tool --curl",
        'echo "use curl"',
    ],
)
def test_nothing_to_say_of_a_script(script):
    assert codes(pod(f"command: [sh, -c, {script!r}]"), definition=SHELLED) == []


def test_tool_of_a_script_that_another_one_calls():
    script = config_map("scripts", lib__sh="curl http://x\n")
    app = pod(
        'command: [sh, -c, "/scripts/lib.sh"]\n' + mounted("scripts", "/scripts"),
        "volumes: [{name: scripts, configMap: {name: scripts}}]",
    )

    assert codes(app, script, definition=SHELLED) == [("tool-missing", "warning")]


def test_nc_of_busybox_may_not_know_z():
    small = replace(BARE, shells=("busybox",), packages=("busybox",))
    whole = replace(small, packages=("busybox", "netcat-openbsd"))
    wait = pod('command: [sh, -c, "until nc -z db 1; do sleep 1; done"]')

    assert codes(wait, definition=small) == [("tool-missing", "warning")]
    assert codes(wait, definition=whole) == []
    assert codes(pod('command: [sh, -c, "nc -l 80"]'), definition=small) == []


def test_tool_started_without_a_shell():
    assert codes(pod("command: [cp, /a, /b]")) == [("tool-missing", "error")]
    assert codes(pod("command: [cp, /a, /b]"), definition=SHELLED) == []
    assert codes(pod('readinessProbe: {exec: {command: ["cat", "/ready"]}}')) == [
        ("probe-unreached", "error")
    ]


def test_what_only_helm_test_runs_is_no_error():
    meta = ', annotations: {"helm.sh/hook": test}'

    assert codes(pod("command: [sh, -c, x]", kind="Job", meta=meta)) == [("shell-missing", "warning")]


def test_image_that_runs_already_is_no_error():
    same = Reference.parse("dhi.io/bare:1.4.2")

    assert codes(pod("command: [sh, -c, x]"), upstream=same) == [("shell-missing", "warning")]


def test_assumed_facts_of_the_same_line_are_sure():
    app = pod("command: [sh, -c, x]")
    near, far = Reference.parse("dhi.io/bare:1.4.1"), Reference.parse("dhi.io/bare:1.2.0")

    assert codes(app, assumed=True, after=near) == [("shell-missing", "error")]
    assert codes(app, assumed=True, after=far) == [("shell-missing", "warning")]
    assert "assumed for 1.2.0" in remarks(app, assumed=True, after=far)[0].message


@pytest.mark.parametrize("command", ['["sh", "-c", "bare ping"]', '["extra/health"]'])
def test_a_probe_is_an_error_on_assumed_facts_too_as_its_step_says(command):
    """To leave the step out makes no warning of it."""
    app = pod(f"livenessProbe: {{exec: {{command: {command}}}}}")

    assert codes(app, assumed=True, after=Reference.parse("dhi.io/bare:1.2.0")) == [
        ("probe-unreached", "error")
    ]


def test_unknown_image():
    assert codes(pod("command: [sh, -c, x]"), definition=None) == []


def test_entrypoint_that_is_a_script_proves_a_shell():
    scripted = replace(BARE, entrypoint=("/entrypoint.sh",))

    assert codes(pod("command: [sh, -c, exit]"), definition=scripted) == [("entrypoint-bypassed", "info")]


def test_images_of_the_catalog():
    definition = {name: CATALOG.definitions(name) for name in ("valkey", "curl")}
    runtime = next(d for d in definition["valkey"] if d.variant == "runtime" and not d.flavor)

    assert not missing(runtime, "tr")
    assert missing(runtime, "nc")
    assert not any(missing(d, "curl") for d in definition["curl"])


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("a; b && c || d | e", "a b c d e"),
        ("if a; then b; else c; fi", "a b c fi"),
        ("x=$(a $(b c)) d", "b a d"),
        ("echo `a b`", "a echo"),
        ('e "x $(a "b c") y"', "a e"),
        ("a 2>&1 >/dev/null <in | b", "a b"),
        ("a \\\n  b\nc", "a c"),
        ("a $((1 + 2)) 'b; c' # d", "a"),
        ("( a ); { b; }", "a b }"),
        ("exec /usr/bin/a b", "a"),
        ("a#b c", "a#b"),
        ('a "unclosed', "a"),
        ("a $(b", "b a"),
        ("", ""),
    ],
)
def test_commands_of_a_script(script, names):
    assert [name for name, _ in commands(script)] == [n for n in names.split() if n != "}"]
