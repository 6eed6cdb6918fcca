"""The body of a page that declares nothing → the words and pictures that it is about.

What is read is HTML's marking of the main content, microdata and RDFa Lite:
https://html.spec.whatwg.org/multipage/microdata.html#values, https://www.w3.org/TR/rdfa-lite/.
Nothing is better than a wrong thing: what looks like a notice, a menu or a form is left out.
"""

import re
from collections import Counter
from functools import cached_property
from typing import NamedTuple

from preview_service.model import Body
from preview_service.page.elements import Attributes, Node, elements
from preview_service.page.landmarks import UNREAD, as_set, sense_of
from preview_service.page.pictures import Picture, best_pictures, picture
from preview_service.page.prose import Block, first_prose, is_boilerplate
from preview_service.page.text import clean

MAX_HEADING_CHARS = 300
MAX_HEADINGS = 32
MAX_SOURCES = 16
MAX_PROPERTIES = 64
MAX_PROPERTY_CHARS = 1000
MAX_NAME_CHARS = 100
MAX_TERMS = 4

_BLOCKS = as_set(
    "address article blockquote body center dd details div dl dt figure form h1 h2 h3 h4 h5 h6"
    " header hgroup hr html li main ol p pre section summary table tbody td tfoot th thead tr ul"
    " caption"
)
_HEADINGS = as_set("h1 h2")
_CONTENT = as_set("h1 main")
_MET = as_set("br img picture source")
_MARKS = as_set("itemprop itemscope property typeof")
_NO_PROSE = as_set("address caption dt h1 h2 h3 h4 h5 h6 hgroup pre summary th")
_CHROME_ITEMS = as_set(
    "aggregaterating breadcrumb breadcrumblist comment listitem organization review searchaction"
    " sitenavigationelement usercomments website wpadblock wpfooter wpheader wpsidebar"
)
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
_ADDRESSES = as_set("contenturl embedurl image sameas thumbnailurl url")


class _Item(NamedTuple):
    """A microdata item: its number on the page, and what its properties' names begin with."""

    type: str = ""
    number: int = 0
    prefix: str = ""


class _Place(NamedTuple):
    """What holds at a point of the page; `link` is an address, None outside of links.

    `block` is the name of the innermost one, `group` what it shares with those beside it.
    """

    block: str = ""
    group: int = -1
    is_main: bool = False
    in_article: bool = False
    in_header: bool = False
    link: str | None = None
    item: _Item = _Item()


class _Open(NamedTuple):
    """An element that has begun: where, and what holds inside."""

    at: int
    name: str
    place: _Place


class _Marked(NamedTuple):
    """An element whose text is wanted: what is read from *start* until it ends."""

    at: int
    given: Attributes
    terms: list[str]
    start: int


class _Heading(NamedTuple):
    name: str
    text: str
    link: str
    place: _Place


def read_body(document: bytes) -> Body:
    """What the page in UTF-8 is about, as far as its body shows; any bytes have a `Body`.

    A property of an item within another item has the name of that one's before its own, as in
    `author.name`. Items that are one of several of their type are left out: a list is no subject.
    """
    reading = _Reading(elements(document))
    reading.read()
    return Body(
        heading=_best_heading(reading.headings),
        text=first_prose(reading.blocks),
        images=best_pictures(reading.pictures),
        properties=_own_properties(reading.properties),
    )


class _Reading:
    """One walk over the page: what was met, in document order."""

    def __init__(self, nodes: list[Node]) -> None:
        self.headings: list[_Heading] = []
        self.blocks: list[Block] = []
        self.pictures: list[Picture] = []
        self.properties: list[tuple[_Item, str, str]] = []
        self._nodes = nodes
        self._open = [_Open(-1, "", _Place())]
        self._texts: list[str] = []
        self._marked: list[_Marked] = []
        self._sources: list[Attributes] | None = None
        self._block_start = self._linked = self._items = 0
        self._holders = _holders(nodes)

    def read(self) -> None:
        """Walk without recursion: how deep a page nests is its author's choice."""
        unread = 0
        for at, node in enumerate(self._nodes):
            if node is None:
                if unread:
                    unread -= 1
                else:
                    self._leave(at)
            elif isinstance(node, str):
                if not unread:
                    self._read(node)
            elif unread or not self._enter(at, *node):
                unread += 1

    def _read(self, text: str) -> None:
        # The indentation of markup is no part of a link's length.
        text = " " if text.isspace() else text
        self._texts.append(text)
        if self._open[-1].place.link is not None:
            self._linked += len(text)

    def _enter(self, at: int, name: str, given: Attributes) -> bool:
        """Whether the element is to be read."""
        if name in UNREAD:
            return False
        sense = sense_of(name, given)
        if sense.is_set_aside and at not in self._holders:
            return False
        outer, _, place = self._open[-1]
        if name in _MET:
            self._meet(name, given, place)
        block, group, is_main, in_article, in_header, link, item = place
        if name in _BLOCKS:
            self._end_block(place)
            block, group = name, outer
        elif name == "a":
            link = given.get("href", "")
        elif not given and name != "article":
            self._open.append(_Open(at, name, place))
            return True
        is_article = name == "article"
        is_main = is_main or sense.is_main or (is_article and self._has_one_article)
        in_article = in_article or is_main or is_article
        in_header = in_header or (sense.is_header and not in_article)
        if name in _HEADINGS or not _MARKS.isdisjoint(given):
            item = self._mark(at, name, given, item)
        place = _Place(block, group, is_main, in_article, in_header, link, item)
        self._open.append(_Open(at, name, place))
        return True

    @cached_property
    def _has_one_article(self) -> bool:
        # The first of a text is one character, and no name.
        return sum(node[0] == "article" for node in self._nodes if node) == 1

    def _meet(self, name: str, given: Attributes, place: _Place) -> None:
        if name == "br":
            self._texts.append(" ")
        elif name == "picture":
            self._sources = []
        elif name == "img":
            self._add_picture(given, place)
        elif self._sources is not None and len(self._sources) < MAX_SOURCES:
            self._sources.append(given)

    def _mark(self, at: int, name: str, given: Attributes, item: _Item) -> _Item:
        """The item that holds inside an element, whose text is kept if it is wanted."""
        terms = _terms(name, given)
        is_item = "itemscope" in given or "typeof" in given
        if name in _HEADINGS or (terms and not is_item):
            mark = _Marked(at, given, [] if is_item else terms, len(self._texts))
            self._marked.append(mark)
        return self._item(given, terms, item) if is_item else item

    def _leave(self, end: int) -> None:
        at, name, place = self._open.pop()
        if name in _BLOCKS:
            self._end_block(place)
        elif name == "picture":
            self._sources = None
        if not self._marked or self._marked[-1].at != at:
            return
        _, given, terms, start = self._marked.pop()
        if name in _HEADINGS and len(self.headings) < MAX_HEADINGS:
            text = self._since(start, MAX_HEADING_CHARS)
            link = _first_link(self._nodes[at:end]) if place.link is None else place.link
            self.headings.append(_Heading(name, text, link, place))
        for term in terms:
            if len(self.properties) < MAX_PROPERTIES:
                value = _declared(name, given, term) or self._since(start, MAX_PROPERTY_CHARS)
                full_name = place.item.prefix + term
                self.properties.append((place.item, full_name, clean(value, MAX_PROPERTY_CHARS)))

    def _end_block(self, place: _Place) -> None:
        start, linked = self._block_start, self._linked
        self._block_start, self._linked = len(self._texts), 0
        name = place.block
        if start == self._block_start or place.in_header or name in _NO_PROSE:
            return
        if text := " ".join("".join(self._texts[start:]).split()):
            self.blocks.append(Block(text, linked, place.is_main, name == "p", place.group))

    def _since(self, start: int, chars: int) -> str:
        """The text read after the first *start* pieces, as far as it is wanted."""
        pieces, length = [], 0
        for index in range(start, len(self._texts)):
            pieces.append(self._texts[index])
            length += len(pieces[-1].strip())
            if length > chars:
                break
        return clean("".join(pieces), chars)

    def _item(self, given: Attributes, terms: list[str], outer: _Item) -> _Item:
        for term in terms:
            return outer._replace(prefix=f"{outer.prefix}{term}."[:MAX_NAME_CHARS])
        self._items += 1
        kinds = (given.get("itemtype") or given.get("typeof", "")).split()
        kind = re.split("[/#:]", kinds[0])[-1].lower() if kinds else ""
        return _Item(type=kind, number=self._items)

    def _add_picture(self, given: Attributes, place: _Place) -> None:
        sources, self._sources = self._sources or (), None
        if place.in_header:
            return
        found = picture([given, *sources], is_main=place.is_main, link=place.link)
        if found is not None:
            self.pictures.append(found)


def _holders(nodes: list[Node]) -> set[int]:
    """What the content stands in: no name and no state hides it, such as `class="has-sidebar"`."""
    around: list[int] = []
    for at, node in enumerate(nodes):
        if node is None:
            around.pop()
        elif not isinstance(node, str):
            if node[0] in _CONTENT:
                return set(around)
            around.append(at)
    return set()


def _first_link(nodes: list[Node]) -> str:
    """Where the first link among them leads."""
    for node in nodes:
        if node is not None and not isinstance(node, str) and node[0] == "a":
            return node[1].get("href", "")
    return ""


def _terms(name: str, given: Attributes) -> list[str]:
    """The properties that an element is the value of; `<meta property>` is Open Graph's."""
    names = given.get("itemprop", "")
    if not names and name != "meta":
        names = given.get("property", "")
    return [_SCHEMA.sub("", name)[:MAX_NAME_CHARS].lower() for name in names.split()[:MAX_TERMS]]


def _declared(name: str, given: Attributes, term: str) -> str:
    """The value of a property that stands in an attribute, else ""."""
    if "content" in given:
        return given["content"]
    if name in ("a", "area", "link") and term not in _ADDRESSES:
        return ""
    return given.get(_VALUE_ATTRIBUTES.get(name, ""), "")


def _best_heading(headings: list[_Heading]) -> str | None:
    """The page's name: not the site's, which leads home, and no section's if there is a better."""
    named = [
        heading
        for heading in headings
        if heading.text and not is_boilerplate(heading.text) and not _leads_home(heading.link)
    ]

    def rank(heading: _Heading) -> tuple[str, bool, bool]:
        return heading.name, not heading.place.is_main, heading.place.in_header

    return min(named, key=rank).text if named else None


def _leads_home(link: str) -> bool:
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
