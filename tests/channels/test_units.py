"""How long a text is depends on who counts."""

import pytest

from preview_service.channels.units import Unit

FAMILY = "👨‍👩‍👧‍👦"

# characters, utf16, graphemes, utf8_bytes
LENGTHS = [
    ("", 0, 0, 0, 0),
    ("shoe", 4, 4, 4, 4),
    ("Schuhgröße", 10, 10, 10, 12),
    ("e\u0301", 2, 2, 1, 3),
    ("👟", 2, 2, 1, 4),
    (FAMILY, 11, 11, 1, 25),
    ("🇩🇪🇫🇷", 8, 8, 2, 16),
    ("क्षि", 4, 4, 1, 12),
    ("靴", 1, 1, 1, 3),
    ("a\r\nb", 4, 4, 3, 4),
]


@pytest.mark.parametrize(
    ("text", "characters", "utf16", "graphemes", "utf8_bytes"),
    LENGTHS,
    ids=[repr(row[0]) for row in LENGTHS],
)
def test_lengths(text: str, characters: int, utf16: int, graphemes: int, utf8_bytes: int) -> None:
    assert Unit.CHARACTERS.length(text) == characters
    assert Unit.UTF16.length(text) == utf16
    assert Unit.GRAPHEMES.length(text) == graphemes
    assert Unit.UTF8_BYTES.length(text) == utf8_bytes


def test_septets_count_the_escape() -> None:
    assert Unit.SEPTETS.length("[€]") == 6


@pytest.mark.parametrize(
    ("unit", "text", "room", "reach"),
    [
        (Unit.UTF16, "a👟b", 2, 1),
        (Unit.UTF16, "a👟b", 3, 2),
        (Unit.CHARACTERS, "a👟b", 2, 1),
        (Unit.UTF8_BYTES, "aé靴", 2, 1),
        (Unit.UTF8_BYTES, "aé靴", 3, 2),
        (Unit.UTF8_BYTES, "aé靴", 5, 2),
        (Unit.UTF8_BYTES, "aé靴", 6, 3),
        (Unit.GRAPHEMES, f"a{FAMILY}b", 2, 8),
        (Unit.SEPTETS, "a[b", 2, 1),
        (Unit.SEPTETS, "a[b", 3, 2),
        (Unit.UTF16, "abc", 9, 3),
        (Unit.GRAPHEMES, "abc", 0, 0),
        (Unit.UTF16, "abc", -4, 0),
    ],
)
def test_reach_stops_before_the_unit_that_does_not_fit(
    unit: Unit, text: str, room: int, reach: int
) -> None:
    assert unit.reach(text, room) == reach
