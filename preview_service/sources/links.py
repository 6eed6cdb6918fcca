"""Link relations → claims: icons from best to worst, and the old `image_src`.

https://html.spec.whatwg.org/multipage/links.html#linkTypes
"""

from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

from preview_service.model import Claim, Field, Link, Page
from preview_service.page.text import clean
from preview_service.sources.base import MAX_TYPE_CHARS, Media, Source, pixels, url_claim

# Side in pixels that an icon is taken to have when its link does not say:
# https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/SafariWebContent/ConfiguringWebApplications/ConfiguringWebApplications.html
_USUAL_SIDE = {"apple-touch-icon": 180, "apple-touch-icon-precomposed": 180, "icon": 32}

# A larger icon is a larger download that looks the same beside a line of text.
_LARGEST_USEFUL_SIDE = 256

_MAX_ICONS = 2
_MAX_SIZES = 8


def read(page: Page) -> Iterator[Claim]:
    icons = []
    for link in page.links:
        if "icon" in link.rel:
            relation = next((each for each in link.rel.split() if each in _USUAL_SIDE), None)
            if relation is not None:
                side = _declared_side(link.sizes) if link.sizes else None
                icons.append((_merit(link, side or _USUAL_SIDE[relation]), relation, link, side))
        elif "image_src" in link.rel.split():
            claim = url_claim(Field.IMAGE, link.href, "link:image_src", page)
            if claim is not None:
                yield claim
    icons.sort(key=itemgetter(0), reverse=True)
    claims = (_icon_claim(relation, link, side, page) for _, relation, link, side in icons)
    yield from islice(filter(None, claims), _MAX_ICONS)


def _icon_claim(relation: str, link: Link, side: int | None, page: Page) -> Claim | None:
    about = Media(
        width=side, height=side, media_type=clean(link.type, MAX_TYPE_CHARS).lower() or None
    )
    return url_claim(Field.ICON, link.href, f"link:{relation}", page, about)


def _merit(link: Link, side: int) -> tuple[bool, int]:
    """More is better: a picture rather than a drawing, then its size as far as that is useful."""
    is_drawing = "svg" in link.type.lower() or ".svg" in link.href.lower()
    return not is_drawing, side if side <= _LARGEST_USEFUL_SIDE else -side


def _declared_side(sizes: str) -> int | None:
    """The side of the largest size named in "16x16 32x32"."""
    sides = [pixels(size.partition("x")[0]) for size in sizes.lower().split()[:_MAX_SIZES]]
    return max((side for side in sides if side), default=None)


LINKS = Source(name="links", read=read)
