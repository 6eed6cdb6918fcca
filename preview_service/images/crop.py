"""A small copy of a picture and an aspect ratio → which part of the picture to keep.

Interest is measured as libvips and smartcrop.js do, by edges and by the colour of skin
(https://www.libvips.org/API/current/enum.Interesting.html, https://github.com/jwagner/smartcrop.js);
skin by its range in YCbCr (Chai and Ngan 1999, https://doi.org/10.1109/76.767122). Of all windows
of that shape the one with most interest is kept, and of equal ones the nearest to the middle, or
to the upper third of an upright picture, where portraits have their face.
"""

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]

_SKIN_BLUE, _SKIN_RED = (77, 127), (133, 173)
_SKIN_WEIGHT = 0.6
# A share of all interest: only to decide where little else does, as in a sky.
_BIAS = 0.05
_MIDDLE, _UPPER_THIRD = 0.5, 1 / 3


def crop_box(small: "Image", kept: tuple[float, float]) -> Box:
    """(left, top, right, bottom) in shares of 1 of what to keep, for a *small* copy in RGB.

    *kept* is (width, height) of the part in shares of 1; one of them is 1.
    """
    width, height = kept
    if width < 1:
        start = _start(_profile(small, is_row=True), width, _MIDDLE)
        return start, 0.0, start + width, 1.0
    if height < 1:
        start = _start(_profile(small, is_row=False), height, _UPPER_THIRD)
        return 0.0, start, 1.0, start + height
    return 0.0, 0.0, 1.0, 1.0


def _profile(small: "Image", *, is_row: bool) -> list[float]:
    """The interest of each column of *small*, or of each row."""
    from PIL.Image import Resampling

    interest = _interest(small)
    size = (small.width, 1) if is_row else (1, small.height)
    return [float(level) for level in interest.resize(size, Resampling.BOX).tobytes()]


def _interest(small: "Image") -> "Image":
    from PIL import Image, ImageChops, ImageFilter

    grey, blue, red = small.convert("YCbCr").split()
    laplacian = ImageFilter.Kernel((3, 3), (-1, -1, -1, -1, 8, -1, -1, -1, -1), 2)
    edges = Image.new("L", grey.size)
    if min(grey.size) > 2:
        # Pillow leaves the outermost pixels as they are.
        inner = (1, 1, grey.width - 1, grey.height - 1)
        edges.paste(grey.filter(laplacian).crop(inner), inner)
    skin = ImageChops.multiply(_within(blue, _SKIN_BLUE), _within(red, _SKIN_RED))
    # Skin has some detail; a plain wall of its colour has none.
    detailed = ImageChops.multiply(skin, edges.filter(ImageFilter.BoxBlur(3)).point(_amplified))
    return ImageChops.add(edges, detailed.point(lambda level: level * _SKIN_WEIGHT))


def _within(channel: "Image", bounds: tuple[int, int]) -> "Image":
    lowest, highest = bounds
    return channel.point([255 if lowest <= level <= highest else 0 for level in range(256)])


def _amplified(level: int) -> int:
    return min(255, level * 8)


def _start(profile: list[float], share: float, favourite: float) -> float:
    """Where the best window of *share* of the whole begins, in shares of 1."""
    count = len(profile)
    length = max(1, round(share * count))
    sums = [0.0, *accumulate(profile)]
    spare = 1.0 - share
    most = sums[-1] or 1.0

    def worth(first: int) -> float:
        off = abs(first / max(1, count - length) - favourite)
        return (sums[first + length] - sums[first]) / most - _BIAS * off

    best = max(range(count - length + 1), key=worth)
    return spare * best / max(1, count - length)
