"""What a template reads from the cluster (``lookup``), where it does not render without.

Helm finds nothing there unless it talks to a cluster: `helm template` and Argo CD, which runs it, fail on
``(lookup "v1" "Secret" "x" "y").data.password``, and Flux deploys the same chart. In the scratch copy a text stands in.
"""

from migrate_dhi.regex import regex

_CALL = regex(r"\(\s*lookup\s")
_LOOKS_UP = regex(r"[({]-?\s*lookup\s|[|:]=?\s*lookup\s")
_FIELDS = regex(r"(?:\.[A-Za-z_]\w*){2,}")
_TOKEN = regex(r'"(?:\\.|[^"\\])*"|`[^`]*`|[()]')
# Data of a Secret is read in base64, and is most often decoded.
_DATA, _TEXT = '"c3RhbmQtaW4="', '"stand-in"'


def looks_up(line: str) -> bool:
    """Whether a line of a template reads anything from the cluster."""
    return bool(_LOOKS_UP.search(line))


def stood_in(line: str) -> str:
    """The line of a template with a text in place of each field of what it looks up; unchanged where there is none.

    >>> stood_in('{{ (lookup "v1" "Secret" .Release.Namespace .name).data.key | b64dec }}')
    '{{ "c3RhbmQtaW4=" | b64dec }}'
    """
    done = 0
    while call := _CALL.search(line, done):
        end = _closed(line, call.start())
        fields = _FIELDS.match(line, end) if end else None
        if fields is None:
            done = call.end()
            continue
        text = _DATA if fields[0].startswith((".data.", ".binaryData.")) else _TEXT
        line, done = line[: call.start()] + text + line[fields.end() :], call.start() + len(text)
    return line


def _closed(line: str, start: int) -> int:
    """Where the bracket that opens at a place is closed, behind it; 0 where it is not closed on this line."""
    depth = 0
    for token in _TOKEN.finditer(line, start):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    return 0
