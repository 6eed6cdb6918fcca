"""JSON-LD scripts → claims of the page's main entity. https://schema.org/docs/gs.html

The text is a stranger's: it is read within bounds, and what cannot be read says nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from preview_service.model import Claim, Field, Kind, Page
from preview_service.page.text import clean
from preview_service.sources.base import Source, kind_claim, media, text_claim, url_claim

Node = dict[str, Any]

MAX_NODES = 500
MAX_IMAGES = 4

_WRAPPERS = (
    ("<!--", "-->"),
    ("//<![CDATA[", "//]]>"),
    ("// <![CDATA[", "// ]]>"),
    ("/*<![CDATA[*/", "/*]]>*/"),
    ("<![CDATA[", "]]>"),
)

# What stands beside the main entity on every page of a site, and the page itself.
_FURNITURE = frozenset(
    {
        "AboutPage",
        "BreadcrumbList",
        "CollectionPage",
        "ContactPage",
        "FAQPage",
        "ImageObject",
        "ItemList",
        "ItemPage",
        "NewsMediaOrganization",
        "Organization",
        "Person",
        "SearchAction",
        "SiteNavigationElement",
        "WPFooter",
        "WPHeader",
        "WPSideBar",
        "WebPage",
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


def read(page: Page) -> Iterator[Claim]:
    if not page.json_ld:
        return
    nodes = [node for text in page.json_ld for node in _nodes(_load(text))]
    main = _main_entity(nodes)
    if main is not None:
        yield from _title(main, page)
        yield from _about(main, page)


def _load(text: str) -> Any:
    text = text.strip()
    for opening, closing in _WRAPPERS:
        text = text.removeprefix(opening).removesuffix(closing).strip()
    text = text.removesuffix(";")
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        return None
    except (msgspec.MsgspecError, UnicodeError):
        pass
    # The standard library's reader is slower but takes line breaks within strings.
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(document: Any) -> list[Node]:
    """The document's entities: it may be one, a list, or either below `@graph`."""
    found: list[Node] = []
    waiting = [document]
    for _ in range(MAX_NODES):
        if not waiting:
            break
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting[:0] = item[:MAX_NODES]
        elif isinstance(item, dict):
            found.append(item)
            waiting[:0] = [item[key] for key in ("@graph", "mainEntity") if key in item]
    return found


def _main_entity(nodes: list[Node]) -> Node | None:
    """The entity that the page is about: the first with a headline, or the only one there is."""
    entities = [node for node in nodes if (types := _types(node)) and not types <= _FURNITURE]
    headed = next((node for node in entities if _text(node.get("headline"))), None)
    return headed or (entities[0] if len(entities) == 1 else None)


def _types(node: Node) -> set[str]:
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return {
        name.rpartition("/")[2].removeprefix("schema:") for name in names if isinstance(name, str)
    }


def _title(main: Node, page: Page) -> Iterator[Claim]:
    headline, name = _text(main.get("headline")), _text(main.get("name"))
    if claim := text_claim(Field.TITLE, headline, "json-ld:headline"):
        yield claim
    # A name may be that of one thing among several; the document's title confirms it.
    claim = text_claim(Field.TITLE, name, "json-ld:name")
    if claim and page.title and claim.value in clean(page.title, len(page.title)):
        yield claim


def _about(node: Node, page: Page) -> Iterator[Claim]:
    if claim := text_claim(
        Field.DESCRIPTION, _text(node.get("description")), "json-ld:description"
    ):
        yield claim
    if claim := text_claim(Field.AUTHOR, _name(node.get("author")), "json-ld:author"):
        yield claim
    published = _text(node.get("datePublished"))
    if claim := text_claim(Field.PUBLISHED_AT, published, "json-ld:datePublished"):
        yield claim
    kinds = (_KINDS[name] for name in sorted(_types(node)) if name in _KINDS)
    if claim := kind_claim(next(kinds, None), "json-ld:@type"):
        yield claim
    yield from _images(node.get("image"), page)


def _images(value: Any, page: Page) -> Iterator[Claim]:
    for image in (value if isinstance(value, list) else [value])[:MAX_IMAGES]:
        node: Node = image if isinstance(image, dict) else {"url": image}
        address = _text(node.get("url")) or _text(node.get("contentUrl"))
        about = media(
            width=_digits(node.get("width")),
            height=_digits(node.get("height")),
            alt=_text(node.get("caption")),
        )
        if claim := url_claim(Field.IMAGE, address, "json-ld:image", page, about):
            yield claim


def _name(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return _text(value.get("name") if isinstance(value, dict) else value)


def _digits(value: Any) -> str:
    return str(value) if isinstance(value, int | float | str) else ""


def _text(value: Any) -> str:
    """A property's text: a string, the first of a list, or `{"@value": …}`."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else ""


JSON_LD = Source(name="json_ld", read=read)
