"""What a scan says of the repository as a whole: pull secrets, bots, and the old name elsewhere."""

from dataclasses import replace

import pytest

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.repository_findings import findings_of
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from migrate_dhi.release.addresses import Addresses

MOVES = ScannedImage("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9", "migrate")
STAYS = ScannedImage("ghcr.io/acme/own:1.0.0", "", "no-counterpart")
KUSTOMIZATION = "namespace: {0}\nresources: [secret.yaml]\n"


def entry(namespace, *images, secret="dhi"):
    secrets = ((namespace, secret),) if secret else ()
    return ScanEntry(
        "helmrelease", namespace, "x", "apps/x.yaml", 1, "ready", images=images or (MOVES,), secrets=secrets
    )


def found(root, files, *entries):
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    some = findings_of(Snapshot.of_worktree(root), Addresses(()), entries or (entry("data"),))
    return {(one.code, one.file, one.line): one for one in some}


def secret(kind="SealedSecret", name="dhi", namespace="data", more=""):
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n{more}"


def test_a_registry_that_did_not_answer_is_told_once(tmp_path):
    silent = [replace(entry(name, secret=""), findings={"live-unconfirmed": 1}) for name in ("data", "web")]

    (one,) = found(tmp_path, {}, *silent, entry("ops", secret="")).values()

    assert (one.code, one.severity) == ("live-unconfirmed", "warning")
    assert "2 of 3 releases" in one.message
    assert "data/x, web/x" in one.message


class TestSecrets:
    def test_made_for_all(self, tmp_path):
        codes = found(tmp_path, {"s.yaml": secret()}, entry("data"))

        assert list(codes) == [("pull-secret-made", "s.yaml", 1)]

    def test_namespaces_that_lack_it(self, tmp_path):
        codes = found(tmp_path, {"s.yaml": secret()}, entry("data"), entry("web"), entry("ops"))

        (one,) = codes.values()
        assert one.code == "pull-secret-lacking"
        assert "does not reach the namespaces web, ops," in one.message

    def test_made_nowhere(self, tmp_path):
        codes = found(tmp_path, {"s.yaml": secret(name="other")}, entry("data"))

        (one,) = codes.values()
        assert one.code == "pull-secret-nowhere"
        assert "the namespace data will need" in one.message

    @pytest.mark.parametrize(
        ("kind", "more"),
        [
            ("ExternalSecret", "spec: {target: {name: dhi}}\n"),
            ("SealedSecret", "spec: {template: {metadata: {name: dhi}}}\n"),
            ("VaultStaticSecret", "spec: {destination: {name: dhi}}\n"),
        ],
    )
    def test_the_name_that_the_object_gives_it(self, tmp_path, kind, more):
        codes = found(tmp_path, {"s.yaml": secret(kind, "maker", more=more)}, entry("data"))

        assert {code for code, *_ in codes} == {"pull-secret-made"}

    def test_another_name_than_that_of_the_object_is_what_counts(self, tmp_path):
        codes = found(
            tmp_path, {"s.yaml": secret("ExternalSecret", "dhi", more="spec: {target: {name: x}}\n")}
        )

        assert {code for code, *_ in codes} == {"pull-secret-nowhere"}

    @pytest.mark.parametrize(
        ("annotation", "reached", "left"),
        [
            ('reflection-auto-enabled: "true"', {"web", "ops"}, set()),
            ('reflection-auto-namespaces: "web,tea.*"', {"web", "team-a"}, {"ops"}),
        ],
    )
    def test_copied_by_reflector(self, tmp_path, annotation, reached, left):
        text = secret().replace(
            "metadata:\n", f"metadata:\n  annotations:\n    reflector.v1.k8s.emberstack.com/{annotation}\n"
        )

        codes = found(
            tmp_path, {"s.yaml": text}, *(entry(name) for name in (*sorted(reached), *sorted(left)))
        )

        (one,) = codes.values()
        assert one.code == ("pull-secret-lacking" if left else "pull-secret-made")
        assert all(name in one.message for name in left)
        assert not any(f" {name}," in one.message for name in reached if left)

    def test_the_namespace_of_a_kustomization(self, tmp_path):
        text = secret().replace("  namespace: data\n", "")

        codes = found(
            tmp_path,
            {"a/secret.yaml": text, "a/kustomization.yaml": KUSTOMIZATION.format("web")},
            entry("web"),
        )

        assert {code for code, *_ in codes} == {"pull-secret-made"}


class TestBots:
    def test_flux_image_automation(self, tmp_path):
        text = (
            "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\nmetadata: {name: cache, namespace: flux-system}\n"
            "spec: {image: valkey/valkey}\n"
        )

        assert ("bot-image-automation", "r.yaml", 1) in found(tmp_path, {"r.yaml": text})
        assert not found(tmp_path, {"r.yaml": text}, entry("data", STAYS, secret=""))

    def test_a_rule_of_renovate(self, tmp_path):
        text = '{\n  "packageRules": [\n    {"matchPackageNames": ["docker.io/valkey/valkey", "acme/other"]}\n  ]\n}\n'

        assert ("bot-rule", ".github/renovate.json5", 3) in found(tmp_path, {".github/renovate.json5": text})
        assert ("bot-rule", "notes.json", 3) not in found(tmp_path, {"notes.json": text})

    def test_the_image_updater(self, tmp_path):
        text = "metadata:\n  annotations:\n    argocd-image-updater.argoproj.io/image-list: a=valkey/valkey:~8, b=acme/other\n"

        assert ("bot-rule", "app.yaml", 3) in found(tmp_path, {"app.yaml": text})


def test_copies_of_the_old_name(tmp_path):
    files = {
        "README.md": "We run `valkey/valkey:8.1.4`.\n",
        "charts/x/tests/__snapshot__/a_test.yaml.snap": "image: docker.io/valkey/valkey:8.1.4\n",
        "values.yaml": "image: docker.io/valkey/valkey:8.1.4\n",
        "other.md": "valkey/valkey-bundle is another one\n",
    }

    codes = found(tmp_path, files, entry("data", secret=""))

    (one,) = codes.values()
    assert (one.code, one.file, one.line) == ("image-copies", "README.md", 1)
    assert one.message == (
        "1 image that moves: 2 lines that no release reads name the upstream one (valkey in README.md:1)"
    )


def test_nothing_is_said_where_nothing_changes(tmp_path):
    assert not found(tmp_path, {"s.yaml": secret(), "README.md": "acme/own"}, entry("data", STAYS, secret=""))
