"""Which files of a repository are helmfiles: by their names, and by their form where they are called otherwise."""

import re

from migrate_dhi.regex import regex
from migrate_dhi.release.contents import RELEASES, Contents

_NAME = regex(r"(?:^|/)(?:helmfile[^/]*|helmfile\.d/[^/]+)\.ya?ml(?:\.gotmpl)?$")
_OWN = frozenset(("bases", "environments", "helmDefaults", "helmfiles", "repositories", "templates"))
"""The keys of a helmfile that no list of releases for something else has beside it."""
_MORE = ("helmBinary", "hooks", "kubeVersion", "lockFilePath", "missingFileHandler", "namespace", "values")
_KEYS = frozenset((*_OWN, "apiVersions", "commonLabels", "releases", *_MORE))
_KEY = regex(r"^([A-Za-z]\w*):", re.MULTILINE)
_CHART = regex(r"\bchart:")


def helmfiles(contents: Contents) -> list[str]:
    """The paths of all helmfiles that lie in no chart; those that others name are not looked for."""
    named = [
        path
        for path in contents.files.paths
        if "helmfile" in path and _NAME.search(path) and not contents.inside_chart(path)
    ]
    return named + [path for path in contents.holding(RELEASES) if _has_the_form(contents, path)]


def _has_the_form(contents: Contents, path: str) -> bool:
    """Whether a file (of ``helmfile -f clusters/a.yaml``) has the keys of a helmfile, and no others."""
    text = contents.text(path)
    keys = frozenset(_KEY.findall(text))
    own = "releases" in keys and keys <= _KEYS and keys & _OWN and _CHART.search(text)
    return bool(own) and contents.chart_above(path) is None
