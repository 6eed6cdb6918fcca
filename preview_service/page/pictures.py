"""The attributes of `<img>` and `<source>` → the pictures that show what a page is about.

https://html.spec.whatwg.org/multipage/images.html. What a site is decorated with is left out, as
far as sizes, names and types tell: most pages show more of that than of their subject.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from preview_service.page.text import clean

MAX_PICTURES = 4
MAX_URL_CHARS = 2048
MAX_ALT_CHARS = 300
MAX_SRCSET_CHARS = 8192

# Pixels: what is declared smaller is an icon; what is declared longer for its width, a strip.
_MIN_SIDE = 100
_MAX_RATIO = 4
_UNDECLARED_AREA = 200 * _MIN_SIDE

_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d*)?\s*(?:px)?\s*", re.ASCII)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)", re.IGNORECASE)

# A script puts the picture in its place when it comes into view.
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")
_SOURCE_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
# Drawn, or made by a program.
_NO_PHOTO = ("svg", "php")


def words(name: str) -> list[str]:
    """The words of an identifier or a path: "siteNav2", "site-nav" and "site_nav" have two."""
    found = _WORD.findall(name if name.islower() else _HUMP.sub(" ", name).lower())
    return [word.rstrip("0123456789") or word for word in found]


# Words of the address, the names or the description of what is no picture of the subject.
_DECORATION = frozenset(
    words(
        "1x1 ad ads advert analytics arrow author avatar avatars badge badges banner beacon bg"
        " blank btn bullet button buttons captcha counter css doubleclick emoji emojis favicon flag"
        " flags gfx gravatar ico icon icons layout loader loading logo logos pixel placeholder"
        " preload print profile qr qrcode rating skins smiley smileys smilies social spacer spinner"
        " sprite sprites star stars stat stats template templates themes tracker tracking"
        " transparent userpic watermark"
    )
)


class Picture(NamedTuple):
    """`area` in square pixels, 0 if it is not declared; `is_teaser`: it leads to another page."""

    src: str
    alt: str
    area: int
    is_main: bool
    is_teaser: bool


def picture(
    tags: Sequence[Mapping[str, str]], *, is_main: bool, link: str | None
) -> Picture | None:
    """The picture of the `<img>` with the first attributes and of the `<source>`s before it.

    `link` is the address of the link that it stands in. None if it is only decoration.
    """
    image = tags[0]
    sides = [
        side for name in ("width", "height") if (side := _pixels(image.get(name, ""))) is not None
    ]
    if sides and (min(sides) < _MIN_SIDE or max(sides) > min(sides) * _MAX_RATIO):
        return None
    names = " ".join(image.get(name, "") for name in ("id", "class", "alt"))
    src = _source(tags)
    if src is None or not _DECORATION.isdisjoint(words(names)):
        return None
    return Picture(
        src=src,
        alt=clean(image.get("alt", ""), MAX_ALT_CHARS),
        area=sides[0] * sides[-1] if sides else 0,
        is_main=is_main,
        is_teaser=link is not None and _PICTURE_FILE.search(link) is None,
    )


def best_pictures(pictures: Sequence[Picture]) -> tuple[tuple[str, str], ...]:
    """The (src, alt) of at most `MAX_PICTURES`: those of the main content first, largest first."""

    def rank(each: Picture) -> tuple[bool, bool, int]:
        return not each.is_main, each.is_teaser, -(each.area or _UNDECLARED_AREA)

    found: dict[str, str] = {}
    for each in sorted(filter(_is_worth_a_guess, pictures), key=rank):
        found.setdefault(each.src, each.alt)
    return tuple(found.items())[:MAX_PICTURES]


def _is_worth_a_guess(each: Picture) -> bool:
    """Sites are decorated with GIF and PNG; JPEG is for photographs."""
    path = each.src.lower().partition("?")[0]
    if path.endswith(".gif"):
        return each.area > 0
    return each.area > 0 or each.is_main or not path.endswith(".png")


def _source(tags: Sequence[Mapping[str, str]]) -> str | None:
    """The address that is shown, or will be once a script has run."""
    for name in _SOURCES:
        address = tags[0].get(name, "").strip()
        if _is_picture(address):
            return address
    for attributes in tags:
        for name in _SOURCE_SETS:
            address = _largest(attributes.get(name, "")[:MAX_SRCSET_CHARS])
            if _is_picture(address):
                return address
    return None


def _largest(srcset: str) -> str:
    candidates = [candidate.split() for candidate in re.split(r",\s", srcset)]
    return max(filter(None, candidates), key=_density, default=[""])[0].rstrip(",")


def _density(candidate: list[str]) -> float:
    number = candidate[1][:-1] if len(candidate) > 1 else ""
    return float(number) if number.replace(".", "", 1).isdecimal() else 1.0


def _is_picture(address: str) -> bool:
    if not address or len(address) > MAX_URL_CHARS or address.lower().startswith("data:"):
        return False
    found = words(address.partition("?")[0])
    if all(word.isdecimal() for word in found):
        return False
    return found[-1] not in _NO_PHOTO and _DECORATION.isdisjoint(found)


def _pixels(value: str) -> int | None:
    found = _PIXELS.fullmatch(value)
    return int(found[1]) if found else None
