"""The wheel carries everything that the program reads, and works without the checkout; so does an editable install."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_catalog_and_playbooks(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    playbooks = {path.name for path in (ROOT / "playbooks").glob("*.yaml")}
    assert playbooks
    assert {
        name.rpartition("/")[2] for name in names if name.startswith("migrate_dhi/playbooks/")
    } >= playbooks
    assert [name for name in names if name.startswith("migrate_dhi/dhi/data/")]
    roles = {f"migrate_dhi/playbooks/roles/{path.name}" for path in (ROOT / "playbooks/roles").glob("*.yaml")}
    assert roles
    assert roles <= set(names)


def test_nothing_but_the_package_is_installed(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"migrate_dhi"}


@pytest.mark.parametrize(
    "words",
    [["catalog", "show", "valkey", "--format", "json"], ["playbook", "list"], ["--version"], ["--help"]],
)
def test_the_wheel_works_without_the_checkout(wheel, tmp_path, words):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")

    done = run_in(tmp_path, words, {"PYTHONPATH": str(tmp_path / "site")})

    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_wheel_plans_an_example(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    chart = ROOT / "examples" / "gitops" / "apps" / "monitoring" / "redis-exporter"

    done = run_in(tmp_path, [str(chart), "--plan", "--offline"], {"PYTHONPATH": str(tmp_path / "site")})

    assert done.returncode == 0, done.stderr
    assert "dhi.io/redis-exporter" in done.stdout


def test_an_editable_install_reads_the_playbooks_of_the_checkout(tmp_path):
    done = run_in(tmp_path, ["playbook", "list"], {"PYTHONPATH": str(ROOT)})

    assert done.returncode == 0, done.stderr
    for path in (ROOT / "playbooks").glob("*.yaml"):
        assert path.stem in done.stdout


def run_in(folder, words, variables):
    command = [sys.executable, "-m", "migrate_dhi", *words]
    environment = {**os.environ, **variables, "HOME": str(folder)}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
