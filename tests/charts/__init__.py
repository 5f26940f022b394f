"""The fixture charts of the tests, each shaped like one real trap; README.md says which."""

import gzip
import io
import shutil
import tarfile
from pathlib import Path

CHARTS = Path(__file__).parent


def copy_case(name: str, destination: Path) -> Path:
    """Copy the fixture chart NAME to the directory DESTINATION, which must not exist yet; return it.

    A folder `packed/<dependency>/` of the fixture becomes `charts/<dependency>-<version>.tgz`, so that no
    binary has to be kept in Git.
    """
    shutil.copytree(CHARTS / name, destination)
    packed = destination / "packed"
    if packed.is_dir():
        for dependency in sorted(packed.iterdir()):
            pack(dependency, destination / "charts")
        shutil.rmtree(packed)
    return destination


def copy_as_dependency(name: str, destination: Path) -> Path:
    """The same as the vendored dependency of a chart that has no templates: those of the case are others' then."""
    inner = copy_case(name, destination / "charts" / name)
    lines = (inner / "Chart.yaml").read_text(encoding="utf-8").splitlines()
    version = next(line for line in lines if line.startswith("version:"))
    (destination / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: outer\nversion: 0.1.0\ndependencies:\n  - name: {name}\n    {version}\n"
        "    repository: https://charts.example.org\n"
    )
    return destination


def pack(chart: Path, folder: Path) -> Path:
    """Pack the directory CHART into `<FOLDER>/<name>-<version>.tgz`; the same files give the same bytes."""
    lines = (chart / "Chart.yaml").read_text(encoding="utf-8").splitlines()
    version = next(line.partition(":")[2].strip() for line in lines if line.startswith("version:"))
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(path for path in chart.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{chart.name}/{file.relative_to(chart).as_posix()}")
            entry.size = file.stat().st_size
            with file.open("rb") as content:
                archive.addfile(entry, content)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{chart.name}-{version}.tgz"
    target.write_bytes(gzip.compress(tar.getvalue(), mtime=0))
    return target
