"""Bytes that YAML forbids: one error with file and line on every way, and no release that vanishes for one."""

import pytest

APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {repoURL: "https://git.example/x", path: apps/app, helm: {valueFiles: [prod.yaml]}}
  destination: {namespace: shop}
"""
RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./apps/app, sourceRef: {kind: GitRepository, name: flux-system}}}
"""
BAD = {b"\0": "U+0000 (NUL)", b"\x07": "U+0007", b"\xc2\x80": "U+0080", b"\xff": "not UTF-8"}


@pytest.fixture
def shop(workshop):
    workshop.add("plain-chart", "apps/app")
    (workshop.root / "apps/app/prod.yaml").write_text("replicas: 1\n")
    (workshop.root / "web.yaml").write_text(APPLICATION)
    workshop.commit("deploy it")
    return workshop


def spoil(shop, file, bad):
    """A comment in the last line holds the byte: to Helm's reader a NUL ends the text, and says nothing."""
    path = shop.root / file
    content = path.read_bytes()
    path.write_bytes(content + b"# note" + bad + b"\n")
    shop.commit("spoil it")
    return content.count(b"\n") + 1


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", ["Chart.yaml", "values.yaml", "prod.yaml"])
def test_a_file_of_the_chart(shop, name, bad):
    line = spoil(shop, f"apps/app/{name}", bad)

    for flags in (["--plan"], ["--yes"], ["--plan", "--format", "json"]):
        ran = shop.run("apps/app", *flags)

        assert (ran.code, ran.out) == (4, "")
        assert ran.error["error"].startswith(f"apps/app/{name}:{line}: ")
        assert BAD[bad] in ran.error["error"]
    for command in (["scan", "--format", "json"], ["audit"]):
        ran = shop.run(*command)

        assert f"apps/app/{name}:{line}" in "".join(ran.out.split()), ran.out
        assert BAD[bad] in " ".join(ran.out.split())


@pytest.mark.parametrize("bad", list(BAD)[:3])
def test_a_manifest_that_a_template_makes(shop, bad):
    (shop.root / "apps/app/templates/more.yaml").write_bytes(
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x" + bad + b"}\n"
    )
    shop.commit("spoil it")

    ran = shop.run("apps/app", "--plan")

    assert ran.code == 4
    assert ran.error["error"].startswith("apps/app/templates/more.yaml:3: ")
    assert BAD[bad] in ran.error["error"]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("text", [APPLICATION, RELEASE])
def test_an_object_that_deploys_is_told_and_does_not_vanish(shop, text, bad):
    (shop.root / "web.yaml").write_text(text)
    line = spoil(shop, "web.yaml", bad)

    for command in ("releases", "audit", "scan"):
        told = " ".join(shop.run(command).out.split())

        assert "web.yaml" in told
        assert BAD[bad] in told
        assert f"web.yaml:{line}" in told or f"line {line}" in told


@pytest.mark.parametrize("bad", [*BAD, b"\n- ["])
def test_a_kustomization_that_is_not_read_is_told(shop, bad):
    (shop.root / "web.yaml").unlink()
    (shop.root / "k").mkdir()
    (shop.root / "k/web.yaml").write_text(RELEASE)
    (shop.root / "k/kustomization.yaml").write_bytes(
        b"namePrefix: x-\nresources: [web.yaml] # " + bad + b"\n"
    )
    shop.commit("build it")

    told = " ".join(shop.run("releases").out.split())

    assert "k/kustomization.yaml" in told
    assert "taken as if nothing changed it" in told


def test_what_an_attribute_makes_binary_to_git_deploys_all_the_same(shop):
    (shop.root / ".gitattributes").write_text("web.yaml -diff\n")
    shop.commit("show no diff of it")

    assert "shop/web" in shop.run("releases").out
