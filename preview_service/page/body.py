"""The body of a page that declares nothing → the words and pictures that it is about.

What is read is HTML's marking of the main content, WAI-ARIA landmarks, microdata and RDFa Lite:
https://html.spec.whatwg.org/multipage/sections.html, https://www.w3.org/TR/wai-aria-1.2/#landmark_roles,
https://html.spec.whatwg.org/multipage/microdata.html#values, https://www.w3.org/TR/rdfa-lite/.
Nothing is better than a wrong thing: what looks like a notice, a menu or a form is left out.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from preview_service.model import Body
from preview_service.page.pictures import Picture, best_pictures, picture, words
from preview_service.page.prose import Block, first_prose, is_boilerplate
from preview_service.page.text import clean

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MAX_BYTES = 256 * 1024
MAX_HEADING_CHARS = 300
MAX_HEADINGS = 32
MAX_PICTURE_CHILDREN = 16
MAX_PROPERTIES = 64
MAX_PROPERTY_CHARS = 1000
MAX_NAME_CHARS = 100
MAX_TERMS = 4


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_UNREAD = _set(
    "aside audio button canvas datalist dialog fieldset figcaption footer iframe label legend"
    " map math menu nav noembed noframes noscript object option output script select style svg"
    " template textarea title video"
)
_UNREAD_ROLES = _set(
    "alert alertdialog complementary contentinfo dialog form menu menubar navigation search tablist"
    " toolbar tooltip"
)
# What authors call that which is not the content: whole words of `id` and `class`.
_UNREAD_NAMES = _set(
    "ad ads advert advertisement banner breadcrumb breadcrumbs ccpa comment comments consent cookie"
    " cookies copyright disclaimer disqus footer gdpr menu modal nav navbar navigation newsletter"
    " pagination paywall popup promo recommended related share sharing sidebar signup social"
    " sponsored subscribe subscription toolbar"
)
_BLOCKS = _set(
    "address article blockquote body center dd details div dl dt figure form h1 h2 h3 h4 h5 h6"
    " header hgroup hr html li main ol p pre section summary table tbody td tfoot th thead tr ul"
    " caption"
)
# Named for the whole page, or for what it says of its subject: `class="category-social"`.
_WHOLE = _set("html body main article")
# Not of the content, outside of it; yet the page's name may stand there.
_HEADERS = _set("banner header masthead topbar")
# "has-sidebar" does not name a sidebar.
_ABOUT_THE_PAGE = _set("has is js no not with without")
_NO_PROSE = _set("address caption dt h1 h2 h3 h4 h5 h6 hgroup pre summary th")
_CHROME_ITEMS = _set(
    "aggregaterating breadcrumb breadcrumblist comment listitem organization review searchaction"
    " sitenavigationelement usercomments website wpadblock wpfooter wpheader wpsidebar"
)
_OPENING = re.compile(rb"<!--|<script\b|<style\b", re.IGNORECASE)
_CLOSINGS = {
    b"<!--": re.compile(rb"--!?>"),
    b"<script": re.compile(rb"</script\s*>", re.IGNORECASE),
    b"<style": re.compile(rb"</style\s*>", re.IGNORECASE),
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HOME = re.compile(r"(?:(?:https?:)?//[^/?#]+)?(?:\.{0,2}/)?(?:index\.\w+)?", re.IGNORECASE)
_SCHEMA = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)", re.IGNORECASE)

# https://html.spec.whatwg.org/multipage/microdata.html#values
_VALUE_ATTRIBUTES = {
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    **dict.fromkeys(("a", "area", "link"), "href"),
    "meta": "content",
    "object": "data",
    "data": "value",
    "meter": "value",
    "time": "datetime",
}


# A link with another property is its text: authors mark up names so, whatever the standard says.
_ADDRESSES = _set("contenturl embedurl image sameas thumbnailurl url")


class _Item(NamedTuple):
    """A microdata item: its number on the page, and what its properties' names begin with."""

    type: str = ""
    number: int = 0
    prefix: str = ""


class _Place(NamedTuple):
    """What holds at a point of the page; `link` is an address, None outside of links."""

    block: "Tag"
    is_main: bool = False
    in_article: bool = False
    in_header: bool = False
    link: str | None = None
    item: _Item = _Item()


class _Heading(NamedTuple):
    text: str
    tag: "Tag"
    place: _Place


def read_body(document: bytes) -> Body:
    """What the page in UTF-8 is about, as far as its body shows; any bytes have a `Body`.

    A property of an item within another item has the name of that one's before its own, as in
    `author.name`. Items that are one of several of their type are left out: a list is no subject.
    """
    from bs4 import BeautifulSoup

    text = _markup(document).decode("utf-8", "replace")
    with warnings.catch_warnings():
        # bs4 warns of documents that look like an address, a file's name or XML.
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(text, "lxml", multi_valued_attributes=None)
    reading = _Reading(soup)
    reading.read(soup)
    return Body(
        heading=_best_heading(reading.headings),
        text=first_prose(reading.blocks),
        images=best_pictures(reading.pictures),
        properties=_own_properties(reading.properties),
    )


def _markup(document: bytes) -> bytes:
    """The first `MAX_BYTES` of *document* without comments, scripts and styles.

    These are all of the first 256 KiB of some pages, and more than half of many.
    """
    kept, length, at = [], 0, 0
    for opening in _OPENING.finditer(document):
        if opening.start() < at:
            continue
        kept.append(document[at : opening.start()])
        length += len(kept[-1])
        closing = _CLOSINGS[opening[0].lower()].search(document, opening.end())
        at = closing.end() if closing else len(document)
        if length > MAX_BYTES or closing is None:
            break
    return b"".join((*kept, document[at:]))[:MAX_BYTES]


class _Reading:
    """One walk over the tree: what was met, in document order."""

    def __init__(self, soup: "BeautifulSoup") -> None:
        self.headings: list[_Heading] = []
        self.blocks: list[Block] = []
        self.pictures: list[Picture] = []
        self.properties: list[tuple[_Item, str, str]] = []
        self._texts: list[str] = []
        self._block_start = self._linked = self._items = 0
        # No name and no state hides what holds the content, such as `class="has-sidebar"`.
        first = soup.find(["main", "h1"])
        self._holders = {id(tag) for tag in first.parents} if first else set()
        articles = soup.find_all("article", limit=2)
        self._article = articles[0] if len(articles) == 1 else None

    def read(self, soup: "BeautifulSoup") -> None:
        """Walk without recursion: how deep a page nests is its author's choice."""
        from bs4.element import NavigableString, PageElement, Tag

        stack: list[tuple[Iterator[PageElement], Tag, _Place, int]] = [
            (iter(soup.contents), soup, _Place(block=soup), 0)
        ]
        while stack:
            children, tag, place, start = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self._leave(tag, place, start)
            elif isinstance(child, Tag):
                inner = self._enter(child, place)
                if inner is not None:
                    stack.append((iter(child.contents), child, inner, len(self._texts)))
            # Comments and scripts are strings of other types.
            elif type(child) is NavigableString:
                self._texts.append(child)
                if place.link is not None:
                    self._linked += len(child)

    def _enter(self, tag: "Tag", place: _Place) -> _Place | None:
        """What holds inside *tag*; None if it is not to be read."""
        name = tag.name
        if name in _UNREAD or (id(tag) not in self._holders and _is_set_aside(tag)):
            return None
        if name == "br":
            self._texts.append(" ")
        elif name == "img":
            self._add_picture(tag, place)
        if name in _BLOCKS:
            self._end_block(place)
            place = place._replace(block=tag)
        is_main = place.is_main or tag is self._article or _is_main(tag)
        in_article = place.in_article or is_main or name == "article"
        return place._replace(
            is_main=is_main,
            in_article=in_article,
            in_header=place.in_header or (not in_article and _is_header(tag)),
            link=_attribute(tag, "href") if name == "a" else place.link,
            item=self._item(tag, place.item) if _is_item(tag) else place.item,
        )

    def _leave(self, tag: "Tag", place: _Place, start: int) -> None:
        if tag.name in _BLOCKS:
            self._end_block(place)
        if tag.name in ("h1", "h2") and len(self.headings) < MAX_HEADINGS:
            self.headings.append(_Heading(self._since(start, MAX_HEADING_CHARS), tag, place))
        for term in _terms(tag) if not _is_item(tag) else ():
            if len(self.properties) < MAX_PROPERTIES:
                value = _declared(tag, term) or self._since(start, MAX_PROPERTY_CHARS)
                name = place.item.prefix + term
                self.properties.append((place.item, name, clean(value, MAX_PROPERTY_CHARS)))

    def _end_block(self, place: _Place) -> None:
        text = " ".join("".join(self._texts[self._block_start :]).split())
        name = place.block.name
        if text and not place.in_header and name not in _NO_PROSE:
            group = id(place.block.parent)
            self.blocks.append(Block(text, self._linked, place.is_main, name == "p", group))
        self._block_start, self._linked = len(self._texts), 0

    def _since(self, start: int, chars: int) -> str:
        """The text read after the first *start* pieces, as far as it is wanted."""
        pieces, length = [], 0
        for index in range(start, len(self._texts)):
            pieces.append(self._texts[index])
            length += len(pieces[-1].strip())
            if length > chars:
                break
        return clean("".join(pieces), chars)

    def _item(self, tag: "Tag", outer: _Item) -> _Item:
        for term in _terms(tag):
            return outer._replace(prefix=f"{outer.prefix}{term}."[:MAX_NAME_CHARS])
        self._items += 1
        kinds = (_attribute(tag, "itemtype") or _attribute(tag, "typeof")).split()
        kind = re.split("[/#:]", kinds[0])[-1].lower() if kinds else ""
        return _Item(type=kind, number=self._items)

    def _add_picture(self, tag: "Tag", place: _Place) -> None:
        if place.in_header:
            return
        holder = tag.parent
        for _ in range(MAX_PICTURE_CHILDREN):
            # libxml2 does not know that a `<source>` has no content.
            if holder is not None and holder.name == "source":
                holder = holder.parent
        tags = [tag]
        if holder and holder.name == "picture" and len(holder.contents) <= MAX_PICTURE_CHILDREN:
            tags += holder.find_all("source", recursive=False)
        found = picture(list(map(_attributes, tags)), is_main=place.is_main, link=place.link)
        if found is not None:
            self.pictures.append(found)


def _is_set_aside(tag: "Tag") -> bool:
    """Whether the page hides *tag*, or says by its role or its name that it is not the content."""
    if not tag.attrs or tag.name in _WHOLE:
        return False
    return (
        tag.has_attr("hidden")
        or _attribute(tag, "aria-hidden").lower() == "true"
        or _attribute(tag, "role").lower() in _UNREAD_ROLES
        or _HIDDEN.search(_attribute(tag, "style")) is not None
        or any(
            not _UNREAD_NAMES.isdisjoint(name) and name[0] not in _ABOUT_THE_PAGE
            for name in _names(tag)
        )
    )


def _is_main(tag: "Tag") -> bool:
    return (
        tag.name == "main"
        or _attribute(tag, "role").lower() == "main"
        or "articlebody" in _attribute(tag, "itemprop").lower().split()
    )


def _is_header(tag: "Tag") -> bool:
    if tag.name == "header" or _attribute(tag, "role").lower() == "banner":
        return True
    return tag.name not in _WHOLE and any(name[-1] in _HEADERS for name in _names(tag))


def _is_item(tag: "Tag") -> bool:
    return tag.has_attr("itemscope") or tag.has_attr("typeof")


def _terms(tag: "Tag") -> list[str]:
    """The names of the properties that *tag* is the value of; `<meta property>` is Open Graph's."""
    if not tag.attrs:
        return []
    names = _attribute(tag, "itemprop")
    if not names and tag.name != "meta":
        names = _attribute(tag, "property")
    return [_SCHEMA.sub("", name)[:MAX_NAME_CHARS].lower() for name in names.split()[:MAX_TERMS]]


def _declared(tag: "Tag", term: str) -> str:
    """The value of a property that stands in an attribute, else ""."""
    if tag.has_attr("content"):
        return _attribute(tag, "content")
    if tag.name in ("a", "area", "link") and term not in _ADDRESSES:
        return ""
    return _attribute(tag, _VALUE_ATTRIBUTES.get(tag.name, ""))


def _attributes(tag: "Tag") -> dict[str, str]:
    # As the tree is made here, bs4 splits no value into a list.
    return cast("dict[str, str]", tag.attrs)


def _attribute(tag: "Tag", name: str) -> str:
    return _attributes(tag).get(name, "")


def _names(tag: "Tag") -> list[list[str]]:
    """The words of each name that the author gave to *tag*."""
    names = f"{_attribute(tag, 'id')} {_attribute(tag, 'class')}".split()
    return [found for name in names if (found := words(name))]


def _best_heading(headings: list[_Heading]) -> str | None:
    """The page's name: not the site's, which leads home, and no section's if there is a better."""
    named = [
        heading
        for heading in headings
        if heading.text and not is_boilerplate(heading.text) and not _leads_home(heading)
    ]

    def rank(heading: _Heading) -> tuple[str, bool, bool]:
        return heading.tag.name, not heading.place.is_main, heading.place.in_header

    return min(named, key=rank).text if named else None


def _leads_home(heading: _Heading) -> bool:
    link = heading.place.link
    if link is None:
        inner = heading.tag.find("a")
        link = _attribute(inner, "href") if inner else ""
    return bool(link) and _HOME.fullmatch(link) is not None


def _own_properties(found: list[tuple[_Item, str, str]]) -> tuple[tuple[str, str], ...]:
    """What is said of the one thing the page is about, if it is about one."""
    items = {item.number: item.type for item, _, _ in found}
    alike = Counter(items.values())
    # Outside of items the same name twice means two things.
    loose = Counter(name for item, name, _ in found if item == _Item())
    return tuple(
        (name, value)
        for item, name, value in found
        if value
        and item.type not in _CHROME_ITEMS
        and alike[item.type] == 1
        and (item != _Item() or loose[name] == 1)
    )
