"""What a channel takes of a picture, as numbers and as a text that is short enough for a URL.

The rules themselves stand with the channels (`channels.base.PictureRules`).
"""

import math
import re
from typing import Final

import msgspec

MIN_SIDE, MAX_SIDE = 16, 4096
MIN_BYTES, MAX_BYTES = 4096, 10_000_000
MAX_RATIO_TERM = 9999
MAX_TEXT = 48
"""Characters of the longest text form, with room to spare."""

_LETTERS: Final = {"j": "image/jpeg", "p": "image/png", "w": "image/webp"}
_BY_TYPE: Final = {media_type: letter for letter, media_type in _LETTERS.items()}

MADE_TYPES: Final = frozenset(_BY_TYPE)
"""The media types that a thumbnail can be made of."""

# Numbers without leading zeros: one spec has one text, so one picture has one address.
_NUMBER = r"[1-9][0-9]{{0,{}}}"
_TEXT: Final = re.compile(
    rf"([jpw]{{1,3}})({_NUMBER.format(3)})x({_NUMBER.format(3)})b({_NUMBER.format(7)})"
    rf"(?:c({_NUMBER.format(3)})-({_NUMBER.format(3)}))?",
    re.ASCII,
)

Size = tuple[int, int]


class Spec(msgspec.Struct, frozen=True):
    """The thumbnail wanted: never larger than any of the bounds, nor than the picture itself.

    `media_types` in order of preference, some of `MADE_TYPES`; `max_width`, `max_height` in pixels;
    `max_bytes` of the file. `crop` is (width, height) of an aspect ratio to cut to, for channels
    that would cut anyway; None keeps the picture whole. Raise `ValueError` for what is no spec.
    """

    media_types: tuple[str, ...]
    max_width: int
    max_height: int
    max_bytes: int
    crop: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        types = self.media_types
        is_right = (
            0 < len(types) == len(set(types))
            and MADE_TYPES.issuperset(types)
            and all(MIN_SIDE <= side <= MAX_SIDE for side in (self.max_width, self.max_height))
            and MIN_BYTES <= self.max_bytes <= MAX_BYTES
            and all(1 <= term <= MAX_RATIO_TERM for term in self.crop or ())
        )
        if not is_right:
            raise ValueError("not a spec of a thumbnail")

    @property
    def text(self) -> str:
        """A text for tokens, e.g. `wj1200x630b600000` or `p240x240b200000c1-1`."""
        letters = "".join(_BY_TYPE[media_type] for media_type in self.media_types)
        crop = "" if self.crop is None else "c{}-{}".format(*self.crop)
        return f"{letters}{self.max_width}x{self.max_height}b{self.max_bytes}{crop}"

    @classmethod
    def of_text(cls, text: str) -> "Spec":
        """The spec whose `text` it is; raise `ValueError` for any other text."""
        found = _TEXT.fullmatch(text) if len(text) <= MAX_TEXT else None
        if found is None:
            raise ValueError("not the text of a spec")
        letters, width, height, size, *ratio = found.groups()
        crop = (int(ratio[0]), int(ratio[1])) if ratio[0] else None
        types = tuple(_LETTERS[letter] for letter in letters)
        return cls(types, int(width), int(height), int(size), crop)

    def region(self, size: Size) -> tuple[float, float]:
        """Width and height of what is kept of a picture of *size*, in its pixels."""
        width, height = size
        if self.crop is None:
            return width, height
        aspect = self.crop[0] / self.crop[1]
        return min(width, height * aspect), min(height, width / aspect)

    def scale(self, size: Size) -> float:
        """By how much a picture of *size* is made smaller, at most 1."""
        width, height = self.region(size)
        return min(1.0, self.max_width / width, self.max_height / height)

    def size(self, size: Size) -> Size:
        """Width and height of the thumbnail of a picture of *size*, in pixels."""
        scale = self.scale(size)
        width, height = self.region(size)
        return max(1, math.floor(width * scale + 0.5)), max(1, math.floor(height * scale + 0.5))
