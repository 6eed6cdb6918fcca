"""JSON-LD scripts → claims of the page's main entity. https://schema.org/docs/gs.html

The text is a stranger's: it is read within bounds, and what cannot be read says nothing. The names
of publishers and of `WebSite`s are not claimed: firms and slogans are not what `og:site_name` is.
"""

from collections.abc import Iterator
from typing import Any

from preview_service.model import Claim, Field, Kind, Page
from preview_service.page.references import resolve_text
from preview_service.page.text import clean
from preview_service.sources.base import (
    MAX_TEXT_CHARS,
    PLAYER_TYPE,
    Media,
    Source,
    kind_claim,
    media,
    price_claim,
    text_claim,
    url_claim,
)
from preview_service.sources.lenient_json import loads

Node = dict[str, Any]

MAX_NODES = 500
MAX_IMAGES = 4
MAX_AUTHORS = 3
MAX_TAGS = 8

_MAX_ITEMS = 8

# The page itself: it knows who wrote it and when, but what it is about is another entity.
_PAGES = frozenset({"AboutPage", "CollectionPage", "ContactPage", "FAQPage", "ItemPage", "WebPage"})

# What stands beside the main entity on every page of a site.
_FURNITURE = _PAGES | frozenset(
    {
        "BreadcrumbList",
        "ImageObject",
        "ItemList",
        "NewsMediaOrganization",
        "Organization",
        "Person",
        "SearchAction",
        "SiteNavigationElement",
        "WPFooter",
        "WPHeader",
        "WPSideBar",
        "WebSite",
    }
)

_KINDS = {
    "Article": Kind.ARTICLE,
    "BlogPosting": Kind.ARTICLE,
    "NewsArticle": Kind.ARTICLE,
    "Report": Kind.ARTICLE,
    "ReportageNewsArticle": Kind.ARTICLE,
    "TechArticle": Kind.ARTICLE,
    "Recipe": Kind.ARTICLE,
    "Book": Kind.BOOK,
    "MusicAlbum": Kind.MUSIC,
    "MusicGroup": Kind.MUSIC,
    "MusicRecording": Kind.MUSIC,
    "Product": Kind.PRODUCT,
    "ProductGroup": Kind.PRODUCT,
    "ProfilePage": Kind.PROFILE,
    "Movie": Kind.VIDEO,
    "TVEpisode": Kind.VIDEO,
    "TVSeries": Kind.VIDEO,
    "VideoObject": Kind.VIDEO,
}

# What may stand elsewhere in the graph, with no more than its `@id` here.
_REFERRING = ("author", "creator", "image", "offers", "video")
_REFERENCE = {"@id", "@type"}

_FACTS = {
    "datePublished": Field.PUBLISHED_AT,
    "dateModified": Field.MODIFIED_AT,
    "articleSection": Field.SECTION,
    "inLanguage": Field.LANG,
}


def read(page: Page) -> Iterator[Claim]:
    if not page.json_ld:
        return
    nodes = _nodes([value for text in page.json_ld for value in loads(text)])
    main = _main_entity(nodes)
    if main is not None:
        main = _whole(main, nodes)
        yield from _title(main, page)
        yield from _about(main, page)
        yield from _facts(main)
        yield from _images(main, page)
        yield from _videos(main, page)
        yield from _offers(main)
    else:
        itself = next((node for node in nodes if _types(node) & _PAGES), None)
        if itself is not None:
            yield from _facts(_whole(itself, nodes))


def _nodes(documents: list[Any]) -> list[Node]:
    """The documents' entities: each may be one, a list, or either below `@graph`."""
    found: list[Node] = []
    waiting = documents[::-1]
    for _ in range(MAX_NODES):
        if not waiting:
            break
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item[MAX_NODES::-1]
        elif isinstance(item, dict):
            found.append(item)
            waiting += [item[key] for key in ("mainEntity", "@graph") if key in item]
    return found


def _main_entity(nodes: list[Node]) -> Node | None:
    """The entity that the page is about: the first with a headline, or the only one there is."""
    typed = [(_types(node), node) for node in nodes]
    entities = [(types, node) for types, node in typed if types and not types <= _FURNITURE]
    for _, node in entities:
        if clean(_text(node.get("headline")), MAX_TEXT_CHARS):
            return node
    known = [node for types, node in entities if not types.isdisjoint(_KINDS)]
    for candidates in (known, [node for _, node in entities]):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _types(node: Node) -> set[str]:
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return {
        name if name.isalpha() else name.rpartition("/")[2].removeprefix("schema:")
        for name in names
        if isinstance(name, str)
    }


def _whole(node: Node, nodes: list[Node]) -> Node:
    """*node* with lists of entities in the place of references to them."""
    by_id = {node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str)}
    return node | {
        key: [_followed(item, by_id) for item in _listed(node[key])]
        for key in _REFERRING
        if key in node
    }


def _followed(item: Any, by_id: dict[str, Node]) -> Any:
    if isinstance(item, dict) and item.keys() <= _REFERENCE:
        name = item.get("@id")
        return by_id.get(name) if isinstance(name, str) else None
    return item


def _title(main: Node, page: Page) -> Iterator[Claim]:
    headline, name = _text(main.get("headline")), _text(main.get("name"))
    if claim := text_claim(Field.TITLE, headline, "json-ld:headline"):
        yield claim
    # A name may be that of one thing among several; the document's title confirms it, if any.
    if claim := text_claim(Field.TITLE, name, "json-ld:name"):
        title = clean(page.title or "", MAX_TEXT_CHARS)
        # Its ampersands may still be escaped, while those of the document's title never are.
        if resolve_text(claim.value) in title if title else not headline:
            yield claim


def _about(main: Node, page: Page) -> Iterator[Claim]:
    description = _text(main.get("description"))
    if claim := text_claim(Field.DESCRIPTION, description, "json-ld:description"):
        yield claim
    kinds = (_KINDS[name] for name in sorted(_types(main)) if name in _KINDS)
    if claim := kind_claim(next(kinds, None), "json-ld:@type"):
        yield claim
    for tag in _keywords(main.get("keywords")):
        if claim := text_claim(Field.TAG, tag, "json-ld:keywords"):
            yield claim


def _facts(node: Node) -> Iterator[Claim]:
    for key in ("author", "creator"):
        if key in node and (
            claim := text_claim(Field.AUTHOR, _byline(node[key]), f"json-ld:{key}")
        ):
            yield claim
    for key, field in _FACTS.items():
        if key in node and (claim := text_claim(field, _text(node[key]), f"json-ld:{key}")):
            yield claim


def _byline(authors: Any) -> str:
    """ "Ada, Bob" of the names; a dot of three says that there are more than are named."""
    names = [name for name in map(_name, _listed(authors)) if name.strip() and "://" not in name]
    if len(names) == 1:
        return names[0]
    names = list(dict.fromkeys(names))
    return ", ".join([*names[:MAX_AUTHORS], *["…"][: len(names) - MAX_AUTHORS]])


def _keywords(value: Any) -> list[str]:
    """The words of "a, b" or of a list of them."""
    words = [word for item in _listed(value) for word in _name(item).split(",", MAX_TAGS)]
    return words[:MAX_TAGS]


def _images(main: Node, page: Page) -> Iterator[Claim]:
    for image in _listed(main.get("image"))[:MAX_IMAGES]:
        node: Node = image if isinstance(image, dict) else {"url": image}
        address = _text(node.get("url")) or _text(node.get("contentUrl"))
        about = _measures(node, alt=_text(node.get("caption"))) if len(node) > 1 else None
        if claim := url_claim(Field.IMAGE, address, "json-ld:image", page, about):
            yield claim
    if thumbnail := _text(main.get("thumbnailUrl")):
        claim = url_claim(Field.IMAGE, thumbnail, "json-ld:thumbnailUrl", page)
        if claim:
            yield claim


def _videos(main: Node, page: Page) -> Iterator[Claim]:
    """The film that the page is about, or the first that is part of it."""
    node = main if "VideoObject" in _types(main) else next(iter(_listed(main.get("video"))), None)
    if not isinstance(node, dict):
        return
    for key, media_type in (("contentUrl", ""), ("embedUrl", PLAYER_TYPE)):
        if address := _text(node.get(key)):
            about = _measures(node, media_type=media_type)
            if claim := url_claim(Field.VIDEO, address, f"json-ld:{key}", page, about):
                yield claim


def _measures(node: Node, *, media_type: str = "", alt: str = "") -> Media:
    width, height = _number(node.get("width")), _number(node.get("height"))
    return media(width=width, height=height, media_type=media_type, alt=alt)


def _offers(main: Node) -> Iterator[Claim]:
    """Price and availability of the first offer that has either. https://schema.org/Offer"""
    for offer in _listed(main.get("offers")):
        if isinstance(offer, dict):
            claims = [*_prices(offer)]
            available = _text(offer.get("availability"))
            if claim := text_claim(Field.AVAILABILITY, available, "json-ld:availability"):
                claims.append(claim)
            if claims:
                yield from claims
                return


def _prices(offer: Node) -> Iterator[Claim]:
    specified = next(iter(_listed(offer.get("priceSpecification"))), None)
    for node in (offer, specified):
        for key in ("price", "lowPrice"):
            if isinstance(node, dict) and key in node:
                currency = _text(node.get("priceCurrency")) or _text(offer.get("priceCurrency"))
                if claim := price_claim(_number(node[key]), currency, f"json-ld:{key}"):
                    yield claim
                    return


def _listed(value: Any) -> list[Any]:
    """A property's values, of which there may be one."""
    if isinstance(value, list):
        return value[:_MAX_ITEMS]
    return [] if value is None else [value]


def _name(value: Any) -> str:
    return _text(value.get("name") if isinstance(value, dict) and "name" in value else value)


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int | float | str) else ""


def _text(value: Any) -> str:
    """A property's text: a string, the first of a list, or `{"@value": …}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else ""


JSON_LD = Source(name="json_ld", read=read)
