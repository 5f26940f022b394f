"""Which probes become goals, by which values they are to be reached, and what is told of the others: in memory."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.target import Decision
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.probes import ProbesStep
from migrate_dhi.steps.step import Result
from migrate_dhi.trace.fragments import Reaching
from migrate_dhi.trace.literals import Landing, literal
from tests.dhi.ready import BARE, SHELLED

FILE = "c/templates/t.yaml"
SH = {"exec": {"command": ["sh", "-c", "bare | x"]}, "periodSeconds": 5}
PLAIN = {"exec": {"command": ["bare", "ping"]}}
TCP = {"tcpSocket": {"port": "web"}}
PORTS = [{"name": "web", "containerPort": 8080}]
PLACE = ("spec", "containers", 0, "livenessProbe", "tcpSocket", "port")


def pod(*, ports=PORTS, init=(), name="web", labels=None, side=None, **probes):
    containers = [{"name": "main", "image": "dhi", "ports": ports, **probes}]
    containers += [{"name": "side", "image": "acme", **side}] if side else []
    spec = {"containers": containers, "initContainers": list(init)}
    return {"kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def of(*objects):
    return Manifests({FILE: "\n---\n".join(map(json.dumps, objects))})


class Fields:
    """What traces tell: maps that are named like probes, maps that are alike, and maps around an image."""

    def __init__(self, manifests, named=(), alike=(), around=()):
        self.item = manifests.objects[0]
        self.named, self.alike, self.near = named, alike, around
        self.asked, self.begun = [], []

    def maps_named(self, words):
        assert words.search("customLivenessProbe")
        return [("custom",)], [("filled",)]

    def maps_like(self, contents):
        return [("alike",)] if list(contents) else []

    def around(self, holders, _words):
        return [(*holder, "livenessProbe") for holder in holders]

    def begin(self, maps, leaf):
        self.begun.append((list(maps), leaf))

    def reaching(self, maps, leaf):
        self.asked.append(list(maps))
        known = {
            **dict.fromkeys(self.named, True),
            **dict.fromkeys(self.alike, True),
            **dict.fromkeys(self.near, False),
        }
        item = self.item
        return [
            Reaching(path, item.identity, item.template, item.index, PLACE, known[path], leaf)
            for path in maps
            if path in known
        ]


def context_of(
    *objects, facts=BARE, policy="shell", fields=None, landings=(), values=None, layers=(), **decision
):
    manifests = of(*objects)
    before = Reference.parse("docker.io/acme/bare:1.4.2")
    decided = Decision(before, Reference.parse("dhi.io/bare:1.4.2"), "migrate", "why", facts, **decision)
    image = Image(before, decided, ())
    tracer = Fields(manifests, **(fields or {}))
    trace = SimpleNamespace(
        fields=tracer, literals=SimpleNamespace(landings=lambda kind: [x for k, x in landings if k == kind])
    )
    held = values or {}
    return SimpleNamespace(
        manifests=manifests,
        image_of=lambda container: image if container.image == "dhi" else None,
        trace_of=lambda _: trace,
        holders=lambda *containers: [("image",)] if containers else [],
        choices=SimpleNamespace(probes=policy),
        playbooks=SimpleNamespace(match=lambda _: None, for_target=lambda _: None),
        target=SimpleNamespace(layers=layers),
        value=lambda variable: value_at(held, variable.path),
        sets_anything=lambda sets: any(value_at(held, one.path) is not None for one in sets),
        fields=tracer,
    )


def goals_of(*objects, **more):
    return ProbesStep().goals(context_of(*objects, **more))


# --- which probes


@pytest.mark.parametrize(
    ("probes", "labels"),
    [
        ({"livenessProbe": SH}, ["livenessProbe"]),
        ({"readinessProbe": SH, "startupProbe": SH}, ["startupProbe", "readinessProbe"]),
        ({"livenessProbe": PLAIN}, []),
        ({"livenessProbe": TCP}, []),
        ({"livenessProbe": {"exec": None, **TCP}}, []),
        ({"livenessProbe": {"exec": {"command": ["curl", "localhost"]}}}, ["livenessProbe"]),
        ({"livenessProbe": {"exec": {}}}, []),
        ({"livenessProbe": "text"}, []),
        ({"livenessProbe": None}, []),
        ({"lifecycle": {"preStop": SH}}, []),
        ({}, []),
    ],
)
def test_exec_probes_that_the_policy_wants_changed(probes, labels):
    found = goals_of(pod(**probes))

    assert [goal.label for goal in found.goals] == [f"Pod/web: main {kind}" for kind in labels]
    assert [notice.code for notice in found.notices] == ["probe-rungs"] * bool(labels)


def _lines(probes):
    """A line of a template for each probe."""
    item = of(pod()).objects[0]
    return [
        (
            kind,
            Landing(
                literal("templates/t.yaml", (kind, 0)),
                item.identity,
                FILE,
                0,
                ("spec", "containers", 0, kind),
            ),
        )
        for kind in probes
    ]


def test_probes_of_containers_that_keep_their_image_are_left_alone_and_those_of_native_sidecars_are_not():
    sidecar = {
        "name": "first",
        "image": "dhi",
        "restartPolicy": "Always",
        "ports": PORTS,
        "livenessProbe": SH,
    }
    found = goals_of(pod(side={"livenessProbe": SH}, init=[sidecar]))

    assert [notice.message for notice in found.notices if notice.code == "probe-unreached"] == []
    assert [goal.label for goal in found.goals] == ["Pod/web: first livenessProbe"]


@pytest.mark.parametrize(
    ("policy", "probe", "facts", "idle"),
    [
        ("shell", PLAIN, BARE, "no exec probe runs a shell"),
        ("shell", TCP, BARE, "no container with a hardened image has an exec probe"),
        ("tcp", TCP, BARE, "no container with a hardened image has an exec probe"),
        ("auto", SH, SHELLED, "the hardened image has the shell that the exec probes run"),
        ("exec", PLAIN, BARE, "no exec probe runs through a shell"),
        ("strong", PLAIN, BARE, "no exec probe needs a shell or lacks its program"),
    ],
)
def test_why_nothing_is_to_be_changed(policy, probe, facts, idle):
    found = goals_of(pod(livenessProbe=probe), facts=facts, policy=policy)

    assert (found.goals, found.notices, found.blocked, found.skipped) == ((), (), "", "")
    assert idle in found.idle


def test_probes_that_are_kept_on_purpose():
    assert goals_of(pod(livenessProbe=SH), policy="keep").skipped == "--probes keep"
    context = context_of(pod(livenessProbe=SH), policy="keep")
    ProbesStep().begin(context)
    assert context.fields.begun == []


# --- which values


@pytest.mark.parametrize(
    ("fields", "paths", "asked"),
    [
        ({"named": [("filled",)]}, [("filled",)], 2),
        # an override before what is filled
        ({"named": [("filled",), ("custom",)]}, [("custom",), ("filled",)], 2),
        # other names only where those of the name reach nothing
        ({"alike": [("alike",)]}, [("alike",)], 4),
        ({"around": [("image", "livenessProbe")]}, [("image", "livenessProbe")], 4),
        ({"named": [("custom",)], "alike": [("alike",)]}, [("custom",)], 2),
        ({}, [], 4),
    ],
)
def test_maps_that_reach_a_probe(fields, paths, asked):
    context = context_of(pod(livenessProbe=SH), fields=fields)
    (goal,) = ProbesStep().goals(context).goals

    assert list(goal.paths) == paths
    assert len(context.fields.asked) == asked
    assert bool(context.fields.begun) is (asked == 4)
    context.fields.begun.clear()
    ProbesStep().begin(context)
    assert context.fields.begun[0] == ([("custom",)], ("tcpSocket", "port"))


@pytest.mark.parametrize("fields", [{}, {"named": [("filled",)]}])
def test_a_line_of_a_template_is_proposed_last_whether_a_value_reaches_or_not(fields):
    line = ("livenessProbe", _lines({"livenessProbe": 1})[0][1])
    (goal,) = goals_of(pod(livenessProbe=SH), landings=[line], fields=fields).goals

    *before, last = goal.propose()

    assert [one.path for one in last.sets] == [("templates/t.yaml", "livenessProbe", 0)]
    assert bool(before) is bool(fields)


# --- what is proposed


@pytest.mark.parametrize(
    ("values", "layers", "expected"),
    [
        # an empty map takes the whole probe
        ({}, (), [{"filled": {**TCP, "periodSeconds": 5}}]),
        ({"filled": {}}, (), [{"filled": {**TCP, "periodSeconds": 5}}]),
        # a filled one another handler, its own first taken out
        (
            {"filled": {"exec": {"command": []}}},
            (),
            [
                {
                    "filled.exec": "gone",
                    "filled.httpGet": "gone",
                    "filled.grpc": "gone",
                    "filled.tcpSocket": {"port": "web"},
                },
                {"filled.tcpSocket": {"port": "web"}},
            ],
        ),
        ({"filled": {"periodSeconds": 5}}, (), [{"filled.tcpSocket": {"port": "web"}}]),
        # in a file laid over the chart, null takes a default out
        (
            {"filled": {"periodSeconds": 5}},
            ("prod.yaml",),
            [
                {"filled.tcpSocket": {"port": "web"}},
                {"filled.exec": None, "filled.tcpSocket": {"port": "web"}},
            ],
        ),
    ],
)
def test_what_is_proposed_for_a_map(values, layers, expected):
    (goal,) = goals_of(
        pod(livenessProbe=SH), fields={"named": [("filled",)]}, values=values, layers=layers
    ).goals
    found = [
        {".".join(map(str, one.path)): "gone" if one.delete else one.value for one in proposal.sets}
        for proposal in goal.propose()
    ]

    assert found == expected


def test_the_strongest_handler_comes_first_and_the_others_behind():
    probe = {"exec": {"command": ["sh", "-c", "curl localhost:8080/h"]}}
    (goal,) = goals_of(pod(livenessProbe=probe), policy="strong", fields={"named": [("filled",)]}).goals

    assert [next(iter(proposal.sets[0].value)) for proposal in goal.propose()] == ["httpGet", "tcpSocket"]


# --- when it is reached


@pytest.mark.parametrize(
    ("after", "reached", "why"),
    [
        ({**TCP, "periodSeconds": 5}, True, ""),
        ({**TCP, "periodSeconds": 5, "exec": None, "timeoutSeconds": None}, True, ""),
        ({**TCP, "periodSeconds": 6}, False, "renders tcpSocket"),
        (TCP, False, "renders tcpSocket"),
        ({**TCP, **SH}, False, "2 handlers, exec and tcpSocket"),
        ({**TCP, "periodSeconds": 5, "httpGet": {}}, False, "2 handlers"),
        ({"tcpSocket": {"port": 8080}, "periodSeconds": 5}, False, "renders tcpSocket"),
        (SH, False, "renders exec"),
        (None, False, "no probe at all"),
    ],
)
def test_a_probe_has_one_handler_and_its_timings(after, reached, why):
    (goal,) = goals_of(pod(livenessProbe=SH)).goals
    found = goal.reached(Result({}, of(pod(livenessProbe=after))))

    assert found.whole is reached
    assert why in found.why
    assert not goal.reached(Result({}, of(pod(name="other", livenessProbe=after) | {"kind": "Other"}))).whole


def test_a_change_of_the_probe_is_its_own_and_no_other():
    (goal,) = goals_of(pod(livenessProbe=SH)).goals

    def changes(**after):
        return compare(of(pod(livenessProbe=SH)), of(pod(**{"livenessProbe": SH, **after})))

    assert all(goal.expects(change) and goal.touches(change) for change in changes(livenessProbe=TCP))
    assert not any(goal.expects(change) for change in changes(readinessProbe=TCP))
    assert not any(
        goal.expects(change) for change in compare(of(pod(name="b")), of(pod(name="b", livenessProbe=TCP)))
    )
    assert goal.images == (Reference.parse("docker.io/acme/bare:1.4.2"),)


# --- ports


SERVICE = {
    "kind": "Service",
    "metadata": {"name": "s"},
    "spec": {"selector": {"app": "x"}, "ports": [{"port": 80, "targetPort": 9000}]},
}


@pytest.mark.parametrize(
    ("ports", "more", "objects", "port"),
    [
        (PORTS, {}, [], "web"),
        ([{"containerPort": 8080}], {}, [], 8080),
        ([], {}, [], None),
        ([], {}, [SERVICE], 9000),
        # the port that the image exposes
        ([{"name": "bus", "containerPort": 9}, {"name": "own", "containerPort": 8080}], {}, [], "own"),
        # the port that another probe asks, declared or not
        (PORTS, {"readinessProbe": {"httpGet": {"port": 9001}}}, [], 9001),
        ([], {"readinessProbe": {"httpGet": {"port": 9001}}}, [SERVICE], 9001),
        ([{"containerPort": 53, "protocol": "UDP"}], {}, [], None),
    ],
)
def test_the_port_to_connect_to(ports, more, objects, port):
    found = goals_of(pod(ports=ports, labels={"app": "x"}, livenessProbe=SH, **more), *objects)

    assert [goal.probe.port for goal in found.goals] == ([port] if port else [])
    stuck = [notice for notice in found.notices if notice.code == "probe-unreached"]
    assert [(notice.severity, notice.object, notice.container) for notice in stuck] == (
        [] if port else [("error", "Pod/web", "main")]
    )
    assert bool(found.blocked) is (port is None)


# --- what is told of those that stay


@pytest.mark.parametrize(
    ("facts", "ports", "code", "words"),
    [
        (SHELLED, PORTS, "probe-fixed", "no value was found that gives the livenessProbe of Pod/web: main another handler; it can stay, since the hardened image has a shell (bash)"),
        (SHELLED, [], "probe-without-port", "declares no port that its livenessProbe could connect to, and no Service targets one; it can stay"),
    ],
)  # fmt: skip
def test_a_probe_that_the_image_can_run_stays_with_a_note(facts, ports, code, words):
    found = goals_of(pod(ports=ports, livenessProbe=SH), facts=facts)
    notices = [notice for notice in found.notices if notice.code != "probe-rungs"]

    assert [(notice.code, notice.severity, notice.file) for notice in notices] == [(code, "info", FILE)]
    assert words in notices[0].message
    assert "assumed" not in notices[0].message + found.idle
    assert "the hardened image has a shell (bash)" in found.idle
    assumed = goals_of(pod(ports=ports, livenessProbe=SH), facts=facts, assumed=True)
    assert "assumed from the nearest" in assumed.notices[0].message
    assert "assumed from the nearest listed line" in assumed.idle


def test_a_command_that_the_image_has_is_told_without_a_shell():
    found = goals_of(pod(ports=[], livenessProbe=PLAIN), policy="tcp")

    assert "has the command, as far as the catalog tells" in found.notices[0].message
    assert "the hardened image can run them" in found.idle


@pytest.mark.parametrize("layers", [(), ("prod.yaml",)])
def test_a_probe_that_could_not_be_reached_is_an_error_unless_the_image_can_run_it(layers):
    context = context_of(pod(livenessProbe=SH), layers=layers)
    lost = ProbesStep().unreached(context, "Pod/web: main livenessProbe")
    runs = ProbesStep().unreached(
        context_of(pod(livenessProbe=SH), facts=SHELLED), "Pod/web: main livenessProbe"
    )

    assert (lost.code, lost.severity, lost.object, lost.container) == (
        "probe-unreached",
        "error",
        "Pod/web",
        "main",
    )
    assert ("a null deletes a default handler" in lost.help) is not bool(layers)
    assert lost.help.startswith("use an image variant with a shell, or")
    assert (runs.code, runs.severity) == ("probe-fixed", "info")


def test_the_help_names_the_program_that_a_script_calls_and_the_image_lacks():
    probe = {"exec": {"command": ["bash", "-c", "curl -f localhost"]}}
    context = context_of(pod(livenessProbe=probe), facts=replace(SHELLED, packages=("bash",)))

    lost = ProbesStep().unreached(context, "Pod/web: main livenessProbe")

    assert (lost.code, lost.help.partition(",")[0]) == ("probe-unreached", "use an image variant with curl")
    assert ProbesStep().unreached(context, "Pod/gone: main livenessProbe").severity == "error"


@pytest.mark.parametrize(
    ("policy", "subject"),
    [
        ("shell", "probe by TCP connect"),
        ("tcp", "probe by TCP connect"),
        ("auto", "probe by TCP connect"),
        ("exec", "probe by exec without a shell"),
        ("strong", "probe without a shell, as strongly as can be"),
    ],
)
def test_the_subject_names_what_comes_of_it(policy, subject):
    assert ProbesStep().subject(context_of(pod(), policy=policy)) == subject


def test_notes_of_ladders_come_with_the_goals_alone():
    found = goals_of(pod(livenessProbe=SH, readinessProbe=SH))

    assert [notice.code for notice in found.notices] == ["probe-rungs"]
    assert replace(found, notices=()).goals == found.goals
