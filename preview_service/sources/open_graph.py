"""Open Graph properties → claims. https://ogp.me/"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Kind, Page
from preview_service.sources.base import (
    Media,
    Source,
    kind_claim,
    media,
    price_claim,
    text_claim,
    url_claim,
)

_Group = dict[str, str]

_TERMS = {
    "og:title": Field.TITLE,
    "og:description": Field.DESCRIPTION,
    "og:site_name": Field.SITE_NAME,
    "og:url": Field.CANONICAL,
    "og:type": Field.KIND,
    "og:updated_time": Field.MODIFIED_AT,
    "og:availability": Field.AVAILABILITY,
    "og:video:tag": Field.TAG,
    "og:article:author": Field.AUTHOR,
    "og:article:published_time": Field.PUBLISHED_AT,
    "article:author": Field.AUTHOR,
    "article:published_time": Field.PUBLISHED_AT,
    "article:modified_time": Field.MODIFIED_AT,
    "article:section": Field.SECTION,
    "article:tag": Field.TAG,
    "book:author": Field.AUTHOR,
    "book:release_date": Field.PUBLISHED_AT,
    "book:tag": Field.TAG,
    "music:release_date": Field.PUBLISHED_AT,
    "video:release_date": Field.PUBLISHED_AT,
    "video:tag": Field.TAG,
    "product:availability": Field.AVAILABILITY,
}

# The types in use are more than the standard's: Facebook's had dots ("video.movie").
_KINDS = {
    "website": Kind.WEBSITE,
    "article": Kind.ARTICLE,
    "recipe": Kind.ARTICLE,
    "blog": Kind.WEBSITE,
    "book": Kind.BOOK,
    "books": Kind.BOOK,
    "album": Kind.MUSIC,
    "music": Kind.MUSIC,
    "song": Kind.MUSIC,
    "product": Kind.PRODUCT,
    "profile": Kind.PROFILE,
    "movie": Kind.VIDEO,
    "tv_show": Kind.VIDEO,
    "video": Kind.VIDEO,
}

# What a thing costs today comes before what it used to: https://ogp.me/ns/product
_PRICES = {
    "product:sale_price:amount": "product:sale_price:currency",
    "product:price:amount": "product:price:currency",
    "og:price:amount": "og:price:currency",
}
_PRICE_TERMS = frozenset(_PRICES) | frozenset(_PRICES.values())

_MEDIA = {"og:image": Field.IMAGE, "og:video": Field.VIDEO, "og:audio": Field.AUDIO}
_ADDRESSES = ("", "url", "secure_url")
_FACTS = ("width", "height", "type", "alt")
_MEDIA_TERMS = {
    f"{root}:{leaf}" if leaf else root: (root, leaf)
    for root in _MEDIA
    for leaf in (*_ADDRESSES, *_FACTS)
}


def read(page: Page) -> Iterator[Claim]:
    groups: dict[str, list[_Group]] = {}
    prices: dict[str, str] = {}
    for name, content in page.metas:
        field = _TERMS.get(name)
        if field is not None:
            if claim := _claim(field, content, name, page):
                yield claim
        elif name in _MEDIA_TERMS:
            root, leaf = _MEDIA_TERMS[name]
            _put(groups.setdefault(root, []), leaf, content)
        elif name in _PRICE_TERMS:
            prices.setdefault(name, content)
    yield from _price_claims(prices)
    for root in _MEDIA:
        for group in groups.get(root, ()):
            yield from _media_claims(group, root, page)


def _claim(field: Field, content: str, name: str, page: Page) -> Claim | None:
    if field is Field.CANONICAL:
        return url_claim(field, content, name, page)
    if field is Field.KIND:
        return kind_claim(_KINDS.get(_general_type(content)), name)
    return text_claim(field, content, name)


def _general_type(value: str) -> str:
    """Of "video.movie", "video"."""
    return value.strip().lower().partition(".")[0]


def _price_claims(prices: dict[str, str]) -> Iterator[Claim]:
    for amount, currency in _PRICES.items():
        if amount in prices:
            claim = price_claim(prices[amount], prices.get(currency, ""), amount)
            if claim is not None:
                yield claim


def _put(groups: list[_Group], leaf: str, content: str) -> None:
    """Add a property to its picture's group.

    https://ogp.me/#structured: an address opens a group, unless the last has none of its kind yet:
    what stands before the first root tag joins it, and `:secure_url` belongs to the picture before.
    """
    if not groups or (leaf in _ADDRESSES and leaf in groups[-1]):
        groups.append({leaf: content})
    else:
        groups[-1].setdefault(leaf, content)


def _media_claims(group: _Group, root: str, page: Page) -> Iterator[Claim]:
    """One claim for each address of the picture, film or sound, in the order they stand in."""
    about = _about(group) if len(group) > 1 else None
    for leaf, content in group.items():
        if leaf in _ADDRESSES:
            source = f"{root}:{leaf}" if leaf else root
            if claim := url_claim(_MEDIA[root], content, source, page, about):
                yield claim


def _about(group: _Group) -> Media:
    return media(
        width=group.get("width", ""),
        height=group.get("height", ""),
        media_type=group.get("type", ""),
        alt=group.get("alt", ""),
    )


def read_locale(page: Page) -> Iterator[Claim]:
    for name, content in page.metas:
        if name == "og:locale" and (claim := text_claim(Field.LANG, _tag(content), name)):
            yield claim


def _tag(locale: str) -> str:
    """Of "en_US", the language tag: https://developers.facebook.com/docs/internationalization"""
    # Facebook's code for Latin America is Laos to everybody else.
    return "es-419" if locale.strip().lower() == "es_la" else locale.replace("_", "-")


OPEN_GRAPH = Source(name="open_graph", read=read)

OPEN_GRAPH_LOCALE = Source(name="open_graph_locale", read=read_locale)
"""Apart, as it is trusted less than HTML's `lang`: many a site declares "en_US" for all it has."""
