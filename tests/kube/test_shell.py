"""What a command line starts: one detector for steps and checks."""

import json

import pytest

from migrate_dhi.kube.shell import args_of, command_of, environment_of, init_of, shell_of, starts, unwrapped
from tests.kube.test_manifests import of, workload


def container_of(spec):
    (container,) = of(
        workload("Deployment", f"spec: {{template: {{spec: {{containers: [{{name: a, {spec}}}]}}}}}}")
    ).containers
    return container


@pytest.mark.parametrize(
    ("line", "shell"),
    [
        ("sh -c x", "sh"),
        ("/bin/sh -c x", "sh"),
        ("/usr/bin/bash -ec x", "bash"),
        ("env A=b sh -c x", "sh"),
        ("env A=b C=d /bin/bash -c x", "bash"),
        ("env -i A=b sh -c x", "sh"),
        ("env -u HOME A=b sh -c x", "sh"),
        ("/usr/bin/env sh -c x", "sh"),
        ("env -- sh", "sh"),
        ("tini -- sh -c x", "sh"),
        ("tini -g -- sh -c x", "sh"),
        ("tini -s -p SIGTERM -- sh -c x", "sh"),
        ("/sbin/tini /bin/sh x", "sh"),
        ("dumb-init -- sh -c x", "sh"),
        ("dumb-init --rewrite 15:2 sh -c x", "sh"),
        ("catatonit -- bash x", "bash"),
        ("busybox sh -c x", "sh"),
        ("/bin/busybox ash -c x", "ash"),
        ("timeout 5 sh -c x", "sh"),
        ("timeout -k 1 5 sh -c x", "sh"),
        ("nice -n 5 sh -c x", "sh"),
        ("nohup sh x", "sh"),
        ("sudo -u app A=b sh x", "sh"),
        ("xargs -n 1 -I {} sh -c x", "sh"),
        ("setpriv --reuid 1 --clear-groups sh x", "sh"),
        ("stdbuf -o L -eL bash x", "bash"),
        ("exec -a name ash x", "ash"),
        ("s6-setuidgid app sh x", "sh"),
        ("ionice -c 2 -n 7 sh x", "sh"),
        ("env -C /tmp --unset HOME sh x", "sh"),
        ("timeout --signal KILL 5 zsh x", "zsh"),
        ("gosu app sh -c x", "sh"),
        ("su-exec app:app bash x", "bash"),
        ("tini -- env A=b dumb-init busybox sh -c x", "sh"),
        ("env A=b tini -- timeout 5 dash x", "dash"),
        ("valkey-cli ping", ""),
        ("env A=b valkey-cli ping", ""),
        ("env", ""),
        ("env A=sh", ""),
        ("tini", ""),
        ("tini -- server", ""),
        ("busybox", ""),
        ("busybox wget -q x", ""),
        ("timeout 5", ""),
        ("timeout 5 server sh", ""),
        ("server sh -c x", ""),
        ("/opt/sh/run", ""),
        ("bashful", ""),
        ("", ""),
    ],
)
def test_the_shell_behind_what_starts_it(line, shell):
    assert shell_of(line.split()) == shell


@pytest.mark.parametrize(
    ("listed", "variables"),
    [
        ("null", {}),
        ("text", {}),
        ("[text, null]", {}),
        ("[{name: A, value: b}]", {"A": "b"}),
        ("[{name: A}]", {"A": ""}),
        ("[{name: A, value: null}]", {"A": ""}),
        ("[{name: A, value: 1}]", {"A": "1"}),
        # the last of a name counts
        ("[{name: A, value: b}, {name: A, value: c}]", {"A": "c"}),
        ("[{name: A, valueFrom: {fieldRef: {fieldPath: a}}}]", {}),
        ("[{name: A, value: b, valueFrom: null}]", {"A": "b"}),
    ],
)
def test_variables_that_the_manifest_spells_out(listed, variables):
    assert environment_of(container_of(f"env: {listed}")) == variables


@pytest.mark.parametrize(
    ("spec", "line", "more"),
    [
        ("command: [a, b], args: [c]", ("a", "b"), ("c",)),
        ("command: [a, null, 1]", ("a", "", "1"), ()),
        ("command: null, args: []", (), ()),
        ("command: sh", (), ()),
    ],
)
def test_the_command_line_of_the_manifest(spec, line, more):
    container = container_of(spec)

    assert (command_of(container), args_of(container)) == (line, more)


@pytest.mark.parametrize(
    ("spec", "places"),
    [
        ("command: [a], args: [b]", ["command"]),
        # arguments for the image's own entrypoint
        ("args: [--b]", []),
        ("args: [b]", ["args"]),
        ("command: [], args: [b]", ["args"]),
        ("command: [tini, --]", []),
        (
            "lifecycle: {postStart: {exec: {command: [a]}}, preStop: {exec: {command: [b]}}}",
            ["postStart", "preStop"],
        ),
        ("lifecycle: {preStop: {httpGet: {port: 1}}}, livenessProbe: {tcpSocket: {port: 1}}", []),
        ("lifecycle: null, livenessProbe: null", []),
        (
            "readinessProbe: {exec: {command: [a]}}, startupProbe: {exec: {command: [b]}}",
            ["startupProbe", "readinessProbe"],
        ),
    ],
)
def test_where_a_container_starts_something(spec, places):
    found = starts(container_of(spec), of("kind: A"))

    assert [start.place for start in found] == places
    assert [start.place for start in found if start.probe] == [
        place for place in places if place.endswith("Probe")
    ]
    assert [start.place for start in found if not start.vital] == [
        place for place in places if place == "preStop"
    ]


def test_env_may_be_given_one_text():
    assert unwrapped(["env", "-S", "A=b sh -c", "x"]) == ("sh", "-c", "x")


@pytest.mark.parametrize(
    ("line", "init"),
    [
        ("tini -- x", "tini"),
        ("/usr/bin/dumb-init x", "dumb-init"),
        ("env A=b tini x", "tini"),
        ("x tini", ""),
        ("sh -c tini", ""),
        ("", ""),
    ],
)
def test_the_init_process(line, init):
    assert init_of(line.split()) == init


@pytest.mark.parametrize(
    ("first", "shell"),
    [
        ("#!/bin/sh", "sh"),
        ("#! /bin/bash -e", "bash"),
        ("#!/usr/bin/env bash", "bash"),
        ("#!/usr/bin/env -S bash -e", "bash"),
        ("#!/usr/bin/env -S A=b dash", "dash"),
        ("#!/bin/busybox sh", "sh"),
        ("#!/usr/bin/tini /bin/ash", "ash"),
        ("#!/usr/bin/env", ""),
        ("#!/usr/bin/python3", ""),
        ("#!", ""),
        ("#!\nsh", ""),
        ("echo", ""),
    ],
)
def test_the_shell_of_a_mounted_script(first, shell):
    script = f"{first}\ncurl x\n"
    files = {"kind": "ConfigMap", "metadata": {"name": "files"}, "data": {"run": script}}
    mounts = [{"name": "v", "mountPath": "/opt"}]
    spec = {
        "containers": [{"name": "a", "command": ["/opt/run"], "volumeMounts": mounts}],
        "volumes": [{"name": "v", "configMap": {"name": "files"}}],
    }
    manifests = of(json.dumps(files), json.dumps({"kind": "Pod", "metadata": {"name": "x"}, "spec": spec}))
    (start,) = starts(manifests.containers[0], manifests)

    assert (start.shell, start.file, start.script) == (shell, "/opt/run", script if shell else "")


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ("command: [tini, --, sh, -c, 'curl x']", ("command", "sh", "curl x")),
        ("command: [tini, --], args: [sh, -c, 'curl x']", ("command", "sh", "curl x")),
        ("args: [bash, -ec, 'x y']", ("args", "bash", "x y")),
        ("livenessProbe: {exec: {command: [env, A=b, sh, -c, ping]}}", ("livenessProbe", "sh", "ping")),
        (
            "lifecycle: {preStop: {exec: {command: [busybox, sh, -c, 'sleep 5']}}}",
            ("preStop", "sh", "sleep 5"),
        ),
    ],
)
def test_what_a_container_starts(container, told):
    manifests = of(
        workload("Deployment", f"spec: {{template: {{spec: {{containers: [{{name: a, {container}}}]}}}}}}")
    )
    (start,) = starts(manifests.containers[0], manifests)

    assert (start.place, start.shell, start.script) == told
