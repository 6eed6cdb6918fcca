"""The bytes that are there, and those that are not yet."""

from struct import Struct

import pytest

from preview_service.images.formats.reading import Ended, broken, facts_of, part, unpack

SHORT = Struct(">H")


def test_what_is_there_is_read() -> None:
    assert unpack(SHORT, b"\1\2\3", 1) == (0x0203,)
    assert part(b"\1\2\3", 1, 3) == b"\2\3"


def test_what_is_not_there_is_wanted() -> None:
    with pytest.raises(Ended):
        unpack(SHORT, b"\1\2\3", 2)
    with pytest.raises(Ended):
        part(b"\1\2\3", 1, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_on_its_side_is_shown_upright(orientation: int) -> None:
    facts = facts_of("image/jpeg", (3, 2), orientation=orientation)
    sides = (2, 3) if orientation > 4 else (3, 2)
    assert (facts.width, facts.height, facts.orientation) == (*sides, orientation)


def test_what_is_broken_says_so() -> None:
    assert broken().reason == "broken"
