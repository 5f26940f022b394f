"""What catalog and playbooks say of a chart."""

from datetime import date
from types import SimpleNamespace

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.known import (
    checks_of,
    hardened_target,
    of_catalog,
    of_playbooks,
    playbook_folders,
    rendering,
)
from migrate_dhi.oci.reference import Reference

WORKLOAD = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec: {{template: {{spec: {{containers: [{{name: {container}, image: {image}}}{more}]}}}}}}
"""


def pod(name="shop-db", kind="StatefulSet", container="main", api="apps/v1", image="x", more=""):
    text = WORKLOAD.format(kind=kind, name=name, container=container, image=image, more=more).replace(
        "apps/v1", api
    )
    (found,) = Manifests({"c/templates/a.yaml": text}).pods
    return found


def playbook(name="valkey", *checks, target="valkey", charts=(), notes=(), pull_secret=""):
    return SimpleNamespace(
        name=name,
        title=name.title(),
        target=target,
        charts=charts,
        notes=[SimpleNamespace(text=text, source=source) for text, source in notes],
        pull_secret=pull_secret,
        checks=[SimpleNamespace(run=run, expect=expect) for run, expect in checks],
    )


class Playbooks:
    """Those that know an image by its name, and those that know the hardened one."""

    def __init__(self, images=None, targets=None):
        self.images, self.targets = images or {}, targets or {}

    def match(self, image):
        found = self.images.get(image.name)
        return (found, SimpleNamespace(target=found.target)) if found else None

    def for_target(self, target):
        return self.targets.get(target)


def image(before="valkey/valkey:8", after="dhi.io/valkey:8", definition=""):
    decision = SimpleNamespace(
        after=Reference.parse(after) if after else None,
        definition=SimpleNamespace(image=definition) if definition else None,
    )
    return SimpleNamespace(before=Reference.parse(before), decision=decision)


def context(playbooks, *images, pods=(), nodes=(("shop", "1.0.0"),), templates=("shop",), secret=""):
    moving = images or (image(),)
    return SimpleNamespace(
        moving=moving,
        playbooks=playbooks,
        hardened_pods=pods,
        image_of=lambda container: moving[0] if container.image == "x" else None,
        namespace="a b",
        choices=SimpleNamespace(pull_secret=secret),
        nodes=[
            SimpleNamespace(metadata={"name": name, "version": version}, folder=folder)
            for (name, version), folder in zip(nodes, folders(nodes), strict=True)
        ],
        baseline=SimpleNamespace(
            objects=[SimpleNamespace(template=f"{one}/templates/a.yaml") for one in templates]
        ),
    )


def folders(nodes):
    return [nodes[0][0], *(f"{nodes[0][0]}/charts/{name}" for name, _ in nodes[1:])]


# checks


def commands(run, *pods):
    found = checks_of(context(Playbooks({"valkey": playbook("valkey", (run, "PONG"))}), pods=pods))
    assert all(one.expect == "PONG" for one in found)
    return [one.command for one in found]


EXEC = "kubectl exec -n NAMESPACE statefulset/NAME -- valkey-cli ping"


def test_a_check_names_what_this_chart_renders():
    assert commands(EXEC, pod()) == ["kubectl exec --namespace 'a b' statefulset/shop-db -- valkey-cli ping"]


def test_every_workload_of_the_image_is_checked_whatever_its_kind():
    assert [
        one.split()[5] for one in commands(EXEC, pod("a"), pod("b", "Deployment"), pod("c", "DaemonSet"))
    ] == [
        "statefulset/a",
        "deployment/b",
        "daemonset/c",
    ]


def test_a_workload_with_others_beside_the_image_is_checked_and_one_without_it_is_not():
    beside = pod("a", more=", {name: side, image: other}")

    assert commands(EXEC, beside, pod("b", image="other")) == [
        "kubectl exec --namespace 'a b' statefulset/a -- valkey-cli ping"
    ]


@pytest.mark.parametrize(
    ("run", "some", "found"),
    [
        # The end of a name, and a container, tell which of them.
        ("kubectl exec deployment/NAME-db -- x", [pod("shop-db"), pod("shop-web")], ["kubectl exec statefulset/shop-db -- x"]),
        ("kubectl exec deployment/NAME-x -- x", [pod("shop-db")], []),
        ("kubectl exec deployment/NAME -c main -- x", [pod(container="main")], ["kubectl exec statefulset/shop-db -c main -- x"]),
        ("kubectl exec deployment/NAME -c main -- x", [pod(container="other")], []),
        # What is not rolled out cannot be asked that way.
        ("kubectl exec deployment/NAME -- x", [pod(kind="Job", api="batch/v1")], []),
        ("kubectl exec deployment/NAME -- x", [], []),
        # A check of no workload is the same for all.
        ("kubectl get pods -n NAMESPACE", [], ["kubectl get pods --namespace 'a b'"]),
        ("kubectl get pods -n NAMESPACE", [pod("a"), pod("b")], ["kubectl get pods --namespace 'a b'"]),
    ],
)  # fmt: skip
def test_which_workload_a_check_is_of(run, some, found):
    assert commands(run, *some) == found


def test_the_same_check_of_two_images_is_told_once():
    books = {"valkey": playbook("valkey", ("check", "")), "redis": playbook("redis", ("check", ""))}

    assert len(checks_of(context(Playbooks(books), image(), image("redis:7", "dhi.io/redis:7")))) == 1


# advice


def advice(books, *images, **more):
    return [(one.severity, one.message, one.help) for one in of_playbooks(context(books, *images, **more))]


def test_notes_say_where_they_are_from():
    books = Playbooks({"valkey": playbook(notes=[("look", "https://x.example"), ("and", "")])})

    assert advice(books) == [
        ("info", "Valkey: look", "advice of the playbook valkey; source: https://x.example"),
        ("info", "Valkey: and", "advice of the playbook valkey"),
    ]


def test_the_pull_secret_is_a_matter_only_where_there_is_one():
    books = Playbooks({"valkey": playbook(pull_secret="in the operator's list")})

    assert advice(books) == []
    assert [text for _, text, _ in advice(books, secret="dhi")] == ["Valkey: in the operator's list"]


def fact(chart, version):
    return SimpleNamespace(covers=lambda *args: args == (chart, version), text="mind this", source="")


@pytest.mark.parametrize(
    ("nodes", "templates", "told"),
    [
        ([("shop", "1.0.0"), ("valkey", "2.0.0")], ["shop/charts/valkey"], True),
        ([("shop", "1.0.0"), ("valkey", "2.0.1")], ["shop/charts/valkey"], False),
        # A dependency that is switched off renders nothing.
        ([("shop", "1.0.0"), ("valkey", "2.0.0")], ["shop"], False),
        ([("valkey", "2.0.0")], ["valkey"], True),
        # A wrapper that is called like what it wraps is none of the upstream charts of that name.
        ([("valkey", "2.0.0"), ("valkey", "9.0.0")], ["valkey", "valkey/charts/valkey"], False),
    ],
)
def test_a_fact_on_a_version_of_a_chart(nodes, templates, told):
    books = Playbooks({"valkey": playbook(charts=[fact("valkey", "2.0.0")])})

    found = advice(books, nodes=nodes, templates=templates)

    assert [text for _, text, _ in found] == (["Valkey: valkey 2.0.0: mind this"] if told else [])


def test_what_renders_something_of_a_chart_and_its_dependencies():
    one = context(Playbooks(), nodes=[("shop", "1"), ("db", "2"), ("off", "3")], templates=["shop/charts/db"])

    assert [node.metadata["name"] for node in rendering(one)] == ["db"]


def test_the_playbook_of_the_old_image_and_that_of_the_new_one():
    old, new = playbook("redis", target="redis", notes=[("old", "")]), playbook("valkey", notes=[("new", "")])
    moved = image("redis:7", "dhi.io/valkey:8")

    both = advice(Playbooks({"redis": old}, {"valkey": new, "redis": old}), moved)
    assert [text for _, text, _ in both] == ["Redis: old", "Valkey: new"]
    # Where the image becomes what its playbook says, that is one.
    assert len(advice(Playbooks({"redis": old}, {"redis": new}), image("redis:7", "dhi.io/redis:7"))) == 1


def test_two_images_of_one_playbook_are_advised_once():
    book = playbook(notes=[("look", "")])

    assert len(advice(Playbooks({"a": book, "b": book}), image("x/a:1"), image("x/b:1"))) == 1


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (image(after="dhi.io/valkey:8", definition="valkey-bundle"), "valkey-bundle"),
        (image(after="harbor.example/dhi/valkey:8"), "valkey"),
        (image(after=""), ""),
    ],
)
def test_the_name_of_the_hardened_image(one, name):
    assert hardened_target(one) == name


# the catalog and the folders


def test_an_empty_catalog_is_told():
    (one,) = of_catalog(SimpleNamespace(names=lambda: (), date="2026-01-01"), None)

    assert (one.code, one.severity) == ("catalog-empty", "warning")
    assert of_catalog(SimpleNamespace(names=lambda: ("a",), date="2026-01-01"), None) == []


@pytest.mark.parametrize(("today", "old"), [(date(2026, 1, 2), False), (date(2030, 1, 1), True)])
def test_an_old_catalog_is_told_where_the_day_is_known(today, old):
    found = of_catalog(SimpleNamespace(names=lambda: ("a",), date="2026-01-01", source="x"), today)

    assert [one.code for one in found] == ["catalog-old"] * old


def test_the_folders_of_playbooks_the_stronger_last(tmp_path):
    repository = SimpleNamespace(root=tmp_path)

    assert playbook_folders(repository, ["x"]) == ("x",)
    (tmp_path / ".migrate-dhi/playbooks").mkdir(parents=True)
    assert playbook_folders(repository, ["x"]) == (tmp_path / ".migrate-dhi/playbooks", "x")
    assert playbook_folders(None) == ()
