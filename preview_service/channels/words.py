"""Words as somebody wrote them → stretches and links, a headline, the direction they are read in.

For messages in which nothing becomes a link, or a subject, by itself. Directions follow
https://www.unicode.org/reports/tr9/ (P2, P3).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from preview_service.channels.fit import cut, one_line
from preview_service.channels.units import Unit
from preview_service.urls.find import find_links

HEADLINE_CHARS: Final = 150

# What stands behind a link rather than in it.
_BEHIND: Final = ".,;:!?'’\"…*_~`]}>)"


def stretches(text: str, url: str = "") -> Iterator[tuple[str, bool]]:
    """*text* piece by piece, and whether the piece is a link; *url* is one wherever it stands."""
    end = 0
    # A longer address that begins like it is another.
    whole = f"{re.escape(url)}(?=[{re.escape(_BEHIND)}]*(?:[^!-~]|$))"
    for known in re.finditer(whole, text) if url else ():
        yield from _found(text[end : known.start()])
        yield url, True
        end = known.end()
    yield from _found(text[end:])


def _found(text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for link in find_links(text):
        if link.start > end:
            yield text[end : link.start], False
        yield text[link.start : link.end], True
        end = link.end
    if end < len(text):
        yield text[end:], False


def headline(text: str) -> str | None:
    """The first line of *text* with hosts for links, at most `HEADLINE_CHARS` of it."""
    for line in text.splitlines():
        told = (_host(piece) if is_link else piece for piece, is_link in stretches(line))
        shown = one_line("".join(told))
        if shown:
            is_long = Unit.CHARACTERS.length(shown) > HEADLINE_CHARS
            return cut(shown, HEADLINE_CHARS, Unit.CHARACTERS) if is_long else shown
    return None


def _host(link: str) -> str:
    return urlsplit(link).hostname or link


def is_rtl(text: str) -> bool:
    """Whether the first letter of *text* with a direction is read from right to left."""
    found = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in found if kind in {"L", "R", "AL"}), "L") != "L"
