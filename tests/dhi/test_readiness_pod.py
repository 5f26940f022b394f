"""Users, data, ports and command lines, held against the facts of the image."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import OwnedPath
from migrate_dhi.dhi.playbook import DataPath, Member
from migrate_dhi.dhi.readiness.owners import tied_to_user
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, DATABASE, SHELLED, codes, config_map, mounted, pod, remarks

CLAIM = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n"
CLAIMED = "volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]"
GROUP = "securityContext: {fsGroup: 65532}\n"


def at(path):
    return f"volumeMounts: [{{name: data, mountPath: {path}}}]\n"


# Users


def test_named_user_cannot_be_verified():
    (remark,) = remarks(pod("securityContext: {runAsNonRoot: true}"))

    assert (remark.code, remark.severity) == ("user-not-numeric", "error")
    assert "65532" in remark.help
    assert codes(pod("", "securityContext: {runAsNonRoot: true}")) == [("user-not-numeric", "error")]


def test_root_is_refused():
    root = replace(BARE, user="root", uid=0)

    assert codes(pod("securityContext: {runAsNonRoot: true}"), definition=root) == [
        ("user-not-numeric", "error")
    ]
    asked = pod("securityContext: {runAsNonRoot: true, runAsUser: 0}")
    assert codes(asked) == [("user-not-numeric", "error")]
    # It was refused with the image before, too.
    assert codes(asked, user_before=0) == [("user-not-numeric", "warning")]


@pytest.mark.parametrize(
    "context",
    [
        "securityContext: {runAsNonRoot: true, runAsUser: 65532}",
        "securityContext: {runAsNonRoot: false}",
        "securityContext: {}",
        "",
    ],
)
def test_user_that_kubernetes_takes(context):
    assert codes(pod(context)) == []


def test_numeric_user_of_the_image_is_verified():
    numeric = replace(BARE, user="65532")

    assert codes(pod("securityContext: {runAsNonRoot: true}"), definition=numeric) == []


def test_other_user_than_the_owner_of_the_data():
    owning = replace(BARE, paths=(OwnedPath("/var/lib/bare", 65532, 65532, "0755"),))
    other = "securityContext: {runAsUser: 1000}\n"

    assert codes(pod(other), definition=owning) == [("user-differs", "info")]
    # Its own user, an open directory, a volume on it, a directory of configuration: nothing to say.
    assert codes(pod("securityContext: {runAsUser: 65532}"), definition=owning) == []
    opened = replace(owning, paths=(OwnedPath("/var/lib/bare", 65532, 65532, "1777"),))
    assert codes(pod(other), definition=opened) == []
    scratch = "volumes: [{name: data, emptyDir: {}}]"
    assert codes(pod(other + at("/var/lib/bare"), scratch), definition=owning) == []
    settings = replace(owning, paths=(OwnedPath("/etc/bare", 65532, 65532, "0755"),))
    assert codes(pod(other), definition=settings) == []


def test_volume_without_a_group():
    (remark,) = remarks(pod(at("/data"), CLAIM))

    assert (remark.code, remark.severity) == ("volume-owner", "warning")
    assert "fsGroup: 65532" in remark.help
    assert codes(pod(at("/data"), kind="StatefulSet", spec=CLAIMED)) == [("volume-owner", "warning")]


def test_volume_whose_owner_stays():
    assert codes(pod(at("/data"), CLAIM + GROUP)) == []
    assert codes(pod(at("/data"), "volumes: [{name: data, emptyDir: {}}]")) == []
    assert codes(pod("volumeMounts: [{name: data, mountPath: /data, readOnly: true}]", CLAIM)) == []
    # The chart's own number, before and after.
    own = "securityContext: {runAsUser: 1000}\n"
    assert codes(pod(own + at("/data"), CLAIM), user_before=1000) == [("user-kept", "info")]
    root = replace(BARE, user="root", uid=0)
    assert codes(pod(at("/data"), CLAIM), definition=root) == []


def test_init_container_that_gives_the_files_away():
    chown = (
        "initContainers: [{name: own, image: docker.io/acme/tools, command: [chown, -R, '65532', /data]}]\n"
    )

    assert codes(pod(at("/data"), CLAIM + chown)) == []
    # One that runs beside the others is awaited by none of them.
    beside = chown.replace("{name: own", "{name: own, restartPolicy: Always")
    assert codes(pod(at("/data"), CLAIM + beside)) == [("volume-owner", "warning")]
    # What a container itself does at its start comes too late for none but itself.
    own = pod(at("/data") + "args: [chown, -R, /data]\n", CLAIM)
    assert codes(own, definition=SHELLED) == [("volume-owner", "warning")]


@pytest.mark.parametrize(
    ("keys", "tied"),
    [
        # An init container with a command runs that, and not the program that the files are for.
        ("command: [prepare]", False),
        ("args: [prepare]", True),
        ("image: x", True),
        # One that goes on running beside the others is a container like them.
        ("command: [serve], restartPolicy: Always", True),
    ],
)
def test_which_containers_need_the_user_of_their_image(keys, tied):
    text = pod("", f"initContainers: [{{name: first, {keys}}}]\n")
    first, main = Manifests({"app/templates/all.yaml": text}).containers

    assert tied_to_user(first, DATABASE) is tied
    assert tied_to_user(main, DATABASE)
    assert not tied_to_user(main, BARE)
    assert not tied_to_user(main, replace(DATABASE, paths=(OwnedPath("/d", 65532, 65532, "1777"),)))
    assert not tied_to_user(main, replace(DATABASE, paths=(OwnedPath("/d", 0, 0, "0700"),)))


def test_directory_that_one_user_must_own_alone():
    data = at("/var/lib/bare")

    (remark,) = remarks(pod(data, CLAIM + GROUP), definition=DATABASE)

    assert remark.code == "volume-owner"
    assert "/var/lib/bare/17/data" in remark.message


def test_a_directory_that_a_variable_moves_is_still_for_its_user_alone():
    moved = at("/pv") + "env: [{name: PGDATA, value: /pv/data}]\n"

    for group in ("", GROUP):
        (remark,) = remarks(pod(moved, CLAIM + group), definition=DATABASE)
        assert (remark.code, "must own /pv/data alone" in remark.message) == ("volume-owner", True)
        assert "chown" in remark.help


# Data


def test_data_directory_on_no_volume():
    found = remarks(pod(at("/var/lib/bare/data"), CLAIM + GROUP), definition=DATABASE)

    assert [(remark.code, remark.severity) for remark in found] == [("data-path", "error")]
    assert "/var/lib/bare/17/data" in found[0].message
    assert "PGDATA" in found[0].help


@pytest.mark.parametrize(
    "container",
    [
        at("/var/lib/bare/17/data"),
        at("/var/lib/bare"),
        at("/var/lib/bare/data") + "env: [{name: PGDATA, value: /var/lib/bare/data/pg}]",
        at("/var/lib/bare/data") + "env: [{name: PGDATA, valueFrom: {configMapKeyRef: {name: a, key: b}}}]",
        at("/var/lib/bare/data") + "args: [-D, /var/lib/bare/data]",
        "volumeMounts: [{name: tmp, mountPath: /tmp}]\n",
    ],
)
def test_data_is_found_again(container):
    owner = ("volume-owner", "warning")

    found = codes(pod(container, CLAIM + GROUP), definition=DATABASE)

    assert [code for code in found if code != owner] == []


WHERE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: set}\ndata: {DATA: /var/lib/bare/data/pg}\n"


@pytest.mark.parametrize(
    ("source", "others", "expected"),
    [
        ("env: [{name: PGDATA, valueFrom: {configMapKeyRef: {name: set, key: DATA}}}]", (WHERE,), ""),
        ("envFrom: [{prefix: PG, configMapRef: {name: set}}]", (WHERE,), ""),
        (
            "envFrom: [{prefix: X_, configMapRef: {name: set}}]",
            (WHERE.replace("/var/lib/bare", "/x"),),
            "it would start empty",
        ),
        (
            "envFrom: [{secretRef: {name: login}}]",
            (),
            "unless Secret login, which is not known here, sets PGDATA",
        ),
    ],
)
def test_variables_from_elsewhere_may_tell_where_data_lies(source, others, expected):
    found = remarks(pod(at("/var/lib/bare/data") + source, CLAIM + GROUP), *others, definition=DATABASE)

    assert [(remark.code, remark.severity) for remark in found] == (
        [("data-path", "error")] if expected else []
    )
    assert all(expected in remark.message for remark in found)


HOST = "volumes: [{{name: data, hostPath: {{path: {}}}}}]\n"


@pytest.mark.parametrize(
    ("path", "lasts"),
    [
        ("/srv/data", True),
        ("/mnt/pool/bare, type: DirectoryOrCreate", True),
        ("/var/lib/bare", True),
        ("/variety", True),
        ("/var/run/docker.sock, type: Socket", False),
        ("/srv/socket, type: Socket", False),
        ("/var/log/pods", False),
        ("/var/lib/kubelet", False),
        ("/proc", False),
        ("/", False),
    ],
)
def test_a_folder_of_the_node_may_hold_data(path, lasts):
    owner = [("volume-owner", "warning")] if lasts else []

    assert [one for one in codes(pod(at("/data"), HOST.format(path))) if one[0] != "node-files"] == owner
    # No fsGroup changes the owner there.
    found = [one for one in remarks(pod(at("/data"), HOST.format(path) + GROUP)) if one.code != "node-files"]
    assert [(one.code, one.severity) for one in found] == owner
    assert all("chown" in one.help and "fsGroup:" not in one.help for one in found)


def test_the_data_of_a_folder_of_the_node_is_looked_for():
    found = codes(pod(at("/var/lib/bare/data"), HOST.format("/srv/pg")), definition=DATABASE)

    assert ("data-path", "error") in found


def test_configuration_file_that_names_the_volume():
    settings = config_map("settings", bare__conf="data_directory = /pv/bare\n")
    app = pod(
        "volumeMounts: [{name: data, mountPath: /pv}, {name: settings, mountPath: /etc/bare}]",
        GROUP + CLAIM.replace("}}]", "}}, {name: settings, configMap: {name: settings}}]"),
    )

    assert codes(app, settings, definition=DATABASE) == []
    assert codes(app, definition=DATABASE) == [("data-path", "error")]


def test_data_moves_on_the_same_volume():
    known = DataPath("/var/lib/bare/17/data", "/var/lib/bare/data", 65532, 65532, "", "")
    same = DataPath("/var/lib/bare/17/data", "/var/lib/bare/17/data", 65532, 65532, "", "")
    app = pod(at("/var/lib/bare"), CLAIM + GROUP)

    assert ("data-path", "error") in codes(app, definition=DATABASE, known=Member((), "", data=(known,)))
    assert ("data-path", "error") not in codes(app, definition=DATABASE, known=Member((), "", data=(same,)))


OF_ACME = "{name: data, mountPath: /acme/bare}"
CLAIM_AND_FILE = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}, {name: settings, configMap: {name: settings}}]\n"


@pytest.mark.parametrize(
    ("container", "lost"),
    [
        ("", True),
        # Only the upstream image's build has that folder: nobody reads the file there any more.
        ("{name: settings, mountPath: /opt/acme/bare/conf}", True),
        ("{name: settings, mountPath: /etc/bare}", False),
        ("{name: none, mountPath: /var/lib/bare}", False),
        ("{name: data, mountPath: /var/lib/bare, subPath: bare}", False),
    ],
)
@pytest.mark.parametrize("definition", [BARE, replace(DATABASE, environment={"BARE_DATA": "/var/lib/bare"})])
def test_volume_in_a_folder_of_another_build(container, lost, definition):
    settings = config_map("settings", bare__conf="data_directory = /acme/bare/data\n")
    mounted_at = ", ".join(filter(None, (OF_ACME, container)))
    app = pod(f"volumeMounts: [{mounted_at}]\n", CLAIM_AND_FILE + GROUP)
    known = Member((), "", data=(DataPath("/var/lib/bare", "/var/lib/bare", 65532, 65532, "", ""),))

    # No line of the hardened image has that folder, so that facts of another line do.
    found = remarks(app, settings, known=known, assumed=True, definition=definition)
    found = [one for one in found if one.code == "data-path"]

    assert [one.severity for one in found] == (["error"] if lost else [])
    assert all("keeps its data in /var/lib/bare" in one.message for one in found)


def test_folder_of_the_product_itself_is_no_other_builds():
    app = pod("volumeMounts: [{name: data, mountPath: /var/lib/acmed}]\n", CLAIM + GROUP)
    upstream = Reference.parse("docker.io/acmed/acmed-server:1.4.2")

    assert ("data-path", "error") not in codes(app, upstream=upstream)


@pytest.mark.parametrize(
    "told",
    ["args: [--data=/acme/bare]\n", "env: [{name: DIR, value: /acme/bare/data}]\n", "command: [start]\n"],
)
def test_image_that_is_told_of_the_folder_of_another_build(told):
    app = pod(f"{told}volumeMounts: [{OF_ACME}]\n", CLAIM + GROUP)

    assert ("data-path", "error") not in codes(app)


def test_data_directory_of_the_command_line():
    option = replace(
        BARE, cmd=("--storage.path=/var/bare",), paths=(OwnedPath("/var/bare", 65532, 65532, "0755"),)
    )

    assert codes(pod(at("/store"), CLAIM + GROUP), definition=option) == [("data-path", "error")]
    assert codes(pod(at("/var/bare"), CLAIM + GROUP), definition=option) == []
    own = "args: [--storage.path=/store]\n"
    assert codes(pod(own + at("/store"), CLAIM + GROUP), definition=option) == []


@pytest.mark.parametrize(
    ("container", "owned", "found"),
    [
        (at("/var/bare2"), "/var/bare", True),
        ("args: [--verbose]\n" + at("/var"), "/srv/bare", True),
        # The volume holds both, the image has no such folder, or something names the volume's.
        (at("/var"), "/var/bare", False),
        (at("/var/bare2"), "/var/other", False),
        ("env: [{name: STORE, value: /var/bare2/store}]\n" + at("/var/bare2"), "/var/bare", False),
        ("args: [--store=/var/bare2]\n" + at("/var/bare2"), "/var/bare", False),
        (at("/data"), "/var/bare", False),
    ],
)
def test_data_that_a_playbook_knows_elsewhere(container, owned, found):
    known = DataPath(
        "/srv/bare" if owned == "/srv/bare" else "/var/bare", "/var/bare2", None, None, "", "acme"
    )
    image = replace(BARE, paths=(OwnedPath(owned, 65532, 65532, "0755"),))

    told = codes(pod(container, CLAIM + GROUP), definition=image, known=Member((), "", data=(known,)))

    assert (("data-path", "error") in told) is found


# Ports


def test_low_port():
    (remark,) = remarks(pod("ports: [{containerPort: 80}]"))

    assert (remark.code, remark.severity) == ("port-low", "warning")
    assert "8080" in remark.message
    assert "NET_BIND_SERVICE" in remark.help


@pytest.mark.parametrize(
    ("container", "pod_spec"),
    [
        ("ports: [{containerPort: 8080}]", ""),
        ("ports: [{containerPort: 80}]\nsecurityContext: {runAsUser: 0}", ""),
        ("ports: [{containerPort: 80}]\nsecurityContext: {capabilities: {add: [NET_BIND_SERVICE]}}", ""),
        (
            "ports: [{containerPort: 80}]",
            'securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "0"}]}',
        ),
    ],
)
def test_port_that_may_be_opened(container, pod_spec):
    assert codes(pod(container, pod_spec), definition=replace(BARE, ports=())) == []


def test_port_that_the_image_does_not_listen_on():
    assert codes(pod("ports: [{containerPort: 9999}]")) == [("port-differs", "warning")]
    assert codes(
        pod("ports: [{containerPort: 9999}]"), service(80, 80, "x").replace("app: app", "app: y")
    ) == [("port-differs", "warning")]
    assert codes(pod('ports: [{containerPort: 9999}]\nenv: [{name: LISTEN, value: ":9999"}]')) == []
    assert codes(pod("ports: [{containerPort: 9999}]\nargs: [--listen]")) == []
    assert codes(pod("ports: [{containerPort: 9999}]"), definition=replace(BARE, ports=())) == []


def service(port, target, name="app"):
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{selector: {{app: app}}, ports: [{{port: {port}, targetPort: {target}}}]}}\n"
    )


PORT = "ports: [{name: web, containerPort: 9999}]\n"
LIVE = "livenessProbe: {tcpSocket: {port: web}}\n"


@pytest.mark.parametrize(
    ("container", "others"),
    [
        (PORT + LIVE, ()),
        (PORT + "readinessProbe: {httpGet: {port: '9999'}}\n", ()),
        ("startupProbe: {grpc: {port: 9999}}\n", ()),
        (PORT, (service(80, "web"),)),
        ("", (service(9999, 9999),)),
        (
            PORT
            + LIVE
            + "env: [{name: TZ, value: UTC}, {name: IP, valueFrom: {fieldRef: {fieldPath: x}}}]\n",
            (),
        ),
        # A port that nothing tells is not low, it is not there.
        ("ports: [{containerPort: 80}]\n", (service(80, 80),)),
    ],
)
def test_a_probe_or_service_at_a_port_that_nothing_opens(container, others):
    (remark,) = remarks(pod(container), *others)

    assert (remark.code, remark.severity) == ("port-differs", "error")
    assert "8080" in remark.help
    assert ("--keep", "docker.io/acme/bare:1.4.2") in remark.ways


SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: set}\ndata: {PORT: '9999'}\n"
STORE = "volumes: [{name: own, persistentVolumeClaim: {claimName: own}}]\n"


@pytest.mark.parametrize(
    ("container", "others", "expected"),
    [
        (PORT + LIVE + "args: [--port, '9999']\n", (), ""),
        (PORT + LIVE + "command: [bare]\n", (), ""),
        (PORT + LIVE + "env: [{name: L, value: ':9999'}]\n", (), ""),
        (
            PORT + LIVE + "env: [{name: P, valueFrom: {configMapKeyRef: {name: set, key: PORT}}}]\n",
            (SETTINGS,),
            "",
        ),
        (PORT + LIVE + "envFrom: [{configMapRef: {name: set}}]\n", (SETTINGS,), ""),
        # What is not in this render may tell it.
        (PORT + LIVE + "envFrom: [{secretRef: {name: other}}]\n", (), "warning"),
        (PORT + LIVE + "env: [{name: P, valueFrom: {secretKeyRef: {name: o, key: p}}}]\n", (), "warning"),
        (PORT + LIVE + "volumeMounts: [{name: own, mountPath: /etc/bare}]\n", (), "warning"),
        # One of the ports that the image lists is enough: its list may leave another one out.
        ("ports: [{containerPort: 8080}]\n" + LIVE.replace("web", "9999"), (), ""),
        (PORT, (service(1, 9999), service(2, 8080, "other")), ""),
    ],
)
def test_a_port_that_something_may_open(container, others, expected):
    found = [severity for code, severity in codes(pod(container, STORE), *others) if code.startswith("port-")]

    assert found == ([expected] if expected else [])


def test_a_port_of_another_container_of_the_pod():
    beside = pod("") + "        - {name: proxy, image: acme/proxy, ports: [{containerPort: 9999}]}\n"

    assert codes(beside, service(80, 9999)) == []
    assert codes(beside.replace("ports: [{containerPort: 9999}]", ""), service(80, 9999)) == []


# Command lines


def test_no_command_at_all():
    nothing = replace(BARE, entrypoint=(), cmd=())
    wrapper = replace(BARE, entrypoint=("/usr/bin/tini", "--"), cmd=())

    assert codes(pod(""), definition=nothing) == [("command-empty", "error")]
    assert codes(pod(""), definition=wrapper) == [("command-empty", "error")]
    assert codes(pod("command: [bare]"), definition=nothing) == []
    assert codes(pod("args: [bare]"), definition=wrapper) == []
    assert codes(pod("")) == []


def test_options_that_take_the_place_of_the_program():
    wrapper = replace(BARE, entrypoint=("/usr/bin/tini", "--"), cmd=("bare-server", "/etc/bare.conf"))

    assert codes(pod("args: [--port, '1']"), definition=wrapper) == [("command-empty", "error")]
    assert codes(pod("args: [--port, '1']")) == []
    assert codes(pod(""), definition=wrapper) == []


def test_program_named_twice():
    assert codes(pod("args: [bare, serve]")) == [("command-doubled", "warning")]
    assert codes(pod("args: [serve]")) == []
    scripted = replace(SHELLED, entrypoint=("/usr/local/bin/entrypoint.sh",))
    assert codes(pod("args: [bare, serve]"), definition=scripted) == []


def test_args_that_only_the_upstream_entrypoint_understands():
    nothing = replace(BARE, entrypoint=(), cmd=())

    assert codes(pod("args: [serve, --verbose]"), definition=nothing) == [("command-empty", "warning")]
    assert codes(pod("args: [/usr/bin/bare, serve]"), definition=nothing) == []
    assert codes(pod("args: [serve]"), definition=replace(BARE, entrypoint=())) == []


def test_program_that_may_lie_elsewhere():
    (remark,) = remarks(pod("command: [/opt/acme/bare, serve]"))

    assert (remark.code, remark.severity) == ("command-path", "info")
    assert "/usr/local/bin/bare" in remark.help
    assert codes(pod("command: [/work/entrypoint]")) == [("command-path", "info")]


@pytest.mark.parametrize(
    "command", ["[/usr/local/bin/bare]", "[bare]", "[/bin/bare]", "[/usr/bin/other]", "[/work/bare]"]
)
def test_program_that_is_there(command):
    volume = "volumes: [{name: work, emptyDir: {}}]"

    assert codes(pod(f"command: {command}\n" + mounted("work", "/work"), volume)) == []


def test_read_only_root():
    scripted = replace(SHELLED, entrypoint=("/entrypoint.sh",))
    running = replace(BARE, paths=(OwnedPath("/run/bare", 65532, 65532, "0755"),))
    closed = "securityContext: {readOnlyRootFilesystem: true}\n"
    scratch = "volumes: [{name: data, emptyDir: {}}]"

    assert codes(pod(closed), definition=scripted) == [("root-read-only", "info")]
    assert codes(pod(closed), definition=running) == [("root-read-only", "info")]
    assert codes(pod(closed)) == []
    assert codes(pod(closed + at("/tmp"), scratch), definition=scripted) == []
    assert codes(pod(""), definition=scripted) == []
