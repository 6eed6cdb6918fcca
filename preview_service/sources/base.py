"""What a source is: a page in, its claims out; and how a claim is made fit to be shown.

A source reads one vocabulary. It judges nothing: which claim wins is the table's order and
`merge.py`'s business.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from preview_service.model import Claim, Field, Kind, Page
from preview_service.page.patterns import compiled
from preview_service.page.text import clean
from preview_service.urls.normalize import MAX_LENGTH, resolve

MAX_TEXT_CHARS = 16 * 1024
"""Code points of a claim: a claim is what a page says; what is shown of it is cut elsewhere."""

MAX_ALT_CHARS = 300
MAX_TYPE_CHARS = 64

PLAYER_TYPE = "text/html"
"""The media type of a film's player page, as against the film itself."""

_MAX_PIXELS = 100_000

# References as most pages write them, of which the standard makes what they say: a host with a
# name, no folder of dots, nothing to encode. To see that takes a quarter of the time of parsing.
_NAMED_HOST = r"//(?:[a-z0-9-]++\.)++[a-z][a-z0-9-]*+"
_PLAIN_CHARS = "A-Za-z0-9_~!$&*+(),;=:@?%.-"
_ABSOLUTE = compiled(rf"(https?:)?{_NAMED_HOST}/[/{_PLAIN_CHARS}]*+")
_PATH = compiled(rf"/(?:[{_PLAIN_CHARS}][/{_PLAIN_CHARS}]*+)?+")
_BASE = compiled(rf"(https?:){_NAMED_HOST}(?=/)")

_MAX_NUMBER_CHARS = 32
_MAX_PRICE_CHARS = 24


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
        media_type=mime_type(media_type) if media_type else None,
        alt=(clean(alt, MAX_ALT_CHARS) or None) if alt else None,
    )


# The same few types stand in all pages.
@lru_cache(maxsize=64)
def mime_type(value: str) -> str | None:
    """*value* in lower case and short, None if nothing is left of it."""
    return clean(value, MAX_TYPE_CHARS).lower() or None


def text_claim(field: Field, value: str, source: str) -> Claim | None:
    """*value* as plain text, or None if nothing can be seen of it or no *field* looks like that."""
    text = clean(value, MAX_TEXT_CHARS)
    shape = _SHAPES.get(field)
    if shape is not None:
        text = shape(text)
    return Claim(field=field, value=text, source=source) if text else None


def url_claim(
    field: Field, reference: str, source: str, page: Page, about: Media | None = None
) -> Claim | None:
    """*reference* as an absolute http(s) address, or None if it is none."""
    reference = reference.strip()
    address = _resolved(reference, page.base) if reference else None
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


def _resolved(reference: str, base: str) -> str | None:
    """What `resolve` says, found in a quicker way for most references."""
    is_plain = "/." not in reference and not ("%" in reference and "%2e" in reference.lower())
    plain = _joined(reference, base) if is_plain else None
    if plain and len(plain) <= MAX_LENGTH and "xn--" not in plain:
        return plain
    return _resolve(base, reference)


def _joined(reference: str, base: str) -> str | None:
    address = _ABSOLUTE.fullmatch(reference)
    if address and address[1]:
        return reference
    site = _BASE.match(base) if address or _PATH.fullmatch(reference) else None
    return site and (site[1] if address else site[0]) + reference


# A page names its picture and its address in every vocabulary it speaks.
_resolve = lru_cache(maxsize=32)(resolve)


def kind_claim(kind: Kind | None, source: str) -> Claim | None:
    return Claim(field=Field.KIND, value=kind, source=source) if kind else None


def price_claim(amount: str, currency: str, source: str) -> Claim | None:
    """Both as they are written, "49.90 EUR"; None if either is missing, as a bare number is no
    price."""
    figure, unit = clean(amount, _MAX_PRICE_CHARS), clean(currency, _MAX_PRICE_CHARS)
    if not (unit and any(map(str.isdigit, figure))):
        return None
    value = figure if unit in figure else f"{figure} {unit}"
    return Claim(field=Field.PRICE, value=value, source=source)


def pixels(value: str) -> int | None:
    """A width or height as pages write it: "1200", "1200px", "1200 px", "1200.0"."""
    if not value or len(value) > _MAX_NUMBER_CHARS:
        return None
    return _pixels(value)


# Pictures and icons come in a few sizes.
@lru_cache(maxsize=256)
def _pixels(value: str) -> int | None:
    digits = value.strip().removesuffix("px").rstrip().partition(".")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MAX_PIXELS)):
        return None
    number = int(digits)
    return number if 0 < number <= _MAX_PIXELS else None


# A profile's address in place of a name, its scheme left out or not; and what templates print for
# nobody.
_ADDRESS = re.compile(r"\S*://.*|www\.\S+|[\w.-]+\.[a-z]{2,}/\S*", re.IGNORECASE)
_NOBODY = frozenset({"null", "undefined", "none", "nan"})


def _author(text: str) -> str:
    return "" if "://" in text or text.lower() in _NOBODY or _ADDRESS.fullmatch(text) else text


# Language, script, region and more (https://www.rfc-editor.org/rfc/rfc5646#section-2.1), or a
# locale of POSIX, as many write it.
_LANGUAGE = re.compile(
    r"[a-z]{2,3}(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|[0-9]{3}))?(?:-[a-z0-9]{4,8}){0,3}",
    re.IGNORECASE | re.ASCII,
)


def _language(text: str) -> str:
    return text if _LANGUAGE.fullmatch(text) else ""


# https://drafts.csswg.org/css-color/#typedef-color, as far as pages go
_COLOR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,20}|(?:rgb|hsl)a?\([0-9., %/deg]{5,40}\)"
)


def _color(text: str) -> str:
    color = text.lower()
    return color if _COLOR.fullmatch(color) else ""


# https://schema.org/ItemAvailability and the words of product feeds, spaces and case apart
_AVAILABILITIES = {
    "availablefororder": "available for order",
    "backorder": "back order",
    "discontinued": "discontinued",
    "instock": "in stock",
    "instoreonly": "in store only",
    "limitedavailability": "limited availability",
    "madetoorder": "made to order",
    "onlineonly": "online only",
    "oos": "out of stock",
    "outofstock": "out of stock",
    "preorder": "pre-order",
    "presale": "pre-sale",
    "soldout": "sold out",
}


def _availability(text: str) -> str:
    word = text.rpartition("/")[2].lower()
    return _AVAILABILITIES.get("".join(filter(str.isalpha, word)), "")


_SHAPES: Mapping[Field, Callable[[str], str]] = {
    Field.AUTHOR: _author,
    Field.LANG: _language,
    Field.THEME_COLOR: _color,
    Field.AVAILABILITY: _availability,
}
