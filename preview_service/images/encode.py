"""A picture in memory and a channel's bounds → a file within them, the best that was found.

Encoders: https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html
"""

import io
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from preview_service.errors import NotAPicture
from preview_service.images.spec import Size, Spec

if TYPE_CHECKING:
    from PIL.Image import Image

# sharp's default too. Below 50 a smaller picture looks better than a coarser one.
_QUALITIES = (80, 65, 50)
# Between libwebp's best and fastest: of 840 px, 1 % larger than its default 4 in half the time.
_WEBP_METHOD = 2
_COLORS = (256, 64)

MAX_SHRINKS = 8
_LEAST_STEP, _MOST_STEP = 0.9, 0.1
_MARGIN = 0.95
_HOPELESS = 4
"""So many times too large, a file is not brought into its bounds by fewer details alone."""

WHITE, DARK = (255, 255, 255), (38, 38, 38)
_LIGHT = 224
_MOSTLY = 0.95


def encode(image: "Image", spec: Spec) -> tuple[bytes, str, Size]:
    """The file, its media type and its size in pixels for *image*, which is RGB or RGBA.

    *image* is no larger than *spec* allows in pixels. The types are tried in their order, each with
    less and less detail; then a smaller picture. Raise `NotAPicture` (too_large) if the bytes do
    not suffice at all.
    """
    from PIL.Image import Resampling

    scale, copy = 1.0, image
    for _ in range(MAX_SHRINKS):
        smallest = math.inf
        for media_type in spec.media_types:
            for data in _ENCODERS[media_type](copy):
                if len(data) <= spec.max_bytes:
                    return data, media_type, copy.size
                smallest = min(smallest, len(data))
                if len(data) > _HOPELESS * spec.max_bytes:
                    break
        step = math.sqrt(spec.max_bytes / smallest) * _MARGIN
        scale *= min(_LEAST_STEP, max(_MOST_STEP, step))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        copy = image.resize(size, Resampling.BICUBIC, reducing_gap=2)
    raise NotAPicture("too_large")


def flattened(image: "Image") -> "Image":
    """Without transparency: on white, or on dark grey what would not be seen on white.

    Logos for dark pages are white on nothing.
    """
    from PIL import Image

    if image.mode != "RGBA":
        return image
    alpha = image.getchannel("A")
    ground = Image.new("RGB", image.size, DARK if _is_light(image, alpha) else WHITE)
    ground.paste(image, mask=alpha)
    return ground


def _is_light(image: "Image", alpha: "Image") -> bool:
    """Whether nearly all that is visible is nearly white, and there is something else too."""
    visible = alpha.point([0] * 128 + [255] * 128)
    if visible.getextrema()[0] == 255:
        return False
    levels = image.convert("L").histogram(visible)
    seen = sum(levels)
    return seen > 0 and sum(levels[_LIGHT:]) >= _MOSTLY * seen


def _jpegs(image: "Image") -> Iterator[bytes]:
    image = flattened(image)
    for quality in _QUALITIES:
        yield saved(image, "JPEG", quality=quality)


def _webps(image: "Image") -> Iterator[bytes]:
    for quality in _QUALITIES:
        yield saved(image, "WEBP", quality=quality, method=_WEBP_METHOD)


def _pngs(image: "Image") -> Iterator[bytes]:
    """In full colour, then in a palette: dithered if that fits, and if there is no alpha."""
    from PIL.Image import Dither, Quantize

    yield saved(image, "PNG")
    if image.mode == "RGB":
        palette = image.quantize(_COLORS[0])
        yield saved(image.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG), "PNG")
        yield saved(palette, "PNG")
        yield saved(image.quantize(_COLORS[1]), "PNG")
    else:
        for colors in _COLORS:
            yield saved(image.quantize(colors, Quantize.FASTOCTREE), "PNG")


_ENCODERS: Final[dict[str, Callable[["Image"], Iterator[bytes]]]] = {
    "image/jpeg": _jpegs,
    "image/png": _pngs,
    "image/webp": _webps,
}


def saved(image: "Image", encoder: str, **options: Any) -> bytes:
    """The file that Pillow's *encoder* makes of *image*."""
    file = io.BytesIO()
    image.save(file, encoder, **options)
    return file.getvalue()
