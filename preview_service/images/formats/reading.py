"""The bytes of a picture that have come so far → numbers, or the news that more are wanted."""

from struct import Struct
from typing import Any, Final

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts

PROBE_BYTES: Final = 64 * 1024
"""How much of a picture is looked at before all of it has come."""

MAX_PIECES: Final = 1024
"""Chunks, segments or boxes that are gone through; real files have some dozens before pixels."""

_FIRST_SIDEWAYS = 5


class Ended(Exception):
    """The bytes end before what is looked for."""


def unpack(layout: Struct, data: bytes, at: int) -> tuple[Any, ...]:
    """What stands at offset *at*; raise `Ended`."""
    if at + layout.size > len(data):
        raise Ended
    return layout.unpack_from(data, at)


def part(data: bytes, start: int, end: int) -> bytes:
    """Bytes *start* to *end*; raise `Ended` where they are not all there."""
    if end > len(data):
        raise Ended
    return data[start:end]


def broken() -> NotAPicture:
    """The error for what begins like a picture and goes on like none."""
    return NotAPicture("broken")


def facts_of(
    media_type: str,
    sides: tuple[int, int],
    *,
    is_animated: bool = False,
    orientation: int = 1,
) -> Facts:
    """`Facts` of a picture whose *sides*, width and height, are as stored: before it is turned."""
    width, height = sides[::-1] if orientation >= _FIRST_SIDEWAYS else sides
    return Facts(
        media_type=media_type,
        width=width,
        height=height,
        is_animated=is_animated,
        orientation=orientation,
    )
