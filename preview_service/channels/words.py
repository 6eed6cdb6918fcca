"""Words as somebody wrote them → stretches and links, a headline, the direction they are read in.

For messages in which nothing becomes a link, or a subject, by itself. Directions follow
https://www.unicode.org/reports/tr9/ (P2, P3).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from preview_service.channels.fit import cut, one_line
from preview_service.channels.units import Unit

HEADLINE_CHARS: Final = 150

_URL: Final = r"(?i:https?)://[^\W_][^\s<>\"“”„«»「」『』、。，！？（）]+"
_HOST: Final = re.compile(r"(?i:https?)://(?:[^\s/?#@]*@)?([^\s/?#:]+)\S*")
# What stands behind a link rather than in it.
_BEHIND: Final = ".,;:!?'’\"…*_~`]}>"


def stretches(text: str, url: str = "") -> Iterator[tuple[str, bool]]:
    """*text* piece by piece, and whether the piece is a link; *url* is one wherever it stands."""
    # A longer address that begins like it is another.
    ends = f"(?=[{re.escape(_BEHIND)})]*(?:[^!-~]|$))"
    known = f"{re.escape(url)}{ends}|" if url else ""
    end = 0
    for match in re.finditer(f"{known}{_URL}", text):
        link = match[0] if match[0] == url else _bare(match[0])
        if match.start() > end:
            yield text[end : match.start()], False
        yield link, True
        end = match.start() + len(link)
    if end < len(text):
        yield text[end:], False


def _bare(link: str) -> str:
    bare = link.rstrip(_BEHIND)
    if bare.endswith(")") and "(" not in bare:
        bare = bare.rstrip(")" + _BEHIND)
    return bare


def headline(text: str) -> str | None:
    """The first line of *text* with hosts for links, at most `HEADLINE_CHARS` of it."""
    for line in text.splitlines():
        shown = one_line(_HOST.sub(r"\1", line))
        if shown:
            is_long = Unit.CHARACTERS.length(shown) > HEADLINE_CHARS
            return cut(shown, HEADLINE_CHARS, Unit.CHARACTERS) if is_long else shown
    return None


def is_rtl(text: str) -> bool:
    """Whether the first letter of *text* with a direction is read from right to left."""
    found = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in found if kind in {"L", "R", "AL"}), "L") != "L"
