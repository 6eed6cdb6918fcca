"""The first bytes of a picture → `Facts`: type, sides as shown, whether it moves, which way is up.

What a server or a name says of the type is not asked: `page.file_types` knows the formats by their
beginnings, `formats` what each then says. https://mimesniff.spec.whatwg.org/

Own readers, as no kept library does this with a beginning. Pillow 13 wants WebP and AVIF whole;
imagesize 2.0.1 knows nothing of animation, nor of Exif in PNG and WebP, finds no sides in four of
Pillow's eight turned AVIF files, and fails in the same way for "not yet" as for "never"; puremagic
and filetype know types only. Measured in benchmarks/probe.py.
"""

import re
from typing import Final

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats import FORMATS
from preview_service.images.formats.reading import PROBE_BYTES, Ended, broken
from preview_service.model import Kind
from preview_service.page.file_types import SNIFFED_BYTES, kind_of_type, sniff
from preview_service.page.patterns import compiled

MAX_SIDE: Final = 65_535
"""Pixels: as far as JPEG counts, and longer than anything a channel takes."""

# By then every format has said its name; in AVIF a list of brands comes first.
_NAMED_BYTES = 128

# Behind byte order mark, declarations and comments: https://www.w3.org/TR/SVG2/struct.html
_DRAWING = compiled(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<!--.*?-->\s*+|<[?!][^<>]*+>\s*+)*+<svg[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def probe(data: bytes, *, is_whole: bool) -> Facts | None:
    """What *data*, the beginning of a file or all of it, says; None: more bytes are wanted.

    Raise `NotAPicture` with `not_a_picture`, `unsupported_format` (one that no card is made of),
    `broken`, or `too_many_pixels` for a side longer than `MAX_SIDE`; how many pixels are too many
    in all is for others to say. Of a beginning no more than `PROBE_BYTES` is looked at, and what it
    says holds for every longer one. A whole file is never told to grow.
    """
    if not is_whole:
        data = data[:PROBE_BYTES]
    essence = sniff(data[:SNIFFED_BYTES])
    read = FORMATS.get(essence or "")
    if read is None:
        if not is_whole and len(data) < _NAMED_BYTES:
            return None
        raise NotAPicture(_refusal(data[:SNIFFED_BYTES], essence))
    try:
        facts = read(data, is_whole)
    except Ended:
        if is_whole:
            raise broken() from None
        return None
    if min(facts.width, facts.height) < 1:
        raise broken()
    if max(facts.width, facts.height) > MAX_SIDE:
        raise NotAPicture("too_many_pixels")
    return facts


def _refusal(head: bytes, essence: str | None) -> str:
    is_other = essence is not None and kind_of_type(essence) is Kind.IMAGE
    return "unsupported_format" if is_other or _DRAWING.match(head) else "not_a_picture"
