"""Settings whose default differs between the two images: when that counts, and when something says otherwise."""

import pytest

from migrate_dhi.dhi.playbook import Member, OtherDefault
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import config_map, mounted, pod, remarks

KNOWN = Member(
    (),
    "",
    defaults=(
        OtherDefault(
            "closed-mode",
            "yes",
            ("closed-mode", "password", "user main", "BARE_USER"),
            "nobody gets in",
            "acme/image",
        ),
    ),
)
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: app}, ports: [{port: 6379}]}"
)
OPEN = "ports: [{containerPort: 6379}]\n"


def differing(*texts, **facts):
    """The remarks on defaults of a container that a Service sends to."""
    found = remarks(*texts, **{"known": KNOWN, **facts})
    return [one for one in found if one.code == "default-differs"]


@pytest.mark.parametrize(
    "container",
    [
        "",
        "args: [--save, '']\n",
        "command: [bare, --save, '']\n",
        # A volume of its own holds what the program writes itself.
        mounted("d", "/data"),
    ],
)
def test_what_nothing_says_is_an_error(container):
    (remark,) = differing(pod(OPEN + container, "volumes: [{name: d, emptyDir: {}}]"), SERVICE)

    assert remark.severity == "error"
    assert "runs with closed-mode yes" in remark.message
    assert (
        "nothing says closed-mode or password or user main or BARE_USER: nobody gets in (" in remark.message
    )
    assert remark.help.endswith("; source: acme/image")


@pytest.mark.parametrize(
    "container",
    [
        "args: [--password, $(WORD)]\n",
        "args: ['--closed-mode no']\n",
        "command: [sh, -c, 'exec bare --password \"$WORD\"']\n",
        "env: [{name: OPTIONS, value: --closed-mode no}]\n",
        "command: [sh, -c, \"printf '\\\\npassword %s' x >> /tmp/bare.conf; exec bare /tmp/bare.conf\"]\n",
        "env: [{name: BARE_USER, value: me}]\n",
        "env: [{name: BARE_USER, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n",
        mounted("conf", "/etc/bare"),
    ],
)
def test_what_is_said_otherwise_is_no_matter(container):
    files = config_map("conf", bare__conf="port 1\nuser  main on >x\n")
    volume = "volumes: [{name: conf, configMap: {name: conf}}]"

    assert differing(pod(OPEN + container, volume), SERVICE, files) == []


def test_another_container_of_the_pod_may_write_what_says_so():
    writer = (
        "volumes: [{name: conf, emptyDir: {}}]\n"
        "initContainers:\n- {name: write, image: x, command: [sh, -c, 'echo closed-mode no > /conf/bare.conf'], "
        "volumeMounts: [{name: conf, mountPath: /conf}]}"
    )

    assert differing(pod(f"{OPEN}args: [/conf/bare.conf]\n{mounted('conf', '/conf')}", writer), SERVICE) == []
    assert differing(pod(OPEN, writer.replace("closed-mode", "port")), SERVICE) != []


@pytest.mark.parametrize(
    "line", ["# closed-mode no", "  # password secret", "my-password x", "passwords x", "MY_BARE_USER x"]
)
def test_a_comment_or_a_longer_word_says_nothing(line):
    files = config_map("conf", bare__conf=f"port 1\n{line}\n")
    volume = "volumes: [{name: conf, configMap: {name: conf}}]"
    (remark,) = differing(pod(OPEN + mounted("conf", "/etc/bare"), volume), SERVICE, files)

    assert remark.severity == "error"


@pytest.mark.parametrize(
    ("container", "unread"),
    [
        (f"args: [/data/bare.conf]\n{mounted('d', '/data')}", "/data/bare.conf"),
        (f"args: [--config=/data/x]\n{mounted('d', '/data')}", "/data/x"),
        (mounted("v", "/etc/bare"), "what lies at /etc/bare"),
        ("envFrom: [{secretRef: {name: words}}]\n", "Secret words"),
        (
            "args: [$(MORE)]\nenv: [{name: MORE, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n",
            "MORE",
        ),
    ],
)
def test_what_is_not_read_may_say_so(container, unread):
    (remark,) = differing(
        pod(OPEN + container, "volumes: [{name: v, secret: {secretName: s}}, {name: d, emptyDir: {}}]"),
        SERVICE,
    )

    assert remark.severity == "warning"
    assert f", unless {unread}, which is not known here, says it (" in remark.message


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        # Nobody comes from outside of the pod.
        ((pod(OPEN),), {}),
        ((pod(OPEN), SERVICE.replace("app: app", "app: other")), {}),
        ((pod(OPEN), SERVICE), {"known": Member((), "")}),
        ((pod(OPEN), SERVICE), {"definition": None}),
        ((pod(OPEN), SERVICE), {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
    ],
)
def test_where_it_does_not_count(texts, facts):
    assert differing(*texts, **facts) == []
