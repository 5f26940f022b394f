"""When pods have the pull secret, and by which values they are to get it: on manifests alone, as Kubernetes decides."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.steps.pull_secret import PullSecretStep, _Pods
from migrate_dhi.steps.step import Result
from migrate_dhi.trace.literals import Landing, literal
from migrate_dhi.trace.pull_secrets import SecretValue, pod_key

DHI = {"name": "dhi"}
OLD = {"name": "old"}
FILE = "c/templates/t.yaml"


def pod(name="web", listed=None, *, image="dhi", account="", namespace="", kind="Pod"):
    spec = {"containers": [{"name": "main", "image": image}]}
    spec |= {} if listed is None else {"imagePullSecrets": listed}
    spec |= {"serviceAccountName": account} if account else {}
    around = {"Pod": spec, "Job": {"template": {"spec": spec}}}
    around["CronJob"] = {"jobTemplate": {"spec": around["Job"]}}
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": around.get(kind, around["Job"]),
    }


def account(listed=None, name="default", namespace=""):
    return {
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace},
        "imagePullSecrets": listed,
    }


def of(*objects):
    return Manifests({FILE: "\n---\n".join(map(json.dumps, objects))})


class Secrets:
    """What a trace tells of values that put secrets into pods."""

    def __init__(self, values=(), refused=()):
        self.values = list(values)
        self.found = {value.path: value for value in values}
        self.refused = {value.path: value for value in refused}
        self.asked = None

    def find(self, keys, holders):
        self.asked = (keys, list(holders))
        return self.values


def goal_of(manifests, values=(), *, refused=(), landings=()):
    """The goal over all pods whose image begins with `dhi`."""
    secrets = Secrets(values, refused)
    trace = SimpleNamespace(secrets=secrets, literals=SimpleNamespace(landings=lambda _: list(landings)))
    context = SimpleNamespace(
        manifests=manifests,
        hardened_pods=[
            one for one in manifests.pods if any(c.image.startswith("dhi") for c in one.containers)
        ],
        choices=SimpleNamespace(pull_secret="dhi"),
        traces={"": trace},
        holders=lambda *containers: [tuple(container.name for container in containers)],
        images=(),
    )
    return _Pods(context)


# --- whether the pods have it


@pytest.mark.parametrize(
    ("before", "after", "done", "missing"),
    [
        ([pod()], [pod(listed=[DHI])], 1, ()),
        ([pod(listed=[])], [pod(listed=[DHI])], 1, ()),
        ([pod(listed=[OLD])], [pod(listed=[OLD, DHI])], 1, ()),
        ([pod()], [pod(listed=[])], 0, ("Pod/web",)),
        ([pod()], [], 0, ("Pod/web",)),
        # not as Kubernetes wants it
        ([pod()], [pod(listed=["dhi"])], 0, ("Pod/web",)),
        ([pod()], [pod(listed=[{"name": "map[name:dhi]"}])], 0, ("Pod/web",)),
        ([pod()], [pod(listed={"name": "dhi"})], 0, ("Pod/web",)),
        ([pod()], [pod(listed=[{"Name": "dhi"}])], 0, ("Pod/web",)),
        # through the account, which counts only for a pod that lists none
        ([pod(), account()], [pod(), account([DHI])], 1, ()),
        ([pod(), account()], [pod(listed=[]), account([DHI])], 1, ()),
        ([pod(listed=[OLD]), account()], [pod(listed=[OLD]), account([DHI])], 0, ("Pod/web",)),
        ([pod(account="own"), account()], [pod(account="own"), account([DHI])], 0, ("Pod/web",)),
        ([pod(account="own"), account(name="own")], [pod(account="own"), account([DHI], "own")], 1, ()),
        (
            [pod(namespace="a"), account(namespace="b")],
            [pod(namespace="a"), account([DHI], namespace="b")],
            0,
            ("Pod/web",),
        ),
        ([pod(), account()], [pod(), account(["dhi"])], 0, ("Pod/web",)),
        # of every kind, and each counts
        ([pod(kind="CronJob")], [pod(kind="CronJob", listed=[DHI])], 1, ()),
        ([pod(kind="StatefulSet")], [pod(kind="StatefulSet", listed=[DHI])], 1, ()),
        ([pod(), pod("db", kind="Job")], [pod(listed=[DHI]), pod("db", kind="Job")], 1, ("Job/db",)),
        # what keeps its image needs none
        ([pod(), pod("other", image="acme")], [pod(listed=[DHI]), pod("other", image="acme")], 1, ()),
        # a secret less is worse than none: also by a list of its own, which hides that of the account
        ([pod(listed=[OLD])], [pod(listed=[DHI])], 0, ("Pod/web",)),
        ([pod(), account([OLD])], [pod(listed=[DHI]), account([OLD])], 0, ("Pod/web",)),
        ([pod(), account([OLD])], [pod(listed=[OLD, DHI]), account([OLD])], 1, ()),
        ([pod(), account([OLD])], [pod(), account([OLD, DHI])], 1, ()),
        (
            [pod(), pod("other", [OLD], image="acme")],
            [pod(listed=[DHI]), pod("other", [DHI], image="acme")],
            0,
            ("Pod/other",),
        ),
    ],
)
def test_a_pod_has_the_secret_where_kubernetes_would_pull_with_it(before, after, done, missing):
    goal = goal_of(of(*before))
    found = goal.reached(Result({}, of(*after)))

    assert (found.done, found.missing) == (done, missing)
    assert found.of == len(goal.context.hardened_pods)


def test_what_takes_a_secret_away_is_told_of():
    goal = goal_of(of(pod(listed=[OLD])))

    assert goal.reached(Result({}, of(pod(listed=[DHI])))).why == "takes a pull secret from Pod/web"
    assert goal.reached(Result({}, of(pod(listed=[OLD])))).why == ""


# --- which changes are its own


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (pod(), pod(listed=[DHI]), True),
        (pod(listed=[]), pod(listed=[DHI]), True),
        (pod(listed=[OLD]), pod(listed=[OLD, DHI]), True),
        (account(), account([DHI]), True),
        (account([]), account([DHI]), True),
        (pod(), pod(listed=["dhi"]), False),
        (pod(), pod(listed=[DHI, OLD]), False),
        (pod(), pod(listed=[{**DHI, "more": 1}]), False),
        (pod(listed=[OLD]), pod(listed=[DHI]), False),
        (pod(listed=[OLD]), pod(listed=[]), False),
        (pod(listed=[DHI]), pod(), False),
        (pod(), pod(account="other"), False),
        (pod(), pod(image="dhi:2"), False),
    ],
)
def test_the_secret_and_nothing_else_is_expected(before, after, expected):
    goal = goal_of(of(pod()))
    found = compare(of(before), of(after))

    assert found
    assert all(goal.expects(change) for change in found) is expected
    assert all(goal.touches(change) for change in found) is expected
    assert all(PullSecretStep().announces(goal.context, change) for change in found) is expected


# --- what is proposed, and in which order


def value(path, *names, shape="maps", **more):
    """A value of the values that reaches the pods of these names."""
    manifests = of(*(pod(name) for name in "abcd"), pod("other", image="acme"))
    keys = frozenset(pod_key(one) for one in manifests.pods if one.object.identity.name in names)
    return SecretValue(tuple(path.split(".")), shape, keys, **more)


def proposed(values, *, pods="abcd", listed=None, **more):
    goal = goal_of(of(*(pod(name, listed) for name in pods), pod("other", image="acme")), values, **more)
    return [" ".join(".".join(map(str, one.path)) for one in proposal.sets) for proposal in goal.propose()]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([value("one", *"abcd")], ["one"]),
        # one for all before several
        ([value("first", *"ab"), value("all", *"abcd"), value("rest", *"cd")], ["all", "first", "rest"]),
        # rather narrow ones than one that moves another pod, too
        (
            [value("wide", *"abcd", "other"), value("first", *"ab"), value("rest", *"cd")],
            ["first rest", "first", "rest", "wide"],
        ),
        # what no narrow one reaches takes the wide one
        ([value("wide", *"abcd", "other"), value("first", *"abc")], ["first wide", "first", "wide"]),
        # listed before unlisted, short before long, and global last
        (
            [
                value("global.x", *"abcd"),
                value("y.x", *"abcd", listed=False),
                value("a.b.c", *"abcd"),
                value("z", *"abcd"),
            ],
            ["z", "a.b.c", "y.x", "global.x"],
        ),
        # some pods only
        ([value("some", *"ab")], ["some"]),
        ([value("none", "other")], ["none"]),
    ],
)
def test_few_values_reach_all_pods(values, expected):
    assert proposed(values) == expected


def test_pods_that_have_the_secret_ask_for_nothing():
    goal = goal_of(of(pod("a", [DHI])), [value("one", "a")])

    assert [proposal.reason for proposal in goal.propose()] == []
    assert goal.context.traces[""].secrets.asked is None


def test_what_was_refused_comes_last_and_only_what_is_not_known_otherwise():
    refused = [value("bad"), value("one"), value("worse"), value("worst")]

    assert proposed([value("one", *"abcd")], refused=refused) == ["one", "bad", "worse"]
    assert proposed([], refused=refused) == ["bad", "one"]


def test_no_more_than_twelve_values_are_tried_alone():
    values = [value(f"v{number:02}", "a") for number in range(20)]

    assert proposed(values, pods="a") == [f"v{number:02}" for number in range(12)]


@pytest.mark.parametrize(
    ("shape", "now", "written", "form"),
    [
        ("maps", None, [DHI], "one (as a map)"),
        ("maps", [OLD], [OLD, DHI], "one (as a map)"),
        ("strings", ["old"], ["old", "dhi"], "one (as a string)"),
        ("single", "old", "dhi", "one (as the one name)"),
    ],
)
def test_the_secret_is_added_in_the_shape_that_the_chart_reads(shape, now, written, form):
    goal = goal_of(of(pod("a")), [value("one", "a", shape=shape, value=now)])
    (proposal,) = goal.propose()

    assert [(one.path, one.value) for one in proposal.sets] == [(("one",), written)]
    assert proposal.reason == f"add the secret to {form}"


def test_switches_come_along():
    goal = goal_of(of(pod("a")), [value("one", "a", switches=(("login", "on"),))])
    (proposal,) = goal.propose()

    assert [(one.path, one.value) for one in proposal.sets] == [(("one",), [DHI]), (("login", "on"), True)]
    assert proposal.reason == "add the secret to one (as a map) and login.on switched on"


def test_a_template_of_ones_own_takes_what_no_value_reaches():
    manifests = of(*(pod(name) for name in "ab"))
    line = literal("templates/t.yaml", ("imagePullSecrets", 0))
    item = manifests.objects[1]
    landing = Landing(line, item.identity, item.template, item.index, ("spec",))
    goal = goal_of(manifests, [value("one", "a")], landings=[landing])

    assert [[one.source for one in proposal.sets] for proposal in goal.propose()] == [
        ["values", "template"],
        ["values"],
        ["template"],
    ]
    # Values that reach all need no template.
    goal = goal_of(manifests, [value("one", *"ab")], landings=[landing])
    assert [[one.source for one in proposal.sets] for proposal in goal.propose()] == [["values"]]


# --- what the step says


def context_without(name="dhi", *objects):
    goal = goal_of(of(*objects))
    goal.context.choices.pull_secret = name
    return goal.context


def test_no_hardened_pod_no_goal_and_no_name_no_secret():
    idle = PullSecretStep().goals(context_without("dhi", pod(image="acme")))
    unnamed = PullSecretStep().goals(context_without("", pod()))
    both = PullSecretStep().goals(context_without("", pod(image="acme")))

    assert (idle.goals, idle.idle, idle.skipped, idle.notices) == ((), "no pod runs a hardened image", "", ())
    assert (both.goals, both.idle, both.skipped, both.notices) == ((), "no pod runs a hardened image", "", ())
    assert (unnamed.goals, unnamed.idle, bool(unnamed.skipped)) == ((), "", True)
    assert [(note.code, note.severity) for note in unnamed.notices] == [("pull-secret-none", "warning")]


@pytest.mark.parametrize(
    ("listed", "found", "prefix", "told"),
    [
        ([], (), (), ""),
        ([("imagePullSecrets",)], (), (), "; imagePullSecrets is listed, and comes out in no pod"),
        (
            [("a", "pullSecrets"), ("b", "pullSecrets"), ("c", "pullSecrets")],
            (),
            (),
            "; a.pullSecrets and b.pullSecrets is listed",
        ),
        # one that comes out in some pod, and those of another chart
        ([("imagePullSecrets",)], [("imagePullSecrets",)], (), ""),
        ([("sub", "pullSecrets"), ("pullSecrets",)], (), ("sub",), "; sub.pullSecrets is listed"),
        ([("other", "pullSecrets")], (), ("sub",), ""),
    ],
)
def test_a_value_that_is_listed_and_comes_out_nowhere_is_named(listed, found, prefix, told):
    context = context_without("dhi", pod())
    secrets = SimpleNamespace(listed=lambda: listed, found=dict.fromkeys(found))
    context.trace_of = lambda _: SimpleNamespace(secrets=secrets)
    context.node_of = lambda _: SimpleNamespace(prefix=prefix)
    message = PullSecretStep().unreached(context, "Pod/web").message

    assert message.partition(f"({FILE})")[2].startswith(told)
    assert bool(told) is ("is listed" in message)


@pytest.mark.parametrize(
    ("objects", "advice", "unsaid"),
    [
        ([pod()], "service account 'default' of the namespace", "patch the pod"),
        ([pod(account="own")], "service account 'own' of the namespace", "patch the pod"),
        ([pod(listed=[OLD])], "patch the pod in Git: it lists pull secrets of its own", "service account '"),
        ([pod(listed=[])], "service account 'default'", "patch the pod"),
    ],
)
def test_advice_for_a_pod_that_no_value_reaches(objects, advice, unsaid):
    context = context_without("dhi", *objects)
    context.trace_of = lambda _: SimpleNamespace(secrets=SimpleNamespace(listed=list, found={}))
    context.node_of = lambda _: SimpleNamespace(prefix=())
    found = PullSecretStep().unreached(context, "Pod/web")

    assert (found.code, found.severity, found.object, found.file) == (
        "pull-secret-unreached",
        "error",
        "Pod/web",
        FILE,
    )
    assert advice in found.help
    assert unsaid not in found.help
