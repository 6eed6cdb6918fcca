"""Open Graph properties → claims. https://ogp.me/"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Kind, Page
from preview_service.sources.base import Source, kind_claim, media, text_claim, url_claim

_Group = dict[str, str]

_TEXTS = {
    "og:title": Field.TITLE,
    "og:description": Field.DESCRIPTION,
    "og:site_name": Field.SITE_NAME,
    "article:author": Field.AUTHOR,
    "article:published_time": Field.PUBLISHED_AT,
}

# The types in use are more than the standard's: Facebook's had dots ("video.movie").
_KINDS = {
    "website": Kind.WEBSITE,
    "article": Kind.ARTICLE,
    "blog": Kind.WEBSITE,
    "book": Kind.BOOK,
    "books": Kind.BOOK,
    "music": Kind.MUSIC,
    "product": Kind.PRODUCT,
    "profile": Kind.PROFILE,
    "video": Kind.VIDEO,
}

_MEDIA = {"og:image": Field.IMAGE, "og:video": Field.VIDEO}
_MEDIA_NAMES = tuple(_MEDIA)
_ADDRESSES = ("", "url", "secure_url")


def read(page: Page) -> Iterator[Claim]:
    groups: dict[str, list[_Group]] = {root: [] for root in _MEDIA}
    for name, content in page.metas:
        if name.startswith(_MEDIA_NAMES):
            _put(groups, name, content)
        elif claim := _claim(name, content, page):
            yield claim
    for root, field in _MEDIA.items():
        for group in groups[root]:
            yield from _media_claims(group, field, root, page)


def _claim(name: str, content: str, page: Page) -> Claim | None:
    if name == "article:author" and "://" in content:
        return None  # the address of a profile, as the vocabulary has it, and nobody's name
    if name in _TEXTS:
        return text_claim(_TEXTS[name], content, name)
    if name == "og:url":
        return url_claim(Field.CANONICAL, content, name, page)
    if name == "og:type":
        return kind_claim(_KINDS.get(_general_type(content)), name)
    return None


def _general_type(value: str) -> str:
    """Of "video.movie", "video"."""
    return value.strip().lower().partition(".")[0]


def _put(groups: dict[str, list[_Group]], name: str, content: str) -> None:
    """Add a property to its picture's group.

    https://ogp.me/#structured: an address opens a group, unless the last has none of its kind yet:
    what stands before the first root tag joins it, and `:secure_url` belongs to the picture before.
    """
    root, leaf = name[:8], name[9:]
    if name[8:9] not in ("", ":"):
        return
    group = groups[root]
    if not group or (leaf in _ADDRESSES and leaf in group[-1]):
        group.append({})
    group[-1].setdefault(leaf, content)


def _media_claims(group: _Group, field: Field, root: str, page: Page) -> Iterator[Claim]:
    """One claim for each address of the picture or film, in the order they stand in."""
    about = media(
        width=group.get("width", ""),
        height=group.get("height", ""),
        media_type=group.get("type", ""),
        alt=group.get("alt", ""),
    )
    for leaf, content in group.items():
        if leaf in _ADDRESSES:
            source = f"{root}:{leaf}" if leaf else root
            if claim := url_claim(field, content, source, page, about):
                yield claim


OPEN_GRAPH = Source(name="open_graph", read=read)
