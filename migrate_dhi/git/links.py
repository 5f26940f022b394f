"""Where the symbolic links among the files of a repository lead, told without a file system."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePath

# As the kernel counts, before it says that there are too many links.
_MOST_HOPS = 40
# Folders that link to each other could be listed without end.
_MOST_LINKED = 50_000


class Links:
    """Follows the links of a snapshot, part by part, as a file system does."""

    def __init__(self, files: Collection[str], targets: Mapping[str, str], skipped: dict[str, str]) -> None:
        self.files = files
        self.targets = targets
        self.skipped = skipped
        self.sorted = sorted([*files, *targets])
        self.found: dict[str, str] = {}

    def followed(self) -> dict[str, str]:
        """Path through a link → path of the regular file that it leads to."""
        for link in self.targets:
            self._follow(link, link, ())
        return self.found

    def _follow(self, shown: str, link: str, above: tuple[str, ...]) -> None:
        """List what a link leads to below `shown`; `above` are the folders that led here."""
        real = self._resolved(link)
        if real is None:
            self.skipped[shown] = "the link leads out of the repository"
            return
        if real in self.files:
            self.found[shown] = real
            return
        if real in above or f"{link}/".startswith(f"{real}/" if real else ""):
            self.skipped[shown] = "the link leads to a folder that it is in"
            return
        inside = list(self._below(real))
        if not inside:
            self.skipped[shown] = "the link leads to no file"
        for path in inside:
            if len(self.found) >= _MOST_LINKED:
                self.skipped[shown] = "too many files are reached by links"
                return
            name = f"{shown}/{path[len(real) + 1 if real else 0 :]}"
            if path in self.files:
                self.found[name] = path
            else:
                self._follow(name, path, (*above, real))

    def _below(self, folder: str) -> Iterator[str]:
        start = bisect_left(self.sorted, f"{folder}/" if folder else "")
        for path in self.sorted[start:]:
            if folder and not path.startswith(f"{folder}/"):
                return
            yield path

    def _resolved(self, link: str) -> str | None:
        """The real path that a link leads to (empty for the root), or None where it leads out."""
        parts, todo, hops = list[str](), link.split("/"), 0
        while todo:
            part = todo.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                if not parts:
                    return None
                parts.pop()
                continue
            parts.append(part)
            target = self.targets.get("/".join(parts))
            if target is None:
                continue
            hops += 1
            if hops > _MOST_HOPS or PurePath(target).is_absolute():
                return None
            parts.pop()
            todo = target.split("/") + todo
        return "/".join(parts)
