"""Link relations → claims: icons from best to worst, feeds, oEmbed answers, the old `image_src`.

https://html.spec.whatwg.org/multipage/links.html#linkTypes
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from preview_service.model import Claim, Field, Link, Page
from preview_service.sources.base import Media, Source, mime_type, pixels, url_claim

# Side in pixels that an icon is taken to have when its link does not say:
# https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/SafariWebContent/ConfiguringWebApplications/ConfiguringWebApplications.html
_USUAL_SIDE = {
    "apple-touch-icon": 180,
    "apple-touch-icon-precomposed": 180,
    "fluid-icon": 512,
    "icon": 32,
    "mask-icon": 16,
}

# A larger icon is a larger download that looks the same beside a line of text.
_LARGEST_USEFUL_SIDE = 256

_MAX_EACH = 2
_MAX_SIZES = 8

_RELATIONS = {"amphtml": Field.ALTERNATE, "image_src": Field.IMAGE, "manifest": Field.MANIFEST}

# https://www.rssboard.org/rss-autodiscovery, https://www.rfc-editor.org/rfc/rfc4287#section-7,
# https://www.jsonfeed.org/version/1.1/, https://oembed.com/#section4
_ALTERNATES = {
    "application/rss+xml": Field.FEED,
    "application/atom+xml": Field.FEED,
    "application/feed+json": Field.FEED,
    "application/json+oembed": Field.OEMBED,
    "text/json+oembed": Field.OEMBED,
    "text/xml+oembed": Field.OEMBED,
    "application/xml+oembed": Field.OEMBED,
}

_Icon = tuple[tuple[int, int], str, Link, int | None]
_Alternates = dict[Field, list[tuple[str, Link]]]


def read(page: Page) -> Iterator[Claim]:
    icons: list[_Icon] = []
    alternates: _Alternates = {}
    for link in page.links:
        rel = link.rel
        if "icon" in rel:
            if icon := _icon(link):
                icons.append(icon)
        elif rel.startswith("alternat"):
            _put(alternates, link)
        else:
            for relation in dict.fromkeys(rel.split()) if " " in rel else (rel,):
                field = _RELATIONS.get(relation)
                if field and (claim := url_claim(field, link.href, f"link:{relation}", page)):
                    yield claim
    yield from _best(icons, page)
    for field, found in alternates.items():
        claims = (_alternate_claim(field, *each, page) for each in found)
        yield from islice(filter(None, claims), _MAX_EACH)


def _best(icons: list[_Icon], page: Page) -> Iterator[Claim]:
    icons.sort(key=itemgetter(0), reverse=True)
    claims = (_icon_claim(relation, link, side, page) for _, relation, link, side in icons)
    yield from islice(filter(None, claims), _MAX_EACH)


def _put(alternates: _Alternates, link: Link) -> None:
    """Keep a feed or an oEmbed answer; of the latter JSON comes first, as it is read faster."""
    media_type = link.type.partition(";")[0].strip().lower()
    field = _ALTERNATES.get(media_type)
    if field is not None:
        found = alternates.setdefault(field, [])
        is_first = field is Field.OEMBED and "json" in media_type
        found.insert(_jsons(found) if is_first else len(found), (media_type, link))


def _jsons(found: list[tuple[str, Link]]) -> int:
    return sum("json" in media_type for media_type, _ in found)


def _alternate_claim(field: Field, media_type: str, link: Link, page: Page) -> Claim | None:
    return url_claim(field, link.href, f"link:{field}", page, Media(media_type=media_type))


def _icon(link: Link) -> _Icon | None:
    relation = _icon_relation(link.rel)
    if relation is None:
        return None
    side = _declared_side(link.sizes) if link.sizes else None
    return _merit(relation, link, side or _USUAL_SIDE[relation]), relation, link, side


# All pages name their icons in the same few ways.
@lru_cache(maxsize=64)
def _icon_relation(rel: str) -> str | None:
    return next((each for each in rel.split() if each in _USUAL_SIDE), None)


def _icon_claim(relation: str, link: Link, side: int | None, page: Page) -> Claim | None:
    media_type = mime_type(link.type) if link.type else None
    about = Media(width=side, height=side, media_type=media_type) if side or media_type else None
    return url_claim(Field.ICON, link.href, f"link:{relation}", page, about)


def _merit(relation: str, link: Link, side: int) -> tuple[int, int]:
    """More is better: a picture, then a drawing, then a mask without colours; then its size as
    far as that is useful."""
    if relation == "mask-icon":
        rank = 0
    else:
        rank = 1 if "svg" in link.type.lower() or ".svg" in link.href.lower() else 2
    return rank, side if side <= _LARGEST_USEFUL_SIDE else -side


@lru_cache(maxsize=64)
def _declared_side(sizes: str) -> int | None:
    """The side of the largest size named in "16x16 32x32"."""
    sides = [pixels(size.partition("x")[0]) for size in sizes.lower().split()[:_MAX_SIZES]]
    return max((side for side in sides if side), default=None)


LINKS = Source(name="links", read=read)
