"""A file's bytes → its first frame, upright, no larger than wanted, and what is to be known of it.

For a worker process, which can be killed: how long this takes is up to the file. The formats are
those that browsers show, by their first bytes (https://mimesniff.spec.whatwg.org/#image-type);
Pillow's forty other readers are never imported (https://pillow.readthedocs.io/en/stable/handbook/security.html).
"""

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.color import Profile
from preview_service.images.spec import Size
from preview_service.model import Kind
from preview_service.page.file_types import SNIFFED_BYTES, kind_of_type, sniff

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 5_000_000
MAX_PIXELS = 24_000_000
MAX_SIDE = 16_384
MIN_SHOWN = 0.75
"""The share of its rows that a JPEG whose end is missing must have to be better than no picture."""

_READERS: Final = {
    "image/jpeg": "Jpeg",
    "image/png": "Png",
    "image/gif": "Gif",
    "image/webp": "WebP",
    "image/avif": "Avif",
    "image/x-icon": "Ico",
    "image/bmp": "Bmp",
}
PRELOAD: Final = (
    *(f"PIL.{name}ImagePlugin" for name in _READERS.values()),
    *("PIL.Image", "PIL.ImageChops", "PIL.ImageCms", "PIL.ImageFilter", "PIL.PpmImagePlugin"),
)
"""What a new worker shall find imported: a third of a second's work."""

_ORIENTATION = 0x0112
# https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf, 4.6.4 A.
_UPRIGHT: Final = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})

# Twice the size wanted is left for the last step, which decides about the sharpness. A JPEG is
# made smaller by its own transform, which is sharp enough down to the size wanted: of a 12 MP
# photograph to 840 px, 38 dB of a full decoding's, in 36 ms instead of 50.
_GAP = 2


class Decoded:
    """A picture in memory; `size` is its own in pixels as shown, however small it was decoded."""

    def __init__(self, facts: Facts, image: "Image", size: Size, profile: Profile) -> None:
        self.facts = facts
        self.size = size
        self._image = image
        self._profile = profile

    def copy(self, size: Size, box: tuple[float, float, float, float] | None = None) -> "Image":
        """In *size*, in sRGB, RGB or RGBA; *box* (left, top, right, bottom) in shares of 1."""
        from PIL.Image import Resampling

        image = self._image
        pixels = None
        if box is not None:
            width, height = image.size
            pixels = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
        if image.size != size or pixels is not None:
            image = image.resize(size, Resampling.BICUBIC, box=pixels, reducing_gap=_GAP)
        return _without_idle_alpha(self._profile.to_srgb(image))


def decode(data: bytes, wanted: Callable[[Size], float]) -> Decoded:
    """The picture in *data*; raise `NotAPicture` and nothing else.

    *wanted* says, for the size of a picture as shown, by which factor it may be made smaller.
    """
    media_type = _media_type(data)
    try:
        with _bounds():
            return _decoded(data, media_type, wanted)
    except NotAPicture:
        raise
    except MemoryError as error:
        raise NotAPicture("too_many_pixels") from error
    except Exception as error:
        # Readers raise what they like: OSError, ValueError, SyntaxError, struct.error …
        is_bomb = type(error).__name__.startswith("DecompressionBomb")
        raise NotAPicture("too_many_pixels" if is_bomb else "broken") from error


def _media_type(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise NotAPicture("too_large")
    sniffed = sniff(data[:SNIFFED_BYTES])
    if sniffed in _READERS:
        return sniffed
    is_picture = sniffed is not None and kind_of_type(sniffed) is Kind.IMAGE
    raise NotAPicture("unsupported_format" if is_picture else "not_a_picture")


@contextlib.contextmanager
def _bounds() -> Iterator[None]:
    """Pillow with our bound on pixels, for what it finds only on the way, such as an icon's PNG."""
    from PIL import AvifImagePlugin, Image

    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    # Each worker has a core; a thread's stack and arena would count as the worker's memory.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _decoded(data: bytes, media_type: str, wanted: Callable[[Size], float]) -> Decoded:
    image = _open(data, media_type)
    stored = image.size
    is_animated = _is_animated(image)
    if media_type == "image/jpeg":
        shown = stored[::-1] if _orientation(image) in _ON_ITS_SIDE else stored
        scale = wanted(shown)
        image.draft(None, (math.ceil(stored[0] * scale), math.ceil(stored[1] * scale)))
    drafted = image.size
    image = _loaded(image)
    # Only now: a PNG may say it behind its pixels.
    orientation = _orientation(image)
    rows = stored[1] if image.size == drafted else round(stored[1] * image.height / drafted[1])
    is_on_its_side = orientation in _ON_ITS_SIDE
    width, height = stored[::-1] if is_on_its_side else stored
    facts = Facts(
        media_type=media_type,
        width=width,
        height=height,
        is_animated=is_animated,
        orientation=orientation,
    )
    size = (rows, stored[0]) if is_on_its_side else (stored[0], rows)
    profile = Profile(image.info.get("icc_profile"))
    image = _reduced(image, stored[0] * wanted(size))
    return Decoded(facts, _upright(image, orientation), size, profile)


def _open(data: bytes, media_type: str) -> "Image":
    from PIL import Image

    for module in PRELOAD:
        # A reader that is not there makes Pillow import all it has.
        import_module(module)
    reader = _READERS[media_type].upper()
    image = Image.open(io.BytesIO(data), formats=(reader,))
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise NotAPicture("too_many_pixels")
    if media_type == "image/png":
        # Pillow reads on through a wrong checksum; to verify uses the object up.
        image.verify()
        image = Image.open(io.BytesIO(data), formats=(reader,))
    return image


def _is_animated(image: "Image") -> bool:
    """Whether there is a second frame, without looking further: there may be ten thousand."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # of a broken second frame, the first may be whole
        return False


def _orientation(image: "Image") -> int:
    """By Exif alone, as browsers do: Pillow's own `getexif` would also believe XMP.

    https://www.w3.org/TR/css-images-3/#the-image-orientation
    """
    from PIL.Image import Exif

    exif = Exif()
    try:
        exif.load(image.info.get("exif", b""))
        found = exif.get(_ORIENTATION, 1)
    except Exception:  # broken Exif is no reason to lose the picture
        return 1
    return found if found in _UPRIGHT else 1


def _loaded(image: "Image") -> "Image":
    """The pixels; of a baseline JPEG whose end is missing the rows that came, if most did.

    Browsers show such a picture too, with a grey foot. Other formats' missing pixels stand anywhere
    (interlaced, progressive), so their picture is refused.
    """
    try:
        image.load()
    except OSError:
        if image.format not in {"JPEG", "MPO"} or image.im is None:
            raise
        image.tile = []  # type: ignore[attr-defined]  # what is there is all there will be
        box = image.getbbox()
        if box is None or box[3] < MIN_SHOWN * image.height:
            raise
        return image.crop((0, 0, image.width, box[3]))
    return image


def _reduced(image: "Image", least: float) -> "Image":
    """In a mode that can be resized, and if it is much more than *least* pixels wide, smaller."""
    image = _without_idle_alpha(_resizable(image))
    factor = math.floor(image.width / (least * _GAP))
    return image.reduce(factor) if factor > 1 else image


def _resizable(image: "Image") -> "Image":
    """L, RGB, RGBA or CMYK, without anything but pixels."""
    if image.mode.startswith("I"):
        # To convert would cut off at 255. https://pillow.readthedocs.io/en/stable/handbook/concepts.html#concept-modes
        key = image.info.get("transparency")
        image = image.point(lambda value: value / 256).convert("L")
        if isinstance(key, int):
            image.info["transparency"] = key >> 8
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    return image


def _upright(image: "Image", orientation: int) -> "Image":
    from PIL.Image import Transpose

    if orientation in _UPRIGHT:
        image = image.transpose(Transpose[_UPRIGHT[orientation]])
    # Comments, Exif, XMP and profiles would be written into the copies.
    image.info = {}
    return image


def _without_idle_alpha(image: "Image") -> "Image":
    if image.mode != "RGBA":
        return image
    lowest, _ = image.getchannel("A").getextrema()
    return image.convert("RGB") if lowest == 255 else image
