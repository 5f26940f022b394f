"""One playbook file: what is read of each key, and what is refused, with the key and the line."""

import json
from pathlib import Path

import pytest

from migrate_dhi.dhi.playbook import (
    ChartFact,
    CheckCommand,
    DataPath,
    EntrypointReads,
    Fact,
    OperatorFact,
    OtherDefault,
    Place,
    ProbeAlternative,
)
from migrate_dhi.dhi.playbook_file import read_playbook
from migrate_dhi.errors import CatalogError

FILE = Path("books/cache.yaml")
HEAD = "name: cache\ntitle: The cache\n"
ONE = f"{HEAD}images: [docker.io/acme/cache]\ntarget: {{image: cache}}\n"


def read(text):
    return read_playbook(text, FILE)


def test_every_key_of_a_playbook():
    book = read(
        f"{HEAD}images: [docker.io/acme/cache, ' quay.io/acme/cache ']\n"
        "target: {image: cache, flavor: compat, distro: alpine, reason: it needs a shell}\n"
        "facts: {user: nonroot, uid: 65532, shells: [bash], ports: ['80/tcp'], entrypoint: [/x, run], source: s}\n"
        "probes: {port: 6379, alternatives: [{handler: {tcpSocket: {port: 6379}}, text: t, source: s}]}\n"
        "data: [{path: /data, before: /old, uid: 70, gid: 71, text: t, source: s}, {path: /x, text: t, source: s}]\n"
        "entrypoint_reads: [{variables: [A, B_*], text: t, source: s}, {paths: [/in], text: t, source: s}]\n"
        "defaults: [{setting: mode, value: 'yes', unless: [mode, 'a b'], text: t, source: s}]\n"
        "arguments: {text: it ends, source: s}\n"
        "writes: [{paths: [/run/x], text: t, source: s}]\n"
        "configuration: [{paths: [/etc/x, /etc/y], text: t, source: s}]\n"
        "pull_secret: of the chart\n"
        "charts: [{chart: cache, versions: '>=0.9.0 <0.11.0', text: t, source: s}]\n"
        "notes: [{text: t, source: s}]\n"
        "checks: [{run: kubectl -n data get pods, expect: e}]\n"
        "operators: [{group: acme.example, text: t, source: s}]\n"
    )

    (member,) = book.members
    assert (book.name, book.title, book.file) == ("cache", "The cache", str(FILE))
    assert member.images == ("docker.io/acme/cache", "quay.io/acme/cache")
    assert (member.target, member.flavor, member.distro, member.reason) == (
        "cache",
        "compat",
        "alpine",
        "it needs a shell",
    )
    assert (member.user, member.uid, member.shells, member.ports) == (
        "nonroot",
        65532,
        ("bash",),
        ("80/tcp",),
    )
    assert (member.entrypoint, member.facts_source, member.probe_port) == (("/x", "run"), "s", 6379)
    assert member.probes == (ProbeAlternative({"tcpSocket": {"port": 6379}}, "t", "s"),)
    assert member.data == (
        DataPath("/data", "/old", 70, 71, "t", "s"),
        DataPath("/x", "", None, None, "t", "s"),
    )
    assert member.entrypoint_reads == (
        EntrypointReads(("A", "B_*"), (), "t", "s"),
        EntrypointReads((), ("/in",), "t", "s"),
    )
    assert member.defaults == (OtherDefault("mode", "yes", ("mode", "a b"), "t", "s"),)
    assert member.arguments == Fact("it ends", "s")
    assert member.writes == (Place(("/run/x",), "t", "s"),)
    assert member.configuration == (Place(("/etc/x", "/etc/y"), "t", "s"),)
    assert book.pull_secret == "of the chart"
    assert book.charts == (ChartFact("cache", ">=0.9.0 <0.11.0", "t", "s"),)
    assert book.notes == (Fact("t", "s"),)
    assert book.checks == (CheckCommand("kubectl -n data get pods", "e"),)
    assert book.operators == (OperatorFact("acme.example", "t", "s"),)


def test_what_is_not_said_is_not_known():
    (member,) = read(ONE).members

    assert (member.user, member.uid, member.shells, member.ports, member.entrypoint) == (None,) * 5
    assert (member.probe_port, member.probes, member.data, member.facts_source) == (None, (), (), "")


def test_several_members_share_what_is_said_once():
    book = read(
        f"{HEAD}members:\n- {{images: [a/b], target: {{image: x}}}}\n- {{images: [a/c], target: {{image: y}}}}\n"
    )

    assert [(one.images, one.target) for one in book.members] == [(("a/b",), "x"), (("a/c",), "y")]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "this playbook is empty"),
        ("a: [\n", 2, "this playbook is no valid YAML"),
        ("- a\n", 1, "must be a mapping"),
        ("name: cache\n", 1, "lacks the key `title`"),
        (ONE.replace("name: cache", "name: other"), 1, "`name` is 'other', but the file is named cache.yaml"),
        (f"{ONE}nosuch: 1\n", 5, "`nosuch` is no key of a playbook here"),
        (f"{ONE}title: again\n", 5, "`title` is given twice"),
        (HEAD, 1, "needs either `target` with `images`, or `members`"),
        (f"{ONE}members: []\n", 1, "needs either `target` with `images`, or `members`"),
        (f"{HEAD}members: []\n", 3, "`members` is empty"),
        (f"{HEAD}members: [{{images: [a/b]}}]\n", 3, "`members[0]` lacks the key `target`"),
        (ONE.replace("[docker.io/acme/cache]", "[]"), 3, "`images` is empty"),
        (ONE.replace("acme/cache]", "acme/cache:1]"), 3, "`images[0]` must be an image without tag"),
        (ONE.replace("acme/cache]", "acme/NO IMAGE]"), 3, "`images[0]` must be an image without tag"),
        (ONE.replace("[docker.io/acme/cache]", "text"), 3, "`images` must be a list"),
        (ONE.replace("{image: cache}", "{flavor: x}"), 4, "`target` lacks the key `image`"),
        (ONE.replace("image: cache}", "image: cache, flavor: x}"), 1, "must give the `target.reason`"),
        (ONE.replace("image: cache}", "image: ''}"), 4, "`target.image` must be a text"),
        (f"{ONE}facts: {{uid: 1}}\n", 5, "`facts` lacks the key `source`"),
        (f"{ONE}facts: {{uid: x, source: s}}\n", 5, "`facts.uid` must be a whole number"),
        (
            f"{ONE}probes: {{alternatives: [{{handler: {{}}, text: t, source: s}}]}}\n",
            5,
            "must have exactly one of",
        ),
        (
            f"{ONE}probes: {{alternatives: [{{handler: {{exec: 1, grpc: 2}}, text: t, source: s}}]}}\n",
            5,
            "`probes.alternatives[0].handler` must have exactly one of exec, grpc, httpGet, tcpSocket",
        ),
        (
            f"{ONE}probes: {{alternatives: [{{handler: {{other: 1}}, text: t, source: s}}]}}\n",
            5,
            "exactly one of",
        ),
        (f"{ONE}charts: [{{chart: c, versions: 1.x, text: t, source: s}}]\n", 5, "must be bounds such as"),
        (
            f"{ONE}charts: [{{chart: c, versions: '>=1.0', text: t, source: s}}]\n",
            5,
            "must be bounds such as",
        ),
        (f"{ONE}notes:\n- {{text: t}}\n", 6, "`notes[0]` lacks the key `source`"),
        (f"{ONE}data: [{{path: /x, text: t}}]\n", 5, "`data[0]` lacks the key `source`"),
        (
            f"{ONE}entrypoint_reads: [{{text: t, source: s}}]\n",
            5,
            "`entrypoint_reads[0]` names neither `variables` nor `paths`",
        ),
        (
            f"{ONE}entrypoint_reads: [{{variables: [], text: t, source: s}}]\n",
            5,
            "names neither `variables` nor `paths`",
        ),
        (f"{ONE}entrypoint_reads: [{{paths: [/x], source: s}}]\n", 5, "lacks the key `text`"),
        (f"{ONE}defaults: [{{setting: a, value: b, text: t, source: s}}]\n", 5, "lacks the key `unless`"),
        (
            f"{ONE}defaults: [{{setting: a, value: b, unless: [], text: t, source: s}}]\n",
            5,
            "`defaults[0].unless` is empty",
        ),
        (f"{ONE}operators: [{{group: g, text: t}}]\n", 5, "`operators[0]` lacks the key `source`"),
    ],
)
def test_what_is_not_in_order_is_refused_with_its_key_and_line(text, line, message):
    with pytest.raises(CatalogError) as caught:
        read(text)

    assert message in caught.value.message
    assert caught.value.where == (f"{FILE}:{line}" if line else str(FILE))


@pytest.mark.parametrize(
    "run",
    [
        "kubectl get pods",
        "kubectl -n data describe pod x",
        "kubectl logs x",
        "kubectl rollout status deploy/x",
        "kubectl auth can-i get pods",
        "argocd app get x",
        "argocd app diff x",
        "flux get helmreleases",
    ],
)
def test_a_check_reads(run):
    assert read(f"{ONE}checks: [{{run: '{run}', expect: e}}]\n").checks == (CheckCommand(run, "e"),)


@pytest.mark.parametrize(
    "run",
    [
        "kubectl delete pod x",
        "kubectl apply -f x",
        "kubectl exec x -- ls",
        "kubectl rollout restart deploy/x",
        "kubectl get pods; rm x",
        "kubectl get pods | xargs kubectl delete pod",
        "kubectl get pods > x",
        "kubectl get $(x)",
        "kubectl get `x`",
        "kubectl get pods && x",
        "argocd app sync x",
        "flux reconcile source git x",
        "sudo kubectl get pods",
        "helm get values x",
        "kubectl getx",
        "kubectl get pods\nkubectl delete pod x",
    ],
)
def test_what_changes_a_cluster_or_runs_more_is_no_check(run):
    with pytest.raises(CatalogError, match="must be one command that only reads"):
        read(f"{ONE}checks:\n- run: {json.dumps(run)}\n  expect: e\n")
