"""A small copy of a picture → what to show until it is there, its colour, and whether it is blank.

The blurred tiny picture is known as LQIP (https://web.dev/articles/native-image-lazy-loading has
the reasons); of the ways to write one (BlurHash, ThumbHash), a data URI needs no code to be shown.
"""

import base64
from typing import TYPE_CHECKING

from preview_service.images.encode import flattened, saved

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_CHARS = 200
_PREFIX = "data:image/webp;base64,"
# Side in pixels and quality, the best first; the last one fits whatever is in the picture.
_TRIES = ((16, 80), (16, 60), (16, 40), (16, 15), (12, 15), (8, 10), (4, 0))
_COLORS = 8
_VISIBLE = 128
_NEARLY_ONE = 16
_NEARLY_NOTHING = 8


def placeholder(small: "Image") -> str:
    """A WebP of at most 16 px as a data URI of at most `MAX_CHARS` characters."""
    from PIL.Image import Resampling

    small = flattened(small)
    uri = ""
    for side, quality in _TRIES:
        scale = side / max(small.size)
        size = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
        tiny = saved(small.resize(size, Resampling.BOX), "WEBP", quality=quality, method=6)
        uri = _PREFIX + base64.b64encode(tiny).decode("ascii")
        if len(uri) <= MAX_CHARS:
            break
    return uri


def dominant_color(small: "Image") -> str:
    """The commonest of a few colours that stand for all that is visible, as `#rrggbb`."""
    from PIL.Image import Quantize

    few = small.convert("RGBA").quantize(_COLORS, Quantize.FASTOCTREE)
    palette = few.getpalette("RGBA") or []
    colors = [(count, palette[at * 4 :][:4]) for at, count in enumerate(few.histogram()) if count]
    shown = [(count, color) for count, color in colors if color[3] >= _VISIBLE] or colors
    red, green, blue, _ = max(shown)[1]
    return f"#{red:02x}{green:02x}{blue:02x}"


def is_blank(small: "Image") -> bool:
    """Whether there is nothing to see: one colour or nearly, or all of it transparent."""
    if small.mode == "RGBA":
        lowest, highest = _range(small, "A")
        if highest <= _NEARLY_NOTHING:
            return True
        # A shape of one colour is a picture.
        if highest - lowest > _NEARLY_ONE:
            return False
    ranges = [_range(small, band) for band in "RGB"]
    return all(highest - lowest <= _NEARLY_ONE for lowest, highest in ranges)


def _range(image: "Image", band: str) -> tuple[int, int]:
    """The lowest and the highest level of *band*."""
    histogram = image.getchannel(band).histogram()
    levels = [level for level, count in enumerate(histogram) if count]
    return levels[0], levels[-1]
