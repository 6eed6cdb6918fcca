"""Content-Length and Content-Range → numbers of bytes.

https://www.rfc-editor.org/rfc/rfc9110#field.content-range
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_COUNT = re.compile(r"[0-9]{1,15}")
_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15}|\*)", re.IGNORECASE)


class ContentRange(NamedTuple):
    """Offsets of the first and the last byte that a response holds of a file of *size* bytes."""

    first: int
    last: int
    size: int | None


def content_length(headers: Mapping[str, str]) -> int | None:
    """None where there is none, or no number; *headers* has lower-case names."""
    written = headers.get("content-length", "").strip()
    return int(written) if _COUNT.fullmatch(written) else None


def content_range(headers: Mapping[str, str]) -> ContentRange | None:
    """None where there is none of bytes, or it is not within the file."""
    found = _RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    size = None if found[3] == "*" else int(found[3])
    is_within = first <= last and (size is None or last < size)
    return ContentRange(first, last, size) if is_within else None
