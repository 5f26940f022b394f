"""Volumes: where they are mounted, which ones last and can be written, and the texts that they bring."""

import base64

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import (
    brings_files,
    copied_texts,
    lasting,
    mounted_texts,
    mounts,
    secret_values,
    unread_variables,
    variables_from,
    within,
)


def b64(text):
    return base64.b64encode(text.encode()).decode()


POD = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: app}}
spec:
  {more}
  template:
    spec:
      volumes: {volumes}
      containers:
        - name: main
          image: app:1
          volumeMounts: {mounts}
"""
SECRET = "{secret: {name: files, items: [{key: key, path: k}]}}"
FILES = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: files}}
data: {{run.sh: "echo 1", 7: "8"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: others}}
data: {{run.sh: "echo 2"}}
---
apiVersion: v1
kind: Secret
metadata: {{name: files}}
data: {{key: {b64("hidden")}, binary: /w==, odd: "aGk=!"}}
stringData: {{plain: {b64("kept")}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: empty}}
"""


def container(volumes="[]", mounts_="[]", *, kind="Deployment", more="replicas: 1", files=""):
    text = POD.format(kind=kind, volumes=volumes, mounts=mounts_, more=more)
    manifests = Manifests({"t.yaml": f"{text}---\n{files}"})
    return manifests.containers[0], manifests


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        ("/data", "/data", True),
        ("/data/", "/data", True),
        ("/data", "/data/", True),
        ("/data/a", "/data", True),
        ("/data/a", "/data/", True),
        ("/database", "/data", False),
        ("/", "/data", False),
        ("/data", "/", True),
        ("data", "/data", False),
    ],
)
def test_a_path_is_a_folder_or_lies_in_it(path, folder, inside):
    assert within(path, folder) is inside


@pytest.mark.parametrize(
    ("volume", "lasts", "writable"),
    [
        ("persistentVolumeClaim: {claimName: a}", True, True),
        ("nfs: {server: a, path: /}", True, True),
        ("iscsi: {}", True, True),
        ("cephfs: {}", True, True),
        ("glusterfs: {}", True, True),
        ("rbd: {}", True, True),
        ("flexVolume: {}", True, True),
        ("awsElasticBlockStore: {volumeID: a}", True, True),
        ("gcePersistentDisk: {pdName: a}", True, True),
        ("azureDisk: {}", True, True),
        ("azureFile: {}", True, True),
        ("vsphereVolume: {}", True, True),
        ("cinder: {}", True, True),
        ("fc: {}", True, True),
        # a source that is read-only makes each mount so
        ("persistentVolumeClaim: {claimName: a, readOnly: true}", True, False),
        ("persistentVolumeClaim: {claimName: a, readOnly: false}", True, True),
        ("nfs: {server: a, path: /, readOnly: true}", True, False),
        ("persistentVolumeClaim: null", True, True),
        # volumes that live as long as their pod
        ("ephemeral: {volumeClaimTemplate: {spec: {}}}", False, True),
        ("csi: {driver: a}", False, True),
        ("downwardAPI: {items: []}", False, False),
        ("image: {reference: 'a:1'}", False, False),
        ("emptyDir: {}", False, True),
        ("hostPath: {path: /}", False, True),
        ("configMap: {name: a}", False, False),
        ("secret: {secretName: a}", False, False),
        ("projected: {sources: []}", False, False),
    ],
)
def test_which_volumes_last_and_which_can_be_written(volume, lasts, writable):
    main, _ = container(f"[{{name: v, {volume}}}]", "[{name: v, mountPath: /v}]")

    [mount] = mounts(main)
    assert (mount.path, mount.name, mount.sub_path) == ("/v", "v", "")
    assert (mount.lasting, mount.writable) == (lasts, writable)
    assert mount.volume["name"] == "v"
    assert lasting(main) == ((mount,) if lasts and writable else ())


def test_a_mount_may_be_read_only_and_have_a_path_of_its_own():
    main, _ = container(
        "[{name: v, persistentVolumeClaim: {}}]",
        "[{name: v, mountPath: /v, subPath: a/b, readOnly: true}, {name: gone}, text, {name: v, mountPath: /w}]",
    )

    first, unknown, second = mounts(main)
    assert (first.sub_path, first.writable, first.lasting) == ("a/b", False, True)
    assert (unknown.path, unknown.name, unknown.volume, unknown.lasting) == ("", "gone", {}, False)
    assert lasting(main) == (second,)


def test_a_claim_template_comes_before_a_volume_of_its_name():
    main, _ = container(
        "[{name: data, configMap: {name: files}}, text]",
        "[{name: data, mountPath: /data}]",
        kind="StatefulSet",
        more="volumeClaimTemplates: [{metadata: {name: data}}, {metadata: null}, text]",
        files=FILES,
    )

    [mount] = mounts(main)
    assert (mount.lasting, mount.writable, mount.volume) == (True, True, {})


@pytest.mark.parametrize("more", ["volumeClaimTemplates: null", "volumeClaimTemplates: {name: data}"])
def test_no_claims_are_none(more):
    main, _ = container("[{name: data, emptyDir: {}}]", "[{name: data, mountPath: /d}]", more=more)

    assert [mount.lasting for mount in mounts(main)] == [False]


@pytest.mark.parametrize("listed", ["null", "{}", "text"])
def test_what_is_no_list_mounts_nothing(listed):
    assert mounts(container(listed, listed)[0]) == ()


@pytest.mark.parametrize(
    ("volume", "mount", "texts"),
    [
        ("configMap: {name: files}", "mountPath: /etc", {"/etc/run.sh": "echo 1", "/etc/7": "8"}),
        ("configMap: {name: files}", "mountPath: /etc/", {"/etc/run.sh": "echo 1", "/etc/7": "8"}),
        ("configMap: {name: others}", "mountPath: /etc", {"/etc/run.sh": "echo 2"}),
        (
            "configMap: {name: files, items: [{key: run.sh, path: bin/run}]}",
            "mountPath: /etc",
            {"/etc/bin/run": "echo 1"},
        ),
        ("configMap: {name: files}", "mountPath: /go, subPath: run.sh", {"/go": "echo 1"}),
        ("configMap: {name: files}", "mountPath: /go, subPath: other", {}),
        (
            "configMap: {name: files, items: [{key: run.sh, path: bin/run}]}",
            "mountPath: /go, subPath: bin/run",
            {"/go": "echo 1"},
        ),
        (
            "secret: {secretName: files}",
            "mountPath: /s",
            {"/s/key": "hidden", "/s/binary": "", "/s/odd": "", "/s/plain": b64("kept")},
        ),
        ("secret: {secretName: others}", "mountPath: /s", {}),
        ("configMap: {name: empty}", "mountPath: /s", {}),
        ("configMap: {name: gone}", "mountPath: /s", {}),
        ("configMap: text", "mountPath: /s", {}),
        ("emptyDir: {}", "mountPath: /s", {}),
        (
            f"projected: {{sources: [{SECRET}, {{configMap: {{name: others}}}}, text]}}",
            "mountPath: /p",
            {"/p/k": "hidden", "/p/run.sh": "echo 2"},
        ),
        ("projected: null", "mountPath: /p", {}),
        # a folder of the volume, and what only the cluster can spell out
        (
            "configMap: {name: files, items: [{key: run.sh, path: bin/run}, {key: '7', path: binary}]}",
            "mountPath: /go, subPath: bin",
            {"/go/run": "echo 1"},
        ),
        (
            "configMap: {name: files, items: [{key: run.sh, path: bin/run}]}",
            "mountPath: /go, subPath: bin/",
            {"/go/run": "echo 1"},
        ),
        ("configMap: {name: files}", "mountPath: /go, subPathExpr: $(POD)", {}),
        ("configMap: {name: files}", "mountPath: /go, subPathExpr: run.sh", {"/go": "echo 1"}),
        ("configMap: {name: files, items: []}", "mountPath: /e, subPath: '7'", {"/e": "8"}),
        ("configMap: {name: files, items: [{key: gone, path: x}]}", "mountPath: /e", {}),
        ("configMap: {name: files, optional: true}", "mountPath: /, subPath: '7'", {"/": "8"}),
    ],
)
def test_the_files_that_come_with_a_volume(volume, mount, texts):
    main, manifests = container(f"[{{name: v, {volume}}}]", f"[{{name: v, {mount}}}]", files=FILES)

    assert dict(mounted_texts(main, manifests)) == texts


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (f"data: {{k: {b64('one')}}}", "one"),
        ("data: {k: null}", ""),
        ("stringData: {k: plain}", "plain"),
        (f"data: {{k: {b64('one')}}}\nstringData: {{k: two}}", "two"),
        (f"stringData: {{k: two}}\ndata: {{k: {b64('one')}}}", "two"),
        # the lines of `base64` without -w0
        ('data: {k: "b25l\\ndHdv\\n"}', "onetwo"),
        ('data: {k: "b25l\\r\\ndHdv"}', "onetwo"),
        ('data: {k: "b25l dHdv"}', ""),
    ],
)
def test_what_a_secret_holds(data, text):
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{data}\n"
    main, manifests = container(
        "[{name: v, secret: {secretName: s}}]", "[{name: v, mountPath: /s}]", files=secret
    )

    assert dict(mounted_texts(main, manifests)) == {"/s/k": text}


@pytest.mark.parametrize(
    ("own", "place", "there"), [("a", "a", True), ("a", "", True), ("", "b", True), ("a", "b", False)]
)
def test_a_volume_brings_what_is_in_the_namespace_of_its_pod(own, place, there):
    _, manifests = container(
        "[{name: v, configMap: {name: others}}]", "[{name: v, mountPath: /s}]", files=FILES
    )
    text = manifests.files["t.yaml"].replace("{name: app}", f"{{name: app, namespace: '{own}'}}")
    moved = Manifests(
        {"t.yaml": text.replace("{name: others}\ndata", f"{{name: others, namespace: '{place}'}}\ndata")}
    )

    assert dict(mounted_texts(moved.containers[0], moved)) == ({"/s/run.sh": "echo 2"} if there else {})


COPIES = """\
apiVersion: v1
kind: Pod
metadata: {{name: app}}
spec:
  volumes:
    - {{name: own, emptyDir: {{}}}}
    - {{name: data, persistentVolumeClaim: {{claimName: data}}}}
    - {{name: files, configMap: {{name: files}}}}
  initContainers:
    - {{name: copy, image: busybox, volumeMounts: {init}}}
  containers:
    - {{name: side, image: side, volumeMounts: [{{name: files, mountPath: /side}}, {{name: own, mountPath: /own}}]}}
    - {{name: main, image: app, volumeMounts: {main}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: files}}
data: {{start.sh: echo 1}}
"""


@pytest.mark.parametrize(
    ("init", "main", "texts"),
    [
        (
            "[{name: files, mountPath: /in}, {name: own, mountPath: /out}]",
            "[{name: own, mountPath: /run/own}]",
            True,
        ),
        ("[{name: files, mountPath: /in}, {name: own, mountPath: /out}]", "[]", False),
        # Nothing leads from the one to the other; what lies on a claim may be older.
        ("[{name: files, mountPath: /in}]", "[{name: own, mountPath: /run/own}]", False),
        ("[{name: own, mountPath: /out}]", "[{name: own, mountPath: /run/own}]", False),
        (
            "[{name: files, mountPath: /in}, {name: data, mountPath: /out}]",
            "[{name: data, mountPath: /d}]",
            False,
        ),
        (
            "[{name: files, mountPath: /in}, {name: data, mountPath: /out}]",
            "[{name: own, mountPath: /run/own}]",
            False,
        ),
    ],
)
def test_what_an_init_container_may_copy_lies_on_the_volume_that_they_share(init, main, texts):
    manifests = Manifests({"a/templates/a.yaml": COPIES.format(init=init, main=main)})
    (app,) = [one for one in manifests.containers if one.name == "main"]

    assert dict(copied_texts(app, manifests)) == ({"/run/own/start.sh": "echo 1"} if texts else {})


def test_a_config_map_has_no_string_data():
    files = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\nstringData: {c: d}\n"
    main, manifests = container(
        "[{name: v, configMap: {name: c}}]", "[{name: v, mountPath: /s}]", files=files
    )

    assert dict(mounted_texts(main, manifests)) == {"/s/a": "b"}


CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: files}
data: {PORT: "80", MODE: one}
---
apiVersion: v1
kind: Secret
metadata: {name: files}
data: {TOKEN: dHdv, MODE: dGhyZWU=}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: empty}
"""


@pytest.mark.parametrize(
    ("env", "from_", "variables", "unread"),
    [
        ("[]", "[]", {}, ()),
        ("null", "text", {}, ()),
        ("[{name: A, value: b}]", "[]", {}, ()),
        ("[]", "[{configMapRef: {name: files}}]", {"PORT": "80", "MODE": "one"}, ()),
        ("[]", "[{secretRef: {name: files}}]", {"TOKEN": "two", "MODE": "three"}, ()),
        ("[]", "[{prefix: X_, configMapRef: {name: files}}]", {"X_PORT": "80", "X_MODE": "one"}, ()),
        # of several that bring one name the last counts
        (
            "[]",
            "[{configMapRef: {name: files}}, {secretRef: {name: files}}]",
            {"PORT": "80", "MODE": "three", "TOKEN": "two"},
            (),
        ),
        ("[{name: A, valueFrom: {configMapKeyRef: {name: files, key: PORT}}}]", "[]", {"A": "80"}, ()),
        ("[{name: A, valueFrom: {secretKeyRef: {name: files, key: TOKEN}}}]", "[]", {"A": "two"}, ()),
        # what is given by its name beats what comes with others
        (
            "[{name: MODE, valueFrom: {secretKeyRef: {name: files, key: MODE}}}]",
            "[{configMapRef: {name: files}}]",
            {"PORT": "80", "MODE": "three"},
            (),
        ),
        ("[{name: A, valueFrom: {configMapKeyRef: {name: files, key: GONE}}}]", "[]", {"A": None}, ()),
        ("[{name: A, valueFrom: {configMapKeyRef: {name: gone, key: PORT}}}]", "[]", {"A": None}, ()),
        ("[{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]", "[]", {}, ()),
        ("[{name: A, valueFrom: null}]", "[{configMapRef: text}]", {}, ()),
        # what the render does not hold; an empty one it does
        (
            "[]",
            "[{configMapRef: {name: gone}}, {secretRef: {name: gone}}]",
            {},
            ("ConfigMap gone", "Secret gone"),
        ),
        ("[]", "[{configMapRef: {name: empty}}]", {}, ()),
        ("[]", "[{configMapRef: {name: gone, optional: true}}]", {}, ("ConfigMap gone",)),
    ],
)
def test_variables_that_other_objects_give(env, from_, variables, unread):
    text = POD.format(kind="Deployment", volumes="[]", mounts="[]", more="replicas: 1")
    text += f"          env: {env}\n          envFrom: {from_}\n"
    manifests = Manifests({"t.yaml": f"{text}---\n{CONFIG}"})
    (main,) = manifests.containers

    assert dict(variables_from(main, manifests)) == variables
    assert unread_variables(main, manifests) == unread


@pytest.mark.parametrize(
    ("volume", "brings"),
    [
        ("emptyDir: {}", False),
        ("downwardAPI: {}", False),
        ("configMap: {name: a}", True),
        ("persistentVolumeClaim: {claimName: a}", True),
        ("hostPath: {path: /opt}", True),
        ("image: {reference: a}", True),
    ],
)
def test_which_volumes_may_bring_files(volume, brings):
    main, _ = container(f"[{{name: v, {volume}}}]", "[{name: v, mountPath: /v}]")

    assert brings_files(main) is brings
    assert not brings_files(container(f"[{{name: v, {volume}}}]")[0])


@pytest.mark.parametrize(
    ("source", "lasts"),
    [
        ("{path: /srv/data}", True),
        ("{path: /srv/data, type: ''}", True),
        ("{path: /srv/data, type: null}", True),
        ("{path: /srv/data, type: Directory}", True),
        ("{path: /srv/data, type: DirectoryOrCreate}", True),
        ("{path: /var/lib/app}", True),
        ("{path: /srv/data, type: File}", False),
        ("{path: /run/app.sock, type: Socket}", False),
        ("{path: /dev/sda, type: BlockDevice}", False),
        ("{path: /proc}", False),
        ("{path: /sys/fs/cgroup}", False),
        ("{path: /var/run/docker.sock}", False),
        ("{path: /var/log}", False),
        ("{path: /var/lib/kubelet/pods}", False),
        ("{path: /}", False),
        ("{}", False),
        ("null", False),
        ("text", False),
    ],
)
def test_a_folder_of_the_node_may_hold_data(source, lasts):
    main, _ = container(f"[{{name: v, hostPath: {source}}}]", "[{name: v, mountPath: /v}]")

    [mount] = mounts(main)
    assert (mount.lasting, mount.writable, mount.grouped) == (lasts, True, False)


def test_values_of_secrets_are_those_that_are_one_word_with_letters_and_digits():
    text = """\
apiVersion: v1
kind: Secret
metadata: {name: a}
stringData: {one: abcd1234, short: abc1234, words: abcd 1234, host: abcd1234.example, letters: abcdefgh, digits: "12345678"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {two: efgh5678}
"""

    assert list(secret_values(Manifests({"t.yaml": text}))) == ["abcd1234"]
