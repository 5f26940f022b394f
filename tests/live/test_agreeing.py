"""Where a registry has just what the catalog lists, a plan is the same with it and without."""

import re

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.live import Asking, Live
from tests.charts import copy_case
from tests.conftest import plan_of

CASES = ["no-shell", "probe-lacking", "run-as-nonroot", "stateful-data", "umbrella", "low-port", "init-shell"]
CATALOG = Catalog.bundled()


@pytest.fixture
def agreeing(faulty):
    """A registry that makes each image that it is asked for, as the catalog has it."""

    def made(handler):
        match = re.fullmatch(r"/v2/dhi/(.+)/manifests/([^:]+)", handler.path)
        name, tag = match.groups() if match else ("", "")
        known = (CATALOG.find(name, tag) or CATALOG.nearest(name, tag)) if match else None
        if known and tag not in faulty.tags.get(f"dhi/{name}", {}):
            index = faulty.blobs.index(
                User=known.user,
                Entrypoint=list(known.entrypoint),
                Cmd=list(known.cmd),
                Env=[f"{key}={value}" for key, value in known.environment.items()],
                ExposedPorts={port: {} for port in known.ports},
                WorkingDir=known.work_dir,
                Labels={"com.docker.dhi.name": name},
            )
            faulty.put(f"dhi/{name}", tag, index)
        return "as usual"

    faulty.faults["."] = made
    return faulty


@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_the_same_but_for_what_was_asked(case, agreeing, tmp_path):
    chart = copy_case(case, tmp_path / case)
    target = f"{agreeing.host}/dhi/{{name}}"

    plain = plan_of(chart, target=target).to_json()
    asked = plan_of(chart, target=target, live=Live(Asking())).to_json()

    digests = [image.pop("digest") for image in asked["images"] if image["after"]]
    assert digests
    assert all(digests)
    codes = {finding["code"] for finding in asked["findings"]}
    assert {"live-confirmed"} == codes - {finding["code"] for finding in plain["findings"]}
    # The body of a commit repeats the warnings, and those name their source.
    for step in [*plain["steps"], *asked["steps"]]:
        step["commit"] = step["commit"] and step["commit"]["subject"]
    assert asked["steps"] == plain["steps"]
    for image in [*plain["images"], *asked["images"]]:
        image.pop("digest", None)
        # Of a tag that is listed no more the image tells itself what else is assumed, but not its line.
        image["facts"] = image["facts"] and {key: image["facts"][key] for key in ("user", "uid", "shells")}
    assert asked["images"] == plain["images"]
    told = [finding for finding in asked["findings"] if finding["code"] != "live-confirmed"]
    sources = [finding["message"].replace(", and the image's own configuration", "") for finding in told]
    assert sources == [finding["message"] for finding in plain["findings"]]
