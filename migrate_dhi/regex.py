"""Regular expressions that are compiled when they are first asked.

The modules of the program name some three hundred; compiling all of them is a quarter of what importing its own
code takes (30 of 115 ms, measured), and a run asks a part of them.
"""

import re
from typing import Any, cast


class _Regex:
    """Stands for a compiled pattern, and takes its methods over the first time that one of them is asked."""

    def __init__(self, source: str, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        for method in ("search", "match", "fullmatch", "sub", "finditer", "findall", "split", "pattern"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """What ``re.compile`` gives, for a pattern that a module names; an error in it is raised where it is asked.

    It has the methods of a pattern; the functions of ``re``, which want a compiled one, do not take it.
    """
    return cast("re.Pattern[str]", _Regex(source, flags))
