"""What a probe can become without a shell, and which of it each policy takes: on manifests alone."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.target import Decision
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.probes import _shown
from migrate_dhi.steps.rungs import Probe, ladder_notes
from tests.dhi.ready import BARE, SHELLED

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
    - name: main
      image: dhi.io/bare:1.4.2
      {more}
      livenessProbe: {{exec: {{command: {command}}}, periodSeconds: 5}}
"""
CURL = replace(BARE, packages=(*BARE.packages, "curl"))
BASHED = replace(SHELLED, packages=(*SHELLED.packages, "curl"))
DASHED = replace(SHELLED, shells=("dash",), packages=("dash",))


def probe(command, definition=BARE, port="web", *, more="env: []", name="web"):
    text = POD.format(command=command, more=more).replace("name: web}", f"name: {name}}}")
    (container,) = Manifests({"c/templates/pod.yaml": text}).containers
    before = Reference.parse("docker.io/acme/bare:1.4.2")
    decision = Decision(before, Reference.parse("dhi.io/bare:1.4.2"), "migrate", "why", definition)
    return Probe(
        container, "livenessProbe", container.spec["livenessProbe"], Image(before, decision, ()), port
    )


def kinds(rungs):
    return [rung.kind for rung in rungs]


# --- whether the image runs the command


@pytest.mark.parametrize(
    ("command", "definition", "shell", "runs", "lacks"),
    [
        ("[sh, -c, 'bare ping']", BARE, True, False, False),
        ("[sh, -c, 'bare ping']", SHELLED, True, True, False),
        ("[bash, -c, 'bare ping']", SHELLED, True, True, False),
        # what the script calls counts too, unless it looks for it first
        ("[sh, -c, 'bare ping && curl -f localhost']", SHELLED, True, False, False),
        ("[sh, -c, 'bare ping && curl -f localhost']", BASHED, True, True, False),
        ("[sh, -c, 'if command -v curl; then curl localhost; fi']", SHELLED, True, True, False),
        # dash and busybox bring sh, and no bash
        ("[bash, -c, 'bare ping']", DASHED, True, False, False),
        ("[/bin/sh, -c, 'bare ping']", DASHED, True, True, False),
        ("[tini, --, sh, -c, x]", BARE, True, False, False),
        ("[bare, ping]", BARE, False, True, False),
        ("[bare-cli, ping]", BARE, False, True, False),
        ("[curl, localhost]", BARE, False, False, True),
        ("[curl, localhost]", CURL, False, True, False),
        ("[timeout, '5', curl, localhost]", BARE, False, False, True),
        ("[/opt/vendor/check]", BARE, False, False, True),
        ("[other-tool]", BARE, False, False, True),
        ("[]", BARE, False, True, False),
        ("null", BARE, False, True, False),
        ("text", BARE, False, True, False),
        # nothing is known of the image
        ("[curl, localhost]", None, False, False, False),
        ("[sh, -c, x]", None, True, False, False),
    ],
)
def test_what_the_image_can_run(command, definition, shell, runs, lacks):
    found = probe(command, definition)

    assert (found.shell, found.runs, found.lacks) == (shell, runs, lacks)


def test_a_program_of_a_volume_is_there():
    found = probe("[/opt/vendor/check]", more="volumeMounts: [{name: v, mountPath: /opt/vendor}]")

    assert (found.runs, found.lacks) == (True, False)


# --- the ladder


@pytest.mark.parametrize(
    ("command", "definition", "port", "ladder"),
    [
        ("[bare, ping]", BARE, "web", ["tcpSocket web"]),
        ("[bare, ping]", BARE, 8080, ["tcpSocket 8080"]),
        ("[bare, ping]", BARE, None, ["no tcpSocket"]),
        ("[sh, -c, 'bare ping']", BARE, "web", ["exec bare ping", "tcpSocket web"]),
        ("[sh, -c, 'exec bare ping']", BARE, "web", ["exec bare ping", "tcpSocket web"]),
        ("[sh, -c, 'timeout 5 bare ping']", SHELLED, "web", ["exec timeout 5 bare ping", "tcpSocket web"]),
        ("[sh, -c, 'timeout 5 bare ping']", BARE, "web", ["no exec", "tcpSocket web"]),
        (
            "[sh, -c, 'curl localhost:8080/h']",
            CURL,
            "web",
            ["httpGet :8080/h", "exec curl localhost:8080/h", "tcpSocket web"],
        ),
        ("[curl, 'https://localhost:8443/']", BARE, "web", ["httpGet https :8443/", "tcpSocket web"]),
        ("[sh, -c, 'curl localhost | grep ok']", BARE, "web", ["no httpGet", "no exec", "tcpSocket web"]),
        ("[grpc_health_probe, -addr=:9, -service=a.B]", BARE, None, ["grpc 9 a.B", "no tcpSocket"]),
        ("[grpc_health_probe, '-addr=:9']", BARE, None, ["grpc 9", "no tcpSocket"]),
        # what a shell would do is nothing that a program does
        ("[sh, -c, 'A=b bare ping']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'bare ping || exit 1']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'bare $PORT']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'bare \"a']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'cd /x']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'test -f /x']", SHELLED, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'exec -a x bare']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'exec']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, '']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'sh x']", SHELLED, "web", ["no exec", "tcpSocket web"]),
        ("[sh, /x.sh]", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, bare, ping]", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -x, 'bare ping']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -ec, \"bare 'a b'\"]", BARE, "web", ["exec bare 'a b'", "tcpSocket web"]),
        ("[sh, -c, 'other ping']", BARE, "web", ["no exec", "tcpSocket web"]),
        ("[sh, -c, 'bare ping']", None, "web", ["no exec", "tcpSocket web"]),
    ],
)
def test_the_rungs_strongest_first(command, definition, port, ladder):
    found = [str(rung) for rung in probe(command, definition, port).ladder]

    assert [
        text.partition(" (")[0].partition(":" if text.startswith("no ") else "\0")[0] for text in found
    ] == ladder


@pytest.mark.parametrize(
    ("command", "definition", "policies"),
    [
        # a shell that the image lacks, one that it has, no shell, and a program that it lacks
        ("[sh, -c, 'curl localhost']", BARE, {"shell": "tcp", "tcp": "tcp", "exec": "tcp", "strong": "http tcp", "auto": "tcp"}),
        ("[sh, -c, 'curl localhost']", BASHED, {"shell": "tcp", "tcp": "tcp", "exec": "exec", "strong": "http exec tcp"}),
        ("[bare, ping]", BARE, {"tcp": "tcp"}),
        ("[curl, localhost]", BARE, {"shell": "tcp", "tcp": "tcp", "exec": "tcp", "strong": "http tcp", "auto": "tcp"}),
        ("[curl, localhost]", CURL, {"tcp": "tcp"}),
    ],
)  # fmt: skip
def test_what_a_policy_takes(command, definition, policies):
    found = probe(command, definition)
    short = {"tcpSocket": "tcp", "httpGet": "http", "exec": "exec"}

    for policy in ("shell", "tcp", "exec", "strong", "auto"):
        taken = [short[kind] for kind in kinds(found.rungs(policy))]
        assert " ".join(taken) == policies.get(policy, ""), policy
        assert found.changes(policy) is (policy in policies)


def test_without_a_port_a_probe_is_to_change_and_has_nothing_to_become():
    found = probe("[sh, -c, 'bare | x']", port=None)

    assert found.changes("shell")
    assert found.rungs("shell") == found.rungs("strong") == ()


# --- what is told


def test_one_note_for_the_probes_of_a_container_that_have_the_same_ladder():
    (note,) = ladder_notes(
        [probe("[sh, -c, 'bare ping']"), replace(probe("[sh, -c, 'bare ping']"), kind="readinessProbe")],
        "shell",
    )

    assert (note.code, note.severity, note.object, note.container) == (
        "probe-rungs",
        "info",
        "Pod/web",
        "main",
    )
    assert "livenessProbe and readinessProbe can become, strongest first: exec bare ping" in note.message
    assert "--probes shell takes tcpSocket" in note.message
    assert "--probes strong" in note.help


@pytest.mark.parametrize(
    ("command", "port", "policy", "takes", "helps"),
    [
        ("[sh, -c, 'bare ping']", "web", "strong", "--probes strong tries them in this order", False),
        ("[sh, -c, 'bare ping']", "web", "exec", "--probes exec takes exec", False),
        ("[sh, -c, 'bare | x']", "web", "shell", "--probes shell takes tcpSocket", False),
        ("[sh, -c, 'bare | x']", None, "shell", "--probes shell finds none", False),
        ("[sh, -c, 'bare ping']", "web", "shell", "--probes shell takes tcpSocket", True),
    ],
)
def test_the_note_says_what_is_taken_and_whether_more_could_be(command, port, policy, takes, helps):
    (note,) = ladder_notes([probe(command, port=port)], policy)

    assert note.message.endswith(takes)
    assert bool(note.help) is helps


def test_other_containers_and_other_ladders_have_notes_of_their_own():
    probes = [
        probe("[sh, -c, 'bare ping']"),
        probe("[sh, -c, 'bare | x']"),
        probe("[sh, -c, 'bare ping']", name="other"),
    ]

    assert [note.object for note in ladder_notes(probes, "shell")] == ["Pod/web", "Pod/web", "Pod/other"]
    assert list(ladder_notes([], "shell")) == []


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (None, "no probe at all"),
        ("text", "no probe at all"),
        ({"periodSeconds": 5}, "no handler"),
        ({"exec": {}, "tcpSocket": {"port": 1}}, "2 handlers, exec and tcpSocket, and Kubernetes refuses"),
        ({"exec": None, "tcpSocket": {"port": 1}}, "renders tcpSocket and not"),
        ({"exec": None}, "no handler"),
        ({"httpGet": {}, "grpc": {}, "exec": {}}, "3 handlers, exec and httpGet and grpc"),
    ],
)
def test_what_renders_in_place_of_the_wanted_probe(shown, words):
    assert words in _shown(shown)
