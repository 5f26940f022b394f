"""Manifests as objects: split as Helm splits, pods of every kind, roles, and comparison field by field."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.kube.compare import ABSENT, compare
from migrate_dhi.kube.manifests import OF, Manifests, is_builtin, show_path, strings, value_at

POD = "{containers: [{name: a, image: x/a:1}], initContainers: [{name: i, image: x/i:1}]}"


def of(*texts, name="c/templates/t.yaml"):
    return Manifests({name: "\n---\n".join(texts)})


def workload(kind, body, annotations="{}"):
    return f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: x, annotations: {annotations}}}\n{body}\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Pod", f"spec: {POD}"),
        ("Deployment", f"spec: {{template: {{spec: {POD}}}}}"),
        ("StatefulSet", f"spec: {{template: {{spec: {POD}}}}}"),
        ("DaemonSet", f"spec: {{template: {{spec: {POD}}}}}"),
        ("ReplicaSet", f"spec: {{template: {{spec: {POD}}}}}"),
        ("Job", f"spec: {{template: {{spec: {POD}}}}}"),
        ("ReplicationController", f"spec: {{template: {{spec: {POD}}}}}"),
        ("CronJob", f"spec: {{jobTemplate: {{spec: {{template: {{spec: {POD}}}}}}}}}"),
        ("PodTemplate", f"template: {{spec: {POD}}}"),
        ("Rollout", f"spec: {{template: {{spec: {POD}}}}}"),
    ],
)
def test_pods_of_every_kind(kind, body):
    (pod,) = of(workload(kind, body)).pods

    assert [(c.name, c.init, c.image) for c in pod.containers] == [
        ("i", True, "x/i:1"),
        ("a", False, "x/a:1"),
    ]
    assert value_at(pod.object.data, pod.containers[1].path) == {"name": "a", "image": "x/a:1"}


@pytest.mark.parametrize(
    "body", ["spec: {}", "spec: {template: {spec: {containers: null}}}", "spec: text", "data: {}"]
)
def test_objects_without_pods(body):
    assert of(workload("Deployment", body)).pods == ()


@pytest.mark.parametrize("listed", ["5", "true", "text", "{a: b}", "[a, null]", "null"])
def test_what_is_no_list_of_containers_is_none(listed):
    (pod,) = of(workload("Pod", f"spec: {{containers: [{{name: a}}], initContainers: {listed}}}")).pods

    assert [container.name for container in pod.containers] == ["a"]


@pytest.mark.parametrize(
    ("hook", "role"),
    [
        ("{}", "container"),
        ("{helm.sh/hook: 'pre-install, pre-upgrade'}", "hook"),
        ("{helm.sh/hook: test}", "test"),
        ("{helm.sh/hook: test-success}", "test"),
        ("{helm.sh/hook: Post-Upgrade}", "hook"),
        ("{helm.sh/hook: Test}", "test"),
        # what an upgrade runs too is none of `helm test` alone
        ("{helm.sh/hook: 'post-install,test'}", "hook"),
        ("{helm.sh/hook: 'test, pre-upgrade'}", "hook"),
        ("{helm.sh/hook: ''}", "container"),
        ("{helm.sh/hook: null}", "container"),
        ("null", "container"),
        ("{helm.sh/hook-weight: '1'}", "container"),
    ],
)
def test_roles(hook, role):
    found = of(workload("Pod", f"spec: {POD}", hook)).containers

    assert [container.role for container in found] == [role if role != "container" else "init", role]


@pytest.mark.parametrize(
    ("kind", "body", "paths"),
    [
        (
            "ScaledJob",
            f"spec: {{jobTargetRef: {{template: {{spec: {POD}}}}}}}",
            ["spec.jobTargetRef.template.spec"],
        ),
        (
            "JobSet",
            f"spec: {{jobs: [{{template: {{spec: {{template: {{spec: {POD}}}}}}}}}, {{template: {{spec: {POD}}}}}]}}",
            ["spec.jobs[0].template.spec.template.spec", "spec.jobs[1].template.spec"],
        ),
        ("Rollout", f"spec: {{template: {{spec: {POD}}}}}", ["spec.template.spec"]),
        (
            "Search",
            f"spec: {{nodes: [{{podTemplate: {{spec: {POD}}}}}, {{runnerTemplate: {{spec: {POD}}}}}]}}",
            ["spec.nodes[0].podTemplate.spec", "spec.nodes[1].runnerTemplate.spec"],
        ),
        ("Search", f"spec: {POD}", []),
        ("Search", f"spec: {{templates: {{spec: {POD}}}}}", []),
        ("Search", f"template: [{POD}]", []),
        ("Secret", f"template: {{spec: {POD}}}", []),
        ("CustomResourceDefinition", f"spec: {{versions: [{{template: {{spec: {POD}}}}}]}}", []),
        ("Claim", "spec: {template: {spec: {size: 1}}}", []),
        ("ConfigMap", f"data: {{template: {{spec: {POD}}}}}", []),
    ],
)
def test_pods_of_custom_kinds(kind, body, paths):
    assert [show_path(pod.path) for pod in of(workload(kind, body)).pods] == paths


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("kind: A\n---\nkind: B\n", ["A", "B"]),
        ("---# note\nkind: A\n---   \nkind: B", ["A", "B"]),
        ("\n  \nkind: A\n\n---\n# only a comment\n---\n\n---\nkind: B", ["A", "B"]),
        ("   kind: A\n", ["A"]),
        ("kind: List\nitems: [{kind: A}, {kind: B}]", ["A", "B"]),
        ("data: 'a --- b'\nkind: A", ["A"]),
        ("kind: List\nitems: [{kind: List, items: [{kind: A}]}, {kind: B}, text, null]", ["A", "B"]),
        ("kind: ConfigMapList\nitems: [{metadata: {name: a}}, {kind: B}]", ["ConfigMap", "B"]),
        ("kind: List\nitems: []", []),
        ("kind: BlockList\nspec: {items: [{kind: A}]}", ["BlockList"]),
        ("kind: BlockList\nitems: {a: b}", ["BlockList"]),
        ("text\n---\n[1]\n---\nkind: A", ["A"]),
        ("", []),
        ("# nothing\n", []),
    ],
)
def test_documents_are_split_as_helm_splits_them(text, kinds):
    assert [item.kind for item in of(text).objects] == kinds


def test_the_items_of_a_typed_list_are_of_its_kind_and_version():
    text = f"apiVersion: batch/v1\nkind: CronJobList\nitems: [{{metadata: {{name: x}}, spec: {{jobTemplate: {{spec: {{template: {{spec: {POD}}}}}}}}}}}]"
    (pod,) = of(text).pods

    assert (str(pod), pod.object.identity.api, len(pod.containers)) == ("CronJob/x", "batch", 2)


def test_notes_and_partials_are_no_manifests():
    manifests = Manifests({"c/templates/NOTES.txt": "Hello: {", "c/templates/_x.tpl": "kind: A"})

    assert manifests.objects == ()


def test_a_document_that_is_no_yaml_names_its_template():
    with pytest.raises(RenderError) as caught:
        _ = of("a: [1\nb: 2").objects

    assert caught.value.where.startswith("c/templates/t.yaml:")


def test_dates_and_equals_signs_stay_text():
    (item,) = of("kind: A\nat: 2024-01-01\neq: =\nflag: yes\n").objects

    assert item.data["at"] == "2024-01-01"
    assert item.data["eq"] == "="


def test_objects_rendered_twice_are_told_apart():
    twice = of("kind: A\nmetadata: {name: x}\nspec: {n: 1}", "kind: A\nmetadata: {name: x}\nspec: {n: 2}")

    assert len(twice.by_identity) == 2


def test_the_service_account_of_a_pod():
    account = "kind: ServiceAccount\nmetadata: {name: runner}"
    manifests = of(account, workload("Pod", "spec: {serviceAccountName: runner, containers: [{image: a}]}"))

    assert manifests.service_account(manifests.pods[0]).identity.name == "runner"
    assert of(workload("Pod", f"spec: {POD}")).pods[0].service_account == "default"


@pytest.mark.parametrize(
    ("own", "places", "found"),
    [
        ("a", ["b", "a"], 1),
        ("a", ["", "a"], 1),
        ("a", ["b", ""], 1),
        ("a", ["b"], None),
        ("", ["b"], 0),
        ("", ["b", ""], 1),
    ],
)
def test_an_account_is_one_of_the_namespace_of_the_pod(own, places, found):
    accounts = [
        f"kind: ServiceAccount\nmetadata: {{name: default, namespace: '{place}'}}\nn: {number}"
        for number, place in enumerate(places)
    ]
    pod = f"kind: Pod\nmetadata: {{name: p, namespace: '{own}'}}\nspec: {{containers: [{{image: a}}]}}"
    manifests = of(*accounts, pod)
    account = manifests.service_account(manifests.pods[0])

    assert (account and account.data["n"]) == found


def test_paths_for_people():
    data = {"spec": {"containers": [{"name": "web", "env": [{"value": "x"}]}]}, "a.b/c": 1}

    assert (
        show_path(("spec", "containers", 0, "env", 0, "value"), data) == "spec.containers[web].env[0].value"
    )
    assert show_path(("a.b/c",), data) == '["a.b/c"]'
    assert show_path(("data", "a.yaml")) == 'data["a.yaml"]'
    assert show_path(("data", "a/b")) == 'data["a/b"]'
    assert show_path(("spec", "list", 3)) == "spec.list[3]"


def test_every_string_with_its_path():
    assert list(strings({"a": ["x", {"b": "y"}], "n": 1})) == [(("a", 0), "x"), (("a", 1, "b"), "y")]


# --- comparison


def changes(before, after):
    head = "kind: A\nmetadata: {name: x}\n"
    return [(c.place, c.before, c.after) for c in compare(of(head + before), of(head + after))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a: 1", "a: 2", [("a", 1, 2)]),
        ("a: 1", "b: 1", [("a", 1, ABSENT), ("b", ABSENT, 1)]),
        ("a: {b: {c: 1}}", "a: {b: {c: 1, d: 2}}", [("a.b.d", ABSENT, 2)]),
        ("a: [1, 2]", "a: [1, 3]", [("a[1]", 2, 3)]),
        ("a: [1]", "a: [1, 2]", [("a[1]", ABSENT, 2)]),
        ("l: [{name: p, v: 1}, {name: q, v: 2}]", "l: [{name: q, v: 2}, {name: p, v: 1}]", []),
        ("l: [{name: p, v: 1}]", "l: [{name: p, v: 2}]", [("l[p].v", 1, 2)]),
        ("l: [{name: p}, {name: q}]", "l: [{name: q}]", [("l[p]", {"name": "p"}, ABSENT)]),
        ("a: x", "a: {b: 1}", [("a", "x", {"b": 1})]),
        ("a: null", "b: 1", [("a", None, ABSENT), ("b", ABSENT, 1)]),
    ],
)
def test_what_differs(before, after, expected):
    assert changes(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1", "true"),
        ("0", "false"),
        ("1", "1.0"),
        ("'1'", "1"),
        ("'true'", "true"),
        ("null", "''"),
        ("{}", "[]"),
    ],
)
@pytest.mark.parametrize("shape", ["a: {}", "a: {{b: {}}}", "a: [{}]", "a: [{{b: {}, c: 1}}]"])
def test_values_that_only_python_takes_for_equal_differ(before, after, shape):
    assert len(changes(shape.format(before), shape.format(after))) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("a: 1\nb: 2", "b: 2\na: 1"), ("a: 'x'", 'a: "x"'), ("a: [1, 2]", "a:\n- 1\n- 2"), ("a: 1 # c", "a: 1")],
)
def test_other_spelling_is_no_change(before, after):
    assert changes(before, after) == []


def test_objects_that_come_and_go():
    one, two = "kind: A\nmetadata: {name: x}", "kind: B\nmetadata: {name: x}"

    found = [str(change) for change in compare(of(one), of(two))]

    assert found == ["A/x disappears", "B/x appears"]


def test_the_same_object_in_another_template_is_the_same():
    text = "kind: A\nmetadata: {name: x}\nv: 1"

    assert compare(of(text), of(text, name="c/templates/other.yaml")) == []


def test_the_order_of_objects_does_not_matter():
    one, two = "kind: A\nmetadata: {name: x}", "kind: B\nmetadata: {name: y}"

    assert compare(of(one, two), of(two, one)) == []


# --- what Helm drops, and nothing else


@pytest.mark.parametrize(
    "name", ["deployment.yaml", "extra.txt", "all.yaml.txt", "sub/notes.txt", "x_y.yml", "raw"]
)
def test_every_other_template_is_a_manifest(name):
    text = workload("Deployment", f"spec: {{template: {{spec: {POD}}}}}")

    assert [p.object.kind for p in of(text, name=f"c/templates/{name}").pods] == ["Deployment"]


@pytest.mark.parametrize(
    "name", ["NOTES.txt", "_helpers.tpl", "_need.yaml", "sub/NOTES.txt", "old-NOTES.txt"]
)
def test_notes_and_partial_templates_are_no_manifests(name):
    assert of("Deployment: x", name=f"c/templates/{name}").objects == ()


# --- the order of named items


def env_of(*items):
    listed = ", ".join(f"{{name: {name}, value: '{value}'}}" for name, value in items)
    return workload(
        "Deployment", f"spec: {{template: {{spec: {{containers: [{{name: a, env: [{listed}]}}]}}}}}}"
    )


def resource(kind, api, *names):
    listed = ", ".join(f"{{name: {name}}}" for name in names)
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{steps: [{listed}]}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (env_of(("A", "1"), ("B", "$(A)2")), env_of(("B", "$(A)2"), ("A", "1"))),
        (env_of(("A", "1"), ("B", "2"), ("C", "x$(B)")), env_of(("B", "2"), ("C", "x$(B)"), ("A", "1"))),
        (
            resource("Pipeline", "tasks.example.com/v1", "a", "b"),
            resource("Pipeline", "tasks.example.com/v1", "b", "a"),
        ),
    ],
)
def test_another_order_is_a_change_where_it_counts(before, after):
    (change,) = compare(of(before), of(after))

    assert change.path[-1] in {"env", "steps"}
    assert sorted(change.before) == sorted(change.after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (env_of(("A", "1"), ("B", "2")), env_of(("B", "2"), ("A", "1"))),
        (resource("X", "policy/v1", "a", "b"), resource("X", "policy/v1", "b", "a")),
        (resource("X", "networking.k8s.io/v1", "a", "b"), resource("X", "networking.k8s.io/v1", "b", "a")),
    ],
)
def test_another_order_is_none_where_kubernetes_merges_by_name(before, after):
    assert compare(of(before), of(after)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("matchType: !=", ""), ("a: !ours {b: 1}", {"b": 1}), ("a: !<ours> [1]", [1]), ("a: <<", "<<")],
)
def test_a_tag_that_nobody_defines_says_nothing(text, value):
    (document,) = of(text).objects

    assert list(document.data.values()) == [value]


# --- the same object, pod and container in another render


def render(name, image, kind="Deployment", *, before="", template="c/templates/a.yaml"):
    spec = f"{{containers: [{{name: a, image: {image}}}, {{image: b}}]}}"
    text = f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {spec}}}}}\n"
    return Manifests({template: before + text})


def test_a_container_is_found_by_identity_or_where_the_name_is_made_up_by_its_place():
    first = render("x", "a:1").containers[0]

    assert render("x", "a:2").find_container(first).image == "a:2"
    assert render("x", "a:2", template="c/templates/b.yaml").find_container(first).image == "a:2"
    assert render("y", "a:2").find_container(first).image == "a:2"
    assert render("y", "a:2", template="c/templates/b.yaml").find_container(first) is None
    assert render("y", "a:2", "StatefulSet").find_container(first) is None
    assert render("y", "a:2", before="kind: A\n---\n").find_container(first) is None
    assert Manifests({}).find_pod(first.pod) is None
    assert first.key == (first.pod.object.identity, ("spec", "template", "spec", "containers", 0))


def test_the_place_counts_only_where_the_name_is_gone():
    item = render("x", "a:1").objects[0]
    at = (item.identity, item.template, item.index)
    other = render("y", "a:1")
    both = Manifests({**other.files, "c/templates/z.yaml": render("x", "a:1").files["c/templates/a.yaml"]})

    assert other.is_same(other.objects[0], *at)
    assert not both.is_same(both.objects[0], *at)
    assert both.is_same(both.objects[1], *at)
    assert not other.is_same(other.objects[0], item.identity, item.template, 1)


def test_containers_are_named_for_people():
    first, second = render("x", "' a:1 '").containers

    assert (str(first.pod), str(first), str(second)) == ("Deployment/x", "Deployment/x: a", "Deployment/x: 1")
    assert first.image == "a:1"


def test_objects_of_several_releases_are_told_apart_and_each_has_its_accounts():
    account = "kind: ServiceAccount\nmetadata: {name: default}\nn: "
    pod = "---\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: a}]}\n"
    several = Manifests(
        {f"c/t.yaml{OF}{name}": f"{account}{number}\n{pod}" for number, name in enumerate("ab")}
    )

    assert [str(item.identity) for item in several.objects] == [
        "ServiceAccount/default of a",
        "Pod/p of a",
        "ServiceAccount/default of b",
        "Pod/p of b",
    ]
    assert [several.service_account(pod).data["n"] for pod in several.pods] == [0, 1]
    assert all(item.identity.ordinal == 0 for item in several.objects)


@pytest.mark.parametrize(
    ("spec", "account", "secrets"),
    [
        ("{containers: [{image: a}], serviceAccountName: n, serviceAccount: o}", "n", []),
        ("{containers: [{image: a}], serviceAccount: o}", "o", []),
        ("{containers: [{image: a}], imagePullSecrets: [{name: s}]}", "default", [{"name": "s"}]),
        ("{containers: [{image: a}], imagePullSecrets: text}", "default", []),
    ],
)
def test_what_a_pod_pulls_with(spec, account, secrets):
    (pod,) = of(workload("Pod", f"spec: {spec}")).pods

    assert (pod.service_account, pod.pull_secrets) == (account, secrets)


@pytest.mark.parametrize(
    ("api", "builtin"),
    [
        ("", True),
        ("apps", True),
        ("networking.k8s.io", True),
        ("k8s.io", True),
        ("acme.example", False),
        ("xk8s.io", False),
    ],
)
def test_a_group_of_kubernetes_itself(api, builtin):
    assert is_builtin(api) is builtin


# --- what may name what


@pytest.mark.parametrize(
    ("one", "other", "beside"),
    [
        (("", ""), ("", ""), True),
        (("a", ""), ("", ""), True),
        (("a", ""), ("a", ""), True),
        (("a", ""), ("b", ""), False),
        (("", "r"), ("", "r"), True),
        (("", "r"), ("", "s"), False),
        (("a", "r"), ("a", "s"), False),
        (("a", "r"), ("", "r"), True),
    ],
)
def test_objects_of_one_release_and_of_one_namespace_as_far_as_they_say(one, other, beside):
    def made(place, release):
        text = f"kind: A\nmetadata: {{name: x, namespace: '{place}'}}"
        (item,) = Manifests({f"c/t.yaml{OF}{release}" if release else "c/t.yaml": text}).objects
        return item

    assert made(*one).beside(made(*other)) is beside
    assert made(*other).beside(made(*one)) is beside


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), {"a": [{"b": 1}, None], "c": None, 1: "one"}),
        (("a",), [{"b": 1}, None]),
        (("a", 0, "b"), 1),
        (("a", 1), None),
        (("a", 1, "b"), None),
        (("a", 2), None),
        (("a", "0"), None),
        (("a", 0, 0), None),
        (("c", "d"), None),
        ((1,), "one"),
        (("none",), None),
    ],
)
def test_what_stands_at_a_path(path, value):
    assert value_at({"a": [{"b": 1}, None], "c": None, 1: "one"}, path) == value


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("kind: A\nmetadata: {name: x}", ("", "A", "", "x")),
        ("apiVersion: apps/v1\nkind: A\nmetadata: {generateName: x-}", ("apps", "A", "", "x-")),
        ("kind: A\nmetadata: {name: 1, namespace: 2}", ("", "A", "2", "1")),
        ("kind: A\nmetadata: null", ("", "A", "", "")),
        ("kind: A\nmetadata: text", ("", "A", "", "")),
        ("a: b", ("", "", "", "")),
    ],
)
def test_what_makes_an_object_the_same_one(text, identity):
    (item,) = of(text).objects

    assert (item.identity.api, item.identity.kind, item.identity.namespace, item.identity.name) == identity


def test_work_on_an_object_is_done_once_for_each_function():
    (item,) = of("kind: A").objects
    done = []

    def work(one):
        done.append(one)
        return len(done)

    assert (item.once(work), item.once(work), len(done)) == (1, 1, 1)
    assert item.once(lambda one: one.kind) == "A"


def test_objects_of_some_templates_only():
    manifests = Manifests({"c/a.yaml": "kind: A\n---\nkind: B", "c/b.yaml": "kind: C"})

    assert [item.kind for item in manifests.of(["c/b.yaml", "c/none.yaml", "c/a.yaml"])] == ["C", "A", "B"]
