"""Templates of a scratch copy that are rendered otherwise than they stand: the chart's own, and of all charts below."""

from collections.abc import Callable
from pathlib import Path


def rewrite(chart: Path, change: Callable[[str], str], reach: Callable[[Path], None]) -> None:
    """Write the templates of a chart, and of all charts below it that are no archives, as they are to be rendered.

    Args:
        chart: its directory, whose ``charts/`` is ours.
        change: the text of a template → the text that is rendered.
        reach: makes the folders above a place ours.
    """
    templates = chart / "templates"
    reach(templates / "here")
    for file in sorted(templates.rglob("*")):
        try:
            text = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        after = change(text)
        if after != text:
            file.unlink()
            file.write_bytes(after.encode("utf-8"))
    for below in sorted((chart / "charts").iterdir()) if (chart / "charts").is_dir() else ():
        if (below / "Chart.yaml").is_file():
            rewrite(below, change, reach)
