"""What a source is: a page in, its claims out; and how a claim is made fit to be shown.

A source reads one vocabulary. It judges nothing: which claim wins is the table's order and
`merge.py`'s business.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from preview_service.model import Claim, Field, Kind, Page
from preview_service.page.text import clean
from preview_service.urls.normalize import resolve

MAX_TEXT_CHARS = 16 * 1024
"""Code points of a claim: a claim is what a page says; what is shown of it is cut elsewhere."""

MAX_ALT_CHARS = 300
MAX_TYPE_CHARS = 64

_MAX_PIXELS = 100_000

# A page names its picture and its address in every vocabulary it speaks.
_resolve = lru_cache(maxsize=32)(resolve)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One vocabulary in which pages describe themselves."""

    name: str
    read: Callable[[Page], Iterable[Claim]]


class Media(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a page says about a picture, an icon or a film: pixels, type, words."""

    width: int | None = None
    height: int | None = None
    media_type: str | None = None
    alt: str | None = None


def media(*, width: str = "", height: str = "", media_type: str = "", alt: str = "") -> Media:
    """`Media` of the strings that stand in a page."""
    return Media(
        width=pixels(width),
        height=pixels(height),
        media_type=clean(media_type, MAX_TYPE_CHARS).lower() or None,
        alt=clean(alt, MAX_ALT_CHARS) or None,
    )


def text_claim(field: Field, value: str, source: str) -> Claim | None:
    """*value* as plain text, or None if nothing can be seen of it, or an author is an address."""
    text = clean(value, MAX_TEXT_CHARS)
    if field is Field.AUTHOR and "://" in text:
        return None
    return Claim(field=field, value=text, source=source) if text else None


def url_claim(
    field: Field, reference: str, source: str, page: Page, about: Media | None = None
) -> Claim | None:
    """*reference* as an absolute http(s) address, or None if it is none."""
    reference = reference.strip()
    address = _resolve(page.base, reference) if reference else None
    if address is None:
        return None
    if about is None:
        return Claim(field=field, value=address, source=source)
    return Claim(
        field=field,
        value=address,
        source=source,
        width=about.width,
        height=about.height,
        media_type=about.media_type,
        alt=about.alt,
    )


def kind_claim(kind: Kind | None, source: str) -> Claim | None:
    return Claim(field=Field.KIND, value=kind, source=source) if kind else None


def pixels(value: str) -> int | None:
    """A width or height as pages write it: "1200", "1200px", "1200 px", "1200.0"."""
    digits = value.strip().removesuffix("px").rstrip().partition(".")[0] if value else ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MAX_PIXELS)):
        return None
    number = int(digits)
    return number if 0 < number <= _MAX_PIXELS else None
