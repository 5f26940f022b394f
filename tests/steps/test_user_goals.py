"""Which containers need a number for their user, and when they have it: on manifests alone, as Kubernetes decides."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath
from migrate_dhi.dhi.target import Decision
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.run_as_user import RunAsUserStep
from migrate_dhi.steps.step import Result
from migrate_dhi.trace.fragments import Reaching
from migrate_dhi.trace.literals import Landing, literal
from tests.dhi.ready import BARE

NAMED = BARE
NUMBERED = replace(BARE, user="65532:65532")
ROOT = replace(BARE, user="root", uid=0, gid=0)
GROUPLESS = replace(BARE, gid=None)
TIED = replace(BARE, uid=70, gid=70, paths=(OwnedPath("/var/lib/bare", 70, 70, "0700"),))
OPEN = replace(BARE, uid=70, gid=70, paths=(OwnedPath("/var/lib/bare", 70, 70, "0777"),))


def manifests(containers, pod=None, *, init=(), volumes=(), kind="Pod", name="web"):
    """One pod: containers as {name: security context, or a whole map with ``securityContext`` in it}."""

    def listed(some):
        return [
            {"name": key, "image": f"{key}:1", **(own if own and "own" in own else {"securityContext": own})}
            for key, own in some.items()
        ]

    spec = {"containers": listed(containers), "securityContext": pod, "volumes": list(volumes)}
    if init:
        spec["initContainers"] = listed(init)
    data = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    return Manifests({"c/templates/t.yaml": json.dumps(data)})


class Fields:
    """What traces tell: each map of the values with the place where its user comes out."""

    def __init__(self, manifests_, hits=()):
        (item,) = manifests_.objects
        self.hits = [
            Reaching(path, item.identity, item.template, 0, place, True, leaf) for path, place, leaf in hits
        ]
        self.asked = []

    def maps_named(self, words):
        assert words.search("podSecurityContext")
        assert not words.search("context")
        return [], list(dict.fromkeys(hit.path for hit in self.hits if hit.leaf))

    def reaching(self, maps, leaf):
        self.asked.append((list(maps), leaf))
        return [hit for hit in self.hits if hit.leaf == leaf and hit.path in list(maps)]

    def maps_like(self, contents):
        return [("like",)] if list(contents) else []

    def around(self, holders, _words):
        return [(*holder, "securityContext") for holder in holders]

    def near(self, field):
        assert field == "runAsUser"
        return [("uid",)]


def context_of(found, images, hits=(), landings=()):
    """A context with these images by the names of their containers."""
    before = Reference.parse("docker.io/acme/bare:1.4.2")
    known = {
        name: Image(
            before, Decision(before, Reference.parse("dhi.io/bare:1.4.2"), "migrate", "why", facts), ()
        )
        for name, facts in images.items()
    }
    fields = Fields(found, hits)
    literals = SimpleNamespace(landings=lambda name: list(landings) if name == "securityContext" else [])
    trace = SimpleNamespace(fields=fields, literals=literals)
    return SimpleNamespace(
        manifests=found,
        image_of=lambda container: known.get(container.name),
        trace_of=lambda _: trace,
        holders=lambda *_: [("image",)],
        fields=fields,
    )


DEMANDS = {"runAsNonRoot": True}


# --- who needs a number


@pytest.mark.parametrize(
    ("own", "pod", "facts", "needs"),
    [
        (DEMANDS, None, NAMED, True),
        (None, DEMANDS, NAMED, True),
        ({}, DEMANDS, NAMED, True),
        # a container may take back what its pod demands, and demand it alone
        ({"runAsNonRoot": False}, DEMANDS, NAMED, False),
        (DEMANDS, {"runAsNonRoot": False}, NAMED, True),
        ({"runAsNonRoot": None}, DEMANDS, NAMED, True),
        ({"runAsNonRoot": "true"}, None, NAMED, False),
        (None, None, NAMED, False),
        # a number of the chart, wherever it stands
        ({**DEMANDS, "runAsUser": 1000}, None, NAMED, False),
        (DEMANDS, {"runAsUser": 1000}, NAMED, False),
        ({"runAsUser": 0}, DEMANDS, NAMED, False),
        ({**DEMANDS, "runAsUser": None}, None, NAMED, True),
        ({**DEMANDS, "runAsGroup": 1000}, {"fsGroup": 1000}, NAMED, True),
        # a number of the image
        (DEMANDS, None, NUMBERED, False),
    ],
)
def test_a_container_needs_a_number_where_kubernetes_could_not_verify_its_user(own, pod, facts, needs):
    found = RunAsUserStep().goals(context_of(manifests({"main": own}, pod), {"main": facts}))

    assert [goal.label for goal in found.goals] == (["Pod/web: main"] if needs else [])
    assert bool(found.idle) is not needs
    assert (found.blocked, found.notices) == ("", ())


@pytest.mark.parametrize("facts", [ROOT, None, replace(BARE, uid=None)])
def test_a_user_that_is_root_or_not_known_is_said_and_blocks_only_where_nothing_else_is_to_do(facts):
    one = RunAsUserStep().goals(context_of(manifests({"main": DEMANDS}), {"main": facts}))
    two = RunAsUserStep().goals(
        context_of(manifests({"main": None, "side": None}, DEMANDS), {"main": facts, "side": NAMED})
    )

    assert ([*one.goals], [goal.label for goal in two.goals]) == ([], ["Pod/web: side"])
    assert ("Pod/web: main needs a numeric user" in one.blocked, two.blocked) == (True, "")
    for (notice,) in (one.notices, two.notices):
        assert (notice.code, notice.severity) == ("user-not-numeric", "error")
        assert (notice.object, notice.container) == ("Pod/web", "main")


def test_containers_that_keep_their_image_need_nothing_and_init_containers_do():
    found = RunAsUserStep().goals(
        context_of(
            manifests({"main": None, "side": None}, DEMANDS, init={"first": None}),
            {"main": NAMED, "first": NAMED},
        )
    )

    assert [goal.label for goal in found.goals] == ["Pod/web: first", "Pod/web: main"]


def test_the_subject_names_each_number_once():
    images = {"main": NAMED, "side": TIED, "third": NAMED}
    context = context_of(manifests(dict.fromkeys(images), DEMANDS), images)

    assert RunAsUserStep().subject(context) == "run as 70, 65532"


# --- what is proposed, and in which order

OWN = ("spec", "containers", 0, "securityContext", "runAsUser")
PODS = ("spec", "securityContext", "runAsUser")
CLAIM = {"name": "v", "persistentVolumeClaim": {"claimName": "c"}}
WRITES = {"own": True, "securityContext": DEMANDS, "volumeMounts": [{"name": "v", "mountPath": "/data"}]}


def proposals(container, hits, *, pod=None, facts=NAMED, volumes=()):
    context = context_of(manifests({"main": container}, pod, volumes=volumes), {"main": facts}, hits)
    (goal,) = RunAsUserStep().goals(context).goals
    return [{".".join(map(str, one.path)): one.value for one in proposal.sets} for proposal in goal.propose()]


@pytest.mark.parametrize(
    ("container", "hits", "more", "expected"),
    [
        (
            DEMANDS,
            [(("a",), OWN, ("runAsUser",))],
            {},
            [{"a.runAsUser": 65532, "a.runAsGroup": 65532}, {"a.runAsUser": 65532}],
        ),
        # the container's own map before its pod's
        (
            DEMANDS,
            [(("p",), PODS, ("runAsUser",)), (("a",), OWN, ("runAsUser",))],
            {"facts": GROUPLESS},
            [{"a.runAsUser": 65532}, {"p.runAsUser": 65532}],
        ),
        # of two maps the one that reaches fewer places
        (
            DEMANDS,
            [
                (("wide",), OWN, ("runAsUser",)),
                (("wide",), PODS, ("runAsUser",)),
                (("own",), OWN, ("runAsUser",)),
            ],
            {"facts": GROUPLESS},
            [{"own.runAsUser": 65532}, {"wide.runAsUser": 65532}, {"wide.runAsUser": 65532}],
        ),
        # a group that the chart sets, or a value that is the number itself
        ({**DEMANDS, "runAsGroup": 5}, [(("a",), OWN, ("runAsUser",))], {}, [{"a.runAsUser": 65532}]),
        (DEMANDS, [(("a",), OWN, ("runAsUser",))], {"pod": {"runAsGroup": 5}}, [{"a.runAsUser": 65532}]),
        (DEMANDS, [(("uid",), OWN, ())], {}, [{"uid": 65532}]),
        # the group of a volume that lasts
        (
            WRITES,
            [(("p",), PODS, ("runAsUser",))],
            {"volumes": [CLAIM]},
            [
                {"p.runAsUser": 65532, "p.runAsGroup": 65532, "p.fsGroup": 65532},
                {"p.runAsUser": 65532, "p.runAsGroup": 65532},
                {"p.runAsUser": 65532},
            ],
        ),
        (
            WRITES,
            [(("p",), PODS, ("runAsUser",))],
            {"volumes": [CLAIM], "pod": {"fsGroup": 0}},
            [{"p.runAsUser": 65532, "p.runAsGroup": 65532}, {"p.runAsUser": 65532}],
        ),
        (
            WRITES,
            [(("p",), PODS, ("runAsUser",))],
            {"volumes": [{"name": "v", "emptyDir": {}}]},
            [{"p.runAsUser": 65532, "p.runAsGroup": 65532}, {"p.runAsUser": 65532}],
        ),
        # a volume that cannot be written has no owner to be
        (
            WRITES,
            [(("p",), PODS, ("runAsUser",))],
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c", "readOnly": True}}]},
            [{"p.runAsUser": 65532, "p.runAsGroup": 65532}, {"p.runAsUser": 65532}],
        ),
        (DEMANDS, [], {}, []),
    ],
)
def test_what_is_proposed_best_first(container, hits, more, expected):
    assert proposals(container, hits, **more) == expected


def test_other_maps_are_looked_for_only_where_those_of_the_name_do_not_reach_the_container():
    near = context_of(manifests({"main": DEMANDS}), {"main": NAMED}, [(("a",), OWN, ("runAsUser",))])
    far = context_of(manifests({"main": DEMANDS}), {"main": NAMED}, [(("a",), PODS, ("runAsUser",))])
    for context in (near, far):
        RunAsUserStep().goals(context)

    assert near.fields.asked == [([("a",)], ("runAsUser",))]
    assert far.fields.asked == [
        ([("a",)], ("runAsUser",)),
        ([("like",), ("like", "securityContext"), ("image", "securityContext")], ("runAsUser",)),
        ([("uid",)], ()),
    ]


@pytest.mark.parametrize(
    ("place", "hits", "container", "expected"),
    [
        (("spec", "containers", 0), [], DEMANDS, [{"runAsUser": 65532, "runAsGroup": 65532}]),
        (("spec", "containers", 0), [], {**DEMANDS, "runAsGroup": 5}, [{"runAsUser": 65532}]),
        # the line of another map, or one where a value reaches
        (("spec",), [], DEMANDS, []),
        (("spec", "containers", 1), [], DEMANDS, []),
        (("spec", "containers", 0), [(("uid",), OWN, ())], DEMANDS, [65532]),
    ],
)
def test_a_line_of_a_template_takes_the_user_where_no_value_reaches(place, hits, container, expected):
    found = manifests({"main": container})
    (item,) = found.objects
    line = literal("templates/t.yaml", ("securityContext", 0))
    landing = Landing(line, item.identity, item.template, item.index, place)
    (goal,) = RunAsUserStep().goals(context_of(found, {"main": NAMED}, hits, [landing])).goals

    assert [one.value for proposal in goal.propose() for one in proposal.sets] == expected


# --- when it is reached

GIVEN = {**DEMANDS, "runAsUser": 65532}


@pytest.mark.parametrize(
    ("facts", "after", "pod", "reached"),
    [
        ({}, {"main": GIVEN}, None, True),
        ({}, {"main": DEMANDS}, {"runAsUser": 65532}, True),
        ({}, {"main": {**DEMANDS, "runAsUser": 1000}}, None, False),
        ({}, {"main": {**DEMANDS, "runAsUser": "65532"}}, None, False),
        ({}, {"main": DEMANDS}, None, False),
        # a container beside it that keeps its image must not get a user or a group
        ({}, {"main": GIVEN, "side": {"runAsUser": 65532}}, None, False),
        ({}, {"main": GIVEN, "side": {"runAsGroup": 65532}}, None, False),
        ({}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, False),
        ({}, {"main": GIVEN, "side": None}, None, True),
        # one with a hardened image may, if that is its own or its files are open to all
        ({"side": NAMED}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, True),
        ({"side": TIED}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, False),
        ({"side": OPEN}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, True),
        ({"side": TIED}, {"main": GIVEN, "side": {"runAsUser": 70}}, None, True),
        ({"side": None}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, False),
        ({"side": ROOT}, {"main": DEMANDS, "side": None}, {"runAsUser": 65532}, False),
    ],
)
def test_reached_where_it_has_the_number_and_no_other_is_misled(facts, after, pod, reached):
    before = {"main": DEMANDS, **({"side": None} if "side" in after else {})}
    context = context_of(manifests(before), {"main": NAMED, **facts})
    goal = next(goal for goal in RunAsUserStep().goals(context).goals if goal.label == "Pod/web: main")
    found = goal.reached(Result({}, manifests(after, pod)))

    assert found.whole is reached
    assert found.missing == (() if reached else ("Pod/web: main",))
    misled = "side" in after and not reached
    assert ("also gives a user to Pod/web: side" in found.why) is misled


def test_a_container_that_has_a_user_of_its_own_is_not_misled():
    side = {"runAsUser": 1000, "runAsGroup": 1000}
    context = context_of(manifests({"main": DEMANDS, "side": side}), {"main": NAMED})
    (goal,) = RunAsUserStep().goals(context).goals

    assert goal.reached(Result({}, manifests({"main": DEMANDS, "side": side}, {"runAsUser": 65532}))).whole


# --- which changes are its own


def changes(own, after, pod=None, pod_after=None):
    return compare(manifests({"main": own}, pod), manifests({"main": after}, pod_after))


@pytest.mark.parametrize(
    ("own", "after", "expected"),
    [
        (DEMANDS, GIVEN, True),
        (DEMANDS, {**GIVEN, "runAsGroup": 5}, True),
        (DEMANDS, {**DEMANDS, "fsGroup": 5}, True),
        # null is as good as nothing
        ({**DEMANDS, "runAsUser": None}, GIVEN, True),
        (None, {"runAsUser": 5}, True),
        ({**DEMANDS, "runAsUser": 5}, GIVEN, False),
        (GIVEN, DEMANDS, False),
        (GIVEN, {**DEMANDS, "runAsUser": None}, False),
        ({"runAsUser": None}, {}, False),
        ({}, {"runAsUser": None}, False),
        (DEMANDS, {"runAsNonRoot": False}, False),
        (DEMANDS, {**DEMANDS, "privileged": True}, False),
        (None, {"runAsUser": 5, "privileged": True}, False),
        (DEMANDS, None, False),
    ],
)
def test_a_user_where_there_was_none_is_expected_and_nothing_else(own, after, expected):
    context = context_of(manifests({"main": DEMANDS}), {"main": NAMED})
    (goal,) = RunAsUserStep().goals(context).goals
    found = changes(own, after)

    assert found
    assert all(goal.expects(change) is expected for change in found)
    assert all(goal.touches(change) is expected for change in found)
    assert all(RunAsUserStep().announces(context, change) is expected for change in found)


def test_another_object_is_none_of_it_and_is_announced_only_where_all_it_runs_is_hardened():
    context = context_of(manifests({"main": DEMANDS}), {"main": NAMED})
    (goal,) = RunAsUserStep().goals(context).goals
    one = manifests({"main": DEMANDS, "side": None}, name="other")
    (change,) = compare(one, manifests({"main": GIVEN, "side": None}, name="other"))

    assert not goal.expects(change)
    assert not RunAsUserStep().announces(context, change)
    context = context_of(manifests({"main": DEMANDS}), {"main": NAMED, "side": NAMED})
    assert RunAsUserStep().announces(context, change)
    item = Manifests({"c/templates/c.yaml": "kind: ConfigMap\nmetadata: {name: x}\n"}).objects[0]
    path = ("data", "securityContext", "runAsUser")
    assert not RunAsUserStep().announces(context, Change(item, item, path, ABSENT, 5))


def test_what_could_not_be_reached_is_an_error_of_its_container():
    found = RunAsUserStep().unreached(None, "Deployment/web: main")

    assert (found.code, found.severity, found.object, found.container) == (
        "user-not-numeric",
        "error",
        "Deployment/web",
        "main",
    )
