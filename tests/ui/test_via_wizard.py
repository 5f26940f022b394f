"""The wizard with ``--via chart``: the exchange is a step as any other, shown, left out, and written."""

import re
import shutil

import pytest

from tests.charts import pack
from tests.ui.wizards import STORE, Repo

BRANCH = "dhi/apps-cluster-valkey"
WORDS = ("--via", "chart", "--pull-secret", "x", "--accept", "chart-by-name", "--offline")
BY_STEP, LAST = "Step by step", "Anything else?"


@pytest.fixture
def repo(tmp_path):
    """The example repository, and a hardened form of its vendored chart in a folder."""
    repo = Repo(tmp_path)
    chart = tmp_path / "hardened/valkey-chart"
    shutil.copytree(repo.root / STORE / "charts/valkey", chart)
    text = (chart / "Chart.yaml").read_text()
    text = re.sub(
        r"(?m)^name: .*", "name: valkey-chart", re.sub(r"(?m)^version: .*", "version: 0.11.0", text)
    )
    images = "annotations:\n  dhi.docker.com/helm.images: |\n    - dhi/valkey:9.1.1-debian13\n"
    (chart / "Chart.yaml").write_text(text + images)
    pack(chart, tmp_path / "packed")
    repo.words = (*WORDS, "--chart-dir", str(tmp_path / "packed"))
    return repo


def write(commits):
    return f"Write the branch {BRANCH} with {commits} commits?"


def test_the_exchange_is_shown_and_written(repo):
    wizard = repo.start(STORE, *repo.words)
    wizard.see("In the manifests, by the step chart", "use valkey-chart 0.11.0").enter(write(5), LAST)

    assert wizard.end() == 0
    assert "alias: valkey" in repo.show(BRANCH, f"{STORE}/Chart.yaml")


def test_the_exchange_is_left_out_step_by_step(repo):
    wizard = repo.start(STORE, *repo.words)
    wizard.choose(write(5), BY_STEP).choose("Step chart", "Skip")
    wizard.enter("Step registry", "Step tag", "Step pull-secret", "Step versions", write(4), LAST)

    assert wizard.end() == 0
    assert "alias: valkey" not in repo.show(BRANCH, f"{STORE}/Chart.yaml")
    assert "--skip chart" in wizard.shown.replace("\\\n", " ")
