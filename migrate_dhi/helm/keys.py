"""Templates that make keys and certificates: in the scratch copy they make those of elliptic curves.

Each RSA key takes a second of a render, and comes out otherwise each time, so that nothing can depend on it; a chart of
forty parts took four seconds for each of a hundred renders. Sprig has a function beside each that takes the key.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from migrate_dhi.helm.shelf import unpack
from migrate_dhi.regex import regex
from migrate_dhi.scratch import folder as scratch_folder

_KEY = regex(r'\bgenPrivateKey\s+"rsa"')
# Behind a pipe its last argument comes from there, and the key would be another one.
_CERTIFICATE = regex(r"(?<![|\w.])(?<!\|\s)\b(genCA|genSelfSignedCert|genSignedCert)(?=\s)")
_NAMES = ("genPrivateKey", "genCA", "genSelfSignedCert", "genSignedCert")


def quick(text: str) -> str:
    """The text of a template with keys that are made quickly."""
    if not any(name in text for name in _NAMES):
        return text
    return _CERTIFICATE.sub(r'genPrivateKey "ecdsa" | \1WithKey', _KEY.sub('genPrivateKey "ecdsa"', text))


def quicken(chart: Path, reach: Callable[[Path], None], kept: Path) -> bool:
    """Write the templates of a chart, and of all charts below it, so that they make keys quickly; whether any does.

    Args:
        chart: its directory, whose ``charts/`` is ours.
        reach: makes the folders above a place ours.
        kept: a folder for the archives in whose place a folder is put.
    """
    changed = False
    templates = chart / "templates"
    reach(templates / "here")
    for file in sorted(templates.rglob("*")):
        try:
            text = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if quick(text) != text:
            changed = True
            file.unlink()
            file.write_bytes(quick(text).encode("utf-8"))
    for below in sorted((chart / "charts").iterdir()) if (chart / "charts").is_dir() else ():
        if below.suffix == ".tgz":
            changed |= _unpacked(below, kept)
        elif (below / "Chart.yaml").is_file():
            changed |= quicken(below, reach, kept)
    return changed


def _unpacked(archive: Path, kept: Path) -> bool:
    """Put a folder in place of an archive whose templates make keys."""
    with scratch_folder() as scratch:
        chart = unpack(archive, Path(scratch) / "chart")
        place = archive.parent / chart.name
        if place.exists() or not quicken(chart, lambda _: None, Path(scratch) / "kept"):
            return False
        kept.mkdir(exist_ok=True)
        shutil.move(archive, kept / archive.name)
        shutil.move(chart, place)
    return True
