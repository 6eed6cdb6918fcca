"""Text → its length in the unit a channel counts in.

Graphemes follow UAX #29 (https://www.unicode.org/reports/tr29/), septets 3GPP TS 23.038.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import accumulate, islice, takewhile
from typing import Any, Final

from preview_service.channels.gsm7 import EXTENSION, septets


class Unit(StrEnum):
    """What a limit counts.

    `characters` stands where a vendor does not say what a character is: UTF-16 code units are
    counted, the most that any reading of it (graphemes, code points, UTF-16) can come to.
    """

    CHARACTERS = "characters"
    UTF16 = "utf16"
    GRAPHEMES = "graphemes"
    UTF8_BYTES = "utf8_bytes"
    SEPTETS = "septets"

    def length(self, text: str) -> int:
        """How many units *text* is; septets of text in the GSM alphabet only."""
        return _LENGTH[self](text)

    def reach(self, text: str, room: int) -> int:
        """How many leading code points of *text* fit into *room* units, graphemes unheeded."""
        return _REACH[self](text, room) if room > 0 else 0


def grapheme_ends(text: str) -> Iterator[int]:
    """Offsets just behind each grapheme of *text*."""
    return (match.end() for match in _grapheme().finditer(text))


@cache
def _grapheme() -> Any:
    # The standard library cannot segment; loaded by the first text that is not ASCII.
    import regex

    return regex.compile(r"\X")


def _utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _graphemes(text: str) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in grapheme_ends(text))


def _reach_utf16(text: str, room: int) -> int:
    units = text[:room].encode("utf-16-le")[: 2 * room]
    return len(units.decode("utf-16-le", "ignore"))


def _reach_graphemes(text: str, room: int) -> int:
    return max(islice(grapheme_ends(text), room), default=0)


def _reach_utf8(text: str, room: int) -> int:
    return len(text[:room].encode()[:room].decode("utf-8", "ignore"))


def _reach_septets(text: str, room: int) -> int:
    lengths = accumulate(1 + (char in EXTENSION) for char in text[:room])
    return sum(1 for _ in takewhile(room.__ge__, lengths))


_LENGTH: Final[Mapping[Unit, Callable[[str], int]]] = {
    Unit.CHARACTERS: _utf16,
    Unit.UTF16: _utf16,
    Unit.GRAPHEMES: _graphemes,
    Unit.UTF8_BYTES: lambda text: len(text.encode()),
    Unit.SEPTETS: septets,
}

_REACH: Final[Mapping[Unit, Callable[[str, int], int]]] = {
    Unit.CHARACTERS: _reach_utf16,
    Unit.UTF16: _reach_utf16,
    Unit.GRAPHEMES: _reach_graphemes,
    Unit.UTF8_BYTES: _reach_utf8,
    Unit.SEPTETS: _reach_septets,
}
