"""Small repositories of a test's own, and what is found in them."""

import textwrap
from pathlib import Path

import pytest

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import merged

CHART = "apiVersion: v2\nname: {name}\nversion: 1.0.0\n"


class Repo:
    """Files in a folder outside Git; a text is dedented, and a path that ends with ``/`` becomes a chart."""

    def __init__(self, root: Path):
        self.root = root

    def write(self, files):
        for path, text in files.items():
            name, content = path, textwrap.dedent(text).removeprefix("\n")
            if path.endswith("/"):
                name = f"{path}Chart.yaml"
                content = CHART.format(name=Path(path).name) + content
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8", newline="")

    def snapshot(self):
        return Snapshot.of_worktree(self.root)

    def estate(self, files=None, *, urls=(), branches=()):
        self.write(files or {})
        return Estate.of(self.snapshot(), Addresses(tuple(urls), tuple(branches)))

    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8")

    def values(self, release):
        """The user values of a release, as its layers give them."""
        files = {layer.file for layer in release.layers}
        texts = {file: (self.root / file).read_text() for file in files if (self.root / file).is_file()}
        return merged(release.layers, texts)


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def one(estate):
    """The only release of an estate, which has nothing unresolved."""
    assert not estate.unresolved
    assert len(estate.releases) == 1, estate.releases
    return estate.releases[0]


def layers(release):
    """The layers of a release for people: form, file, document, path."""
    return [(one.form, one.file, one.document, one.path) for one in release.layers]
