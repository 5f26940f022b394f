"""Byte-exact edits of YAML text: an edit is made exactly, or refused with line and reason.

The text is parsed for positions only, spliced, and parsed again to prove that nothing but the edit
differs. Comments, quotes, blank lines, line endings, anchors and indentation are never rewritten.
This package knows YAML and nothing of Helm charts.
"""

from migrate_dhi.yamledit.document import Document
from migrate_dhi.yamledit.path import DELETE, MISSING, Path, format_path, parse_path
from migrate_dhi.yamledit.stream import Stream

__all__ = ["DELETE", "MISSING", "Document", "Path", "Stream", "format_path", "parse_path"]
