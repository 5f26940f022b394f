"""A dependency that lies twice in charts/: told where the two differ, since Helm takes either."""

import io
import tarfile

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.doubled import check_doubled

TEMPLATE = "kind: ConfigMap\n"
OF_NODE = "apiVersion: v2\nname: node\nversion: 1.0.0\n"


@pytest.fixture
def chart(tmp_path):
    def made(archive=None, name="node-1.0.0.tgz", **folder):
        text = "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies: [{name: node, version: 1.0.0, repository: ''}]\n"
        (tmp_path / "Chart.yaml").write_text(text)
        place = tmp_path / "charts" / "node" / "templates"
        place.mkdir(parents=True)
        (place.parent / "Chart.yaml").write_text(folder.get("meta", OF_NODE))
        (place / "map.yaml").write_text(folder.get("template", TEMPLATE))
        if archive is not None:
            packed(tmp_path / "charts" / name, {"Chart.yaml": OF_NODE, **archive})
        return Chart.read(tmp_path, "apps/top", {"apps/top/Chart.yaml": text}), tmp_path

    return made


def packed(place, files):
    with tarfile.open(place, "w:gz") as opened:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"node/{name}")
            entry.size = len(text.encode())
            opened.addfile(entry, io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("archive", "where"),
    [
        ({"templates/map.yaml": "kind: Secret\n"}, "templates/map.yaml"),
        ({"templates/map.yaml": TEMPLATE, "templates/more.yaml": TEMPLATE}, "templates/more.yaml"),
        ({"values.yaml": "a: 1\n"}, "templates/map.yaml and 1 more"),
    ],
)
def test_two_that_differ_are_told(chart, archive, where):
    with pytest.raises(DependencyError) as caught:
        check_doubled(*chart(archive))

    assert caught.value.message == (
        "dependency node 1.0.0 lies twice in charts/, as the folder node and as node-1.0.0.tgz, and the two differ "
        f"({where}): Helm takes the one or the other by chance, at each render"
    )
    assert caught.value.where == "apps/top/Chart.yaml"


@pytest.mark.parametrize(
    ("archive", "more"),
    [
        (None, {}),
        # What is not rendered does not count, nor do blanks at the end of a file.
        ({"templates/map.yaml": "kind: ConfigMap", "README.md": "x"}, {}),
        # Of two versions Helm takes the one that is asked for.
        (
            {"templates/map.yaml": "kind: Secret\n"},
            {"meta": OF_NODE.replace("1.0.0", "2.0.0")},
        ),
        ({"templates/map.yaml": "kind: Secret\n"}, {"name": "node-2.0.0.tgz"}),
    ],
    ids=["folder", "the same", "other folder", "other archive"],
)
def test_nothing_is_told_of_one_alone_and_of_two_that_are_the_same(chart, archive, more):
    check_doubled(*chart(archive, **more))
