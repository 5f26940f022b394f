"""Ports: which the user of the image may not open, and where probes, Services and the chart look for the program."""

from dataclasses import replace

import pytest

from tests.dhi.ready import BARE, codes, config_map, mounted, pod, remarks

LOW = [("port-low", "warning")]
DIFFERS = [("port-differs", "warning")]
WRONG = [("port-differs", "error")]
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: app}\nspec: {selector: {app: app}, ports: [%s]}\n"
PROBE = "livenessProbe: {tcpSocket: {port: %s}}\n"


@pytest.mark.parametrize(
    ("container", "spec", "expected"),
    [
        ("ports: [{containerPort: 80}]\nargs: [serve]\n", "", LOW),
        ("ports: [{containerPort: 1023}]\nargs: [serve]\n", "", LOW),
        ("ports: [{containerPort: 1024}]\nargs: [serve]\n", "", []),
        ("ports: [{containerPort: 8080}]\n", "", []),
        ("ports: [{containerPort: 8080}, {containerPort: 443}]\n", "", LOW),
        # What lets a user open it.
        (
            "ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {capabilities: {add: [NET_BIND_SERVICE]}}\n",
            "",
            [],
        ),
        (
            "ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {capabilities: {add: [cap_net_bind_service]}}\n",
            "",
            [],
        ),
        ("ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {capabilities: {add: [ALL]}}\n", "", []),
        ("ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {privileged: true}\n", "", []),
        (
            "ports: [{containerPort: 80}]\nargs: [x]\n",
            "securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '0'}]}\n",
            [],
        ),
        ("ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {runAsUser: 0}\n", "", []),
        # What does not.
        (
            "ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {capabilities: {add: [SYS_TIME]}}\n",
            "",
            LOW,
        ),
        (
            "ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {capabilities: {drop: [ALL]}}\n",
            "",
            LOW,
        ),
        ("ports: [{containerPort: 80}]\nargs: [x]\nsecurityContext: {privileged: 'true'}\n", "", LOW),
    ],
)
def test_a_low_port(container, spec, expected):
    assert [one for one in codes(pod(container, spec)) if one[0] != "root-needed"] == expected


@pytest.mark.parametrize(
    ("container", "service", "expected"),
    [
        (PROBE % 8080, "", []),
        (PROBE % 9090, "", WRONG),
        ("ports: [{containerPort: 9090}]\n", "", DIFFERS),
        ("", "{port: 80, targetPort: 8080}", []),
        ("", "{port: 80, targetPort: 9090}", WRONG),
        # A port by name is the one that the container gives that name.
        ("ports: [{name: http, containerPort: 9090}]\n" + PROBE % "http", "", WRONG),
        ("ports: [{name: http, containerPort: 8080}]\n" + PROBE % "http", "", []),
        # One of several is enough.
        ("ports: [{containerPort: 9090}, {containerPort: 8080}]\n", "", []),
        (PROBE % 8080, "{port: 80, targetPort: 9090}", []),
        # Something tells the program where to listen, or may.
        (PROBE % 9090 + "args: [serve, '--listen=:9090']\n", "", []),
        (PROBE % 9090 + "command: [/usr/local/bin/bare]\n", "", []),
        (PROBE % 9090 + "env: [{name: PORT, value: '9090'}]\n", "", []),
        (PROBE % 9090 + "env: [{name: PORT, value: '19090'}]\n", "", WRONG),
        (PROBE % 9090 + "envFrom: [{secretRef: {name: keys}}]\n", "", DIFFERS),
        (PROBE % 9090 + "env: [{name: PORT, valueFrom: {secretKeyRef: {name: k, key: p}}}]\n", "", DIFFERS),
    ],
)
def test_where_the_program_is_looked_for(container, service, expected):
    texts = [pod(container)] + ([SERVICE % service] if service else [])

    assert codes(*texts) == expected


@pytest.mark.parametrize(
    ("args", "cmd", "expected"),
    [
        ("[serve]", ("serve",), DIFFERS),
        ("['--level=debug', --verbose]", ("serve",), DIFFERS),
        # Which port is meant may be said by another word than its number, or by a file that is not known.
        ("['--addr=:web']", ("serve",), []),
        ("['--listen', all]", ("serve",), []),
        ("['--config=/etc/bare.conf']", ("serve",), []),
        ("['--store=/srv/bare']", ("serve",), []),
        ("[serve, '9091']", ("serve",), []),
        # What said the image's own port is replaced by the arguments.
        ("['--verbose']", ("serve", "--http=:8080"), []),
    ],
)
def test_arguments_that_are_read_may_say_nothing_of_a_port(args, cmd, expected):
    found = codes(pod(f"args: {args}\n" + PROBE % 9090), definition=replace(BARE, cmd=cmd))

    assert [one for one in found if one[0] == "port-differs"] == expected


def test_a_file_that_arguments_name_and_that_is_read_may_say_nothing_either():
    volume = "volumes: [{name: v, configMap: {name: settings}}]\n"
    app = pod("args: ['--rules=/etc/bare/rules']\n" + mounted("v", "/etc/bare") + PROBE % 9090, volume)

    assert codes(app, config_map("settings", rules="allow all\n")) == DIFFERS
    assert codes(app, config_map("settings", rules="listen 9090\n")) == []
    assert codes(app) == []


def test_an_image_that_lists_no_port_is_looked_for_anywhere():
    assert codes(pod(PROBE % 9090), definition=replace(BARE, ports=())) == []
    assert codes(pod(PROBE % 53), definition=replace(BARE, ports=("53/udp",))) == []


@pytest.mark.parametrize(
    ("container", "words"),
    [
        (PROBE % 9090, "probes look for it at port 9090, which nothing tells it to use"),
        ("ports: [{containerPort: 9090}, {containerPort: 7070}]\n", "declares port 7070 or 9090, which"),
        (
            "ports: [{containerPort: 80}]\nargs: [x]\n",
            "declares port 80, which the user 65532 of the hardened image may",
        ),
    ],
)
def test_what_is_said_of_a_port(container, words):
    (remark,) = remarks(pod(container))

    assert words in remark.message
    assert "listens on 8080 by default" in remark.message


def test_what_to_do_about_a_low_port():
    (asked,) = remarks(pod("ports: [{containerPort: 80}]\nargs: [x]\n"))
    (own,) = remarks(pod("ports: [{containerPort: 80}]\n"), definition=replace(BARE, ports=("80/tcp",)))

    allow = "or allow it by the pod's sysctl net.ipv4.ip_unprivileged_port_start: 0 (the capability"
    assert asked.help.startswith(f"set the port to 8080, {allow}")
    assert own.help.startswith(f"choose a port from 1024 on, {allow}")


def test_services_and_probes_are_told_together():
    (remark,) = remarks(pod(PROBE % 9090), SERVICE % "{port: 80, targetPort: 9091}")

    assert "probes and Services look for it at port 9090 or 9091" in remark.message
