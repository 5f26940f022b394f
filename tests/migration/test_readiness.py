"""Remarks on the planned result that need to know the values it is rendered with."""

from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.playbook import Member
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.readiness import _probed, running
from migrate_dhi.oci.reference import Reference
from tests.charts import copy_case
from tests.conftest import plan_of

TO = ("dhi.io/nginx:1.30.4-debian13",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "of the values, containerPort holds 80"),
        ("service: {targetPort: 80}\n", "of the values, containerPort and service.targetPort hold 80"),
        ("ports:\n  - port: '80'\n", "of the values, containerPort and ports[0].port hold 80"),
        # What is no port is no place to set one; where many may be meant, none is told.
        ("maxReplicas: 80\nports: {http: 8080}\n", "of the values, containerPort holds 80"),
        ("".join(f"port{n}: 80\n" for n in range(4)), ""),
    ],
)
def test_a_port_that_is_to_change_is_told_with_the_values_that_hold_it(tmp_path, more, told):
    chart = copy_case("low-port", tmp_path / "chart")
    values = chart / "values.yaml"
    values.write_text(values.read_text() + more)

    (remark,) = [one for one in plan_of(chart, to=TO).findings if one.code == "port-low"]

    assert remark.help.partition("; ")[2] == told


# which containers run a hardened image now


def pods(image="docker.io/acme/app:1.0", user="", name="x"):
    return Manifests(
        {
            "c/t.yaml": f"kind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: main, image: '{image}'{user}}}]}}\n"
        }
    )


OLD, NEW = "docker.io/acme/app:1.0", "dhi.io/app:1.1"
USER = ", securityContext: {runAsUser: 1000}"
DEFINITION = SimpleNamespace(image="app")


def found(now, *, before=None, target=NEW, definition=DEFINITION, member=None, known=True):
    """The containers that count, where one image becomes ``target`` (empty: it is hardened already)."""
    decision = SimpleNamespace(
        after=Reference.parse(target) if target else None, definition=definition, assumed=False
    )
    image = SimpleNamespace(before=Reference.parse(OLD if target else NEW), decision=decision)
    context = SimpleNamespace(
        baseline=before or pods(),
        manifests=now,
        image_of=lambda _: image if known else None,
        playbooks=SimpleNamespace(member=lambda _, target: member if target == "app" else None),
    )
    return list(running(context, SimpleNamespace(definitions=lambda name: (f"all of {name}",))))


@pytest.mark.parametrize(
    ("now", "more", "counts"),
    [
        (pods(NEW), {}, True),
        # Half way: the registry moved, and not yet the tag.
        (pods("dhi.io/app:1.0"), {}, True),
        (pods(OLD), {}, False),
        (pods("dhi.io/other:1.1"), {}, False),
        (pods("NO IMAGE"), {}, False),
        (pods(NEW), {"known": False}, False),
        (pods(NEW), {"target": ""}, True),
        (pods("acme/mirror-app:1.1"), {"target": "docker.io/acme/mirror-app:1.1"}, True),
    ],
)
def test_a_container_counts_where_it_renders_the_image_that_is_meant(now, more, counts):
    assert bool(found(now, **more)) is counts


@pytest.mark.parametrize(
    ("before", "now", "user", "given"),
    [
        (pods(), pods(NEW), None, False),
        (pods(), pods(NEW, USER), None, True),
        (pods(user=USER), pods(NEW, USER), 1000, False),
        (pods(user=USER), pods(NEW), 1000, False),
        # A pod of another name is none of before.
        (pods(user=USER, name="y"), pods(NEW, USER), None, True),
    ],
)
def test_the_user_that_it_had_and_whether_this_plan_gives_it_one(before, now, user, given):
    (one,) = found(now, before=before)

    assert (one.user_before, one.user_given) == (user, given)
    assert (str(one.before), str(one.after)) == (OLD, NEW)


@pytest.mark.parametrize(("definition", "variants"), [(DEFINITION, ("all of app",)), (None, ())])
def test_the_variants_are_those_of_its_image(definition, variants):
    (one,) = found(pods(NEW), definition=definition)

    assert (one.definition, one.variants) == (definition, variants)


@pytest.mark.parametrize(
    ("definition", "known"),
    [(DEFINITION, True), (SimpleNamespace(image="other"), False), (None, False)],
)
def test_what_a_playbook_knows_is_of_the_hardened_image_that_it_becomes(definition, known):
    member = Member(("docker.io/acme/app",), "app")
    (one,) = found(pods(NEW), definition=definition, member=member)

    assert (one.known is member) is known
    assert one.known.data == ()


@pytest.mark.parametrize(
    ("code", "severity", "settled"),
    [
        ("probe-unreached", "error", True),
        ("probe-unreached", "warning", False),
        ("shell-missing", "error", False),
    ],
)
def test_a_probe_that_was_kept_is_settled_by_the_step_that_replaces_it(code, severity, settled):
    remark = Finding(code, severity, "m", ways=(("--probes", "keep"),))

    assert _probed(remark).ways == ((("--probes", "strong"),) if settled else ()) + remark.ways
