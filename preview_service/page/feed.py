"""The beginning of a feed → what the feed says of itself, before its first entry.

https://www.rssboard.org/rss-specification  https://www.rfc-editor.org/rfc/rfc4287
https://web.resource.org/rss/1.0/spec  https://www.jsonfeed.org/version/1.1/
"""

import contextlib
import re
from typing import NoReturn
from xml.parsers import expat

import msgspec

from preview_service.page.patterns import compiled
from preview_service.page.references import resolve_text
from preview_service.page.text import clean

FEED_BYTES = 64 * 1024
"""A feed is read no further, even if no entry came."""

ENTRY_BYTES = 64
"""What the beginning of an entry may take."""

MAX_TITLE_CHARS = 300
MAX_DESCRIPTION_CHARS = 1000

RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"

# https://mimesniff.spec.whatwg.org/#sniffing-a-mislabeled-feed
_ROOT = compiled(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->|<![^>\[]*+>)*+<(rss|feed|rdf:RDF)[\s>]",
    re.DOTALL,
)
_RSS_1 = b"http://purl.org/rss/1.0/"
_JSON_VERSION = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version')
_FIRST_ENTRY = re.compile(rb'<(?:item|entry)[\s>]|(?<!\\)"items"\s*:\s*\[')
_JSON_ITEMS = re.compile(r'(?<!\\)"items"\s*:\s*\[.*', re.DOTALL)

# What strict XML forbids and feeds have: white space before the declaration, control characters,
# an ampersand that is only that, the entities of HTML.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(r"&(?!#|(?:amp|lt|gt|quot|apos);)")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")

# The way from the root to what is wanted.
_WANTED = {
    ("rss", "channel", "title"): "title",
    ("rss", "channel", "description"): "description",
    ("rdf:RDF", "channel", "title"): "title",
    ("rdf:RDF", "channel", "description"): "description",
    ("feed", "title"): "title",
    ("feed", "subtitle"): "description",
    ("feed", "author", "name"): "author",
}
_MAX_DEPTH = 3


class FeedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed calls itself, as plain text."""

    title: str | None = None
    description: str | None = None
    author: str | None = None


class _JsonAuthor(msgspec.Struct):
    name: str = ""


class _JsonFeed(msgspec.Struct):
    title: str = ""
    description: str = ""
    authors: tuple[_JsonAuthor, ...] = ()


def feed_type(head: bytes) -> str | None:
    """The media type of the feed that begins with *head*, whatever it was served as."""
    root = _ROOT.match(head)
    if root is None:
        is_json = head.lstrip(b"\xef\xbb\xbf\t\n\r ").startswith(b"{") and _JSON_VERSION.search(
            head
        )
        return JSON if is_json else None
    if root[1] == b"rdf:RDF":
        return RSS if _RSS_1 in head else None
    return ATOM if root[1] == b"feed" else RSS


def has_entry(head: bytes | bytearray, start: int = 0) -> bool:
    """Whether a feed's first entry begins behind *start*: what it says of itself stands before."""
    return _FIRST_ENTRY.search(head, start) is not None


def read_feed(text: str) -> FeedFacts:
    """What the feed says that begins with *text*, as far as it can be read."""
    text = text.lstrip("\ufeff\t\n\r ")
    found = _read_json(text) if text.startswith("{") else _read_xml(text)
    return FeedFacts(
        title=_plain(found.get("title"), MAX_TITLE_CHARS),
        description=_plain(found.get("description"), MAX_DESCRIPTION_CHARS),
        author=_plain(found.get("author"), MAX_TITLE_CHARS),
    )


def _read_json(text: str) -> dict[str, str]:
    whole = _JSON_ITEMS.sub('"items":[]}', text, count=1)
    try:
        feed = msgspec.json.decode(whole, type=_JsonFeed)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}
    author = feed.authors[0].name if feed.authors else ""
    return {"title": feed.title, "description": feed.description, "author": author}


def _read_xml(text: str) -> dict[str, str]:
    target = _Target()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.data
    parser.EntityDeclHandler = _refuse
    readable = _BARE_AMPERSAND.sub("&amp;", _FORBIDDEN.sub("", text))
    # The document ends in its midst, as a rule.
    with contextlib.suppress(expat.ExpatError, UnicodeEncodeError, _EntityDeclared):
        parser.Parse(readable.encode(), True)
    return target.found


class _EntityDeclared(Exception):
    """A document that defines abbreviations: no feed does, but a bomb."""


def _refuse(*_: object) -> NoReturn:
    raise _EntityDeclared


class _Target:
    """Keeps the text of the first element of each kind that is wanted, once it has ended."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._name: str | None = None
        self._depth = 0
        self._text: list[str] = []

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._path.append(tag)
        if self._name is None and len(self._path) <= _MAX_DEPTH:
            name = _WANTED.get(tuple(self._path))
            if name not in self.found:
                self._name, self._depth, self._text = name, len(self._path), []

    def end(self, _: str) -> None:
        if self._name is not None and len(self._path) == self._depth:
            self.found[self._name] = "".join(self._text)
            self._name = None
        self._path.pop()

    def data(self, text: str) -> None:
        if self._name is not None:
            self._text.append(text)


def _plain(value: str | None, limit: int) -> str | None:
    """*value* without its markup: a title, too, may be HTML by the formats' own rules."""
    return clean(resolve_text(_TAG.sub(" ", value)), limit) or None if value else None
