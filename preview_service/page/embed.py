"""An oEmbed answer as it arrives, JSON or XML → `Embed`. https://oembed.com/#section2.3

A `fetch.base.Sink` by shape. Nothing that a provider says is taken for HTML: texts come out plain,
and `html` is never kept. Only where an answer has neither title nor description and is `rich`, as
those of X and Bluesky are, are the words of the first `<p>` in its `html` the description: they are
the post itself, and there is no other place to read it.
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Final

# Not lxml: it keeps each element name it has read for as long as its thread lives.
from xml.parsers import expat

import msgspec

from preview_service.errors import BadStatus
from preview_service.model import Embed
from preview_service.page import content_type as mime
from preview_service.page.charset import declared
from preview_service.page.encodings import CODECS
from preview_service.page.patterns import compiled
from preview_service.page.text import clean
from preview_service.urls.normalize import resolve

MAX_BYTES: Final = 256 * 1024
"""An answer that is longer is not read."""

MAX_TEXT_CHARS: Final = 4 * 1024
"""Code points kept of a text, which may be a whole post."""

MAX_HTML_CHARS: Final = 16 * 1024
"""How far into a text with tags its words are looked for."""

_OK = 200
_MAX_PIXELS = 100_000
_TYPES = frozenset({"photo", "video", "link", "rich"})

_PIXELS = compiled(r"\s*+([0-9]{1,6})(?:\.[0-9]*)?+\s*+(?:px)?\s*+", re.ASCII)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

# A title may speak of "<script>" and mean the word: only what is closed, or never is, is markup.
_MARKUP = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img|p)(?=[\s/>])[^<>]*>", re.IGNORECASE)
# An unclosed script runs to the end: else an end would be looked for from each beginning.
_UNREAD = re.compile(r"<(script|style)(?=[\s>]).*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"</?(?:blockquote|br|dd|div|dt|h[1-6]|hr|li|ol|p|section|td|th|tr|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_PARAGRAPH = re.compile(r"<p(?=[\s>])[^<>]*>", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"</?(?:p|blockquote)(?=[\s>])", re.IGNORECASE)


class EmbedReader:
    """Reads one answer; another may be begun when it is over."""

    def __init__(self) -> None:
        self._url = ""
        self._charset: str | None = None
        self._body: bytearray | None = None

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Raise `BadStatus` for any but 200: 401 and 403 mean a private thing, 404 none."""
        self._url, self._body = url, None
        if status != _OK:
            raise BadStatus(f"the oEmbed provider answered {status}", status=status)
        kind = mime.parse(headers.get("content-type"))
        self._charset = kind.charset if kind else None
        self._body = bytearray()

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted."""
        if self._body is None:
            return True
        if len(self._body) + len(chunk) > MAX_BYTES:
            self._body = None
            return True
        self._body += chunk
        return False

    def close(self) -> Embed | None:
        """What the answer says; None if it cannot be read, or has neither words nor a picture."""
        if not self._body:
            return None
        return _embed(_values(bytes(self._body), self._charset), self._url)


def _values(body: bytes, charset: str | None) -> Mapping[str, Any]:
    """The answer's fields, whichever of the two formats it has: Content-Type is often wrong."""
    text = _text(body, charset).lstrip("\ufeff\t\n\r ")
    if text.startswith("{"):
        return _from_json(text)
    return _from_xml(text) if text.startswith("<") else {}


def _text(body: bytes, charset: str | None) -> str:
    """*body* by its byte order mark, header or XML declaration, else as UTF-8."""
    start = body.find(b"?>") + 2 if body.startswith(b"<?xml") else 3
    encoding = declared(body[:start], charset) or "utf-8"
    return body.decode(CODECS[encoding], "replace")


def _from_json(text: str) -> Mapping[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        return {}
    except (msgspec.MsgspecError, UnicodeError):
        value = _from_careless_json(text)
    return value if isinstance(value, dict) else {}


def _from_careless_json(text: str) -> Any:
    """With line breaks in its strings, and numbers that are none."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _from_xml(text: str) -> Mapping[str, Any]:
    fields = _Fields()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = fields.start
    parser.EndElementHandler = fields.end
    parser.CharacterDataHandler = fields.data
    parser.StartDoctypeDeclHandler = fields.refuse
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, _NotOurs):
        return {}
    return fields.values


class _NotOurs(Exception):
    """The document is something else than an oEmbed answer."""


class _Fields:
    """Handlers for expat that keep the texts of the children of `<oembed>`."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._depth = 0
        self._text: list[str] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        if self._depth == 0 and name != "oembed":
            raise _NotOurs
        self._depth += 1

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self.values.setdefault(name, "".join(self._text))
            self._text.clear()

    def data(self, text: str) -> None:
        if self._depth > 1:
            self._text.append(text)

    def refuse(self, *_: object) -> None:
        """No answer needs a document type; without one there are no entities to expand."""
        raise _NotOurs


def _embed(values: Mapping[str, Any], url: str) -> Embed | None:
    kind = values.get("type")
    kind = kind.strip().lower() if isinstance(kind, str) else ""
    found = Embed(
        # By the standard a consumer need not know more types than these; one that is missing or
        # new still comes with a title, and `link` promises nothing else.
        type=kind if kind in _TYPES else "link",
        title=_plain(values.get("title")),
        description=_plain(values.get("description")),
        author_name=_plain(values.get("author_name")),
        provider_name=_plain(values.get("provider_name")),
        thumbnail_url=_address(values.get("thumbnail_url"), url),
        thumbnail_width=_pixels(values.get("thumbnail_width")),
        thumbnail_height=_pixels(values.get("thumbnail_height")),
        url=_address(values.get("url"), url) if kind == "photo" else None,
        width=_pixels(values.get("width")),
        height=_pixels(values.get("height")),
    )
    if kind == "rich" and not found.title and not found.description:
        words = _first_paragraph(values.get("html"))
        found = msgspec.structs.replace(found, description=words)
    says = found.title, found.description, found.thumbnail_url, found.url
    return found if any(says) else None


def _plain(value: Any) -> str | None:
    """*value* as one line of text, if it is a text or a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    if _MARKUP.search(text):
        text = _without_tags(text[:MAX_HTML_CHARS])
    # Cut first: a text is mostly longer as it stands in markup.
    text = _REFERENCE.sub(_character, text[: 8 * MAX_TEXT_CHARS])
    return clean(text, MAX_TEXT_CHARS) or None


def _character(reference: re.Match[str]) -> str:
    return unescape(reference[0])


def _without_tags(text: str) -> str:
    return _TAG.sub("", _BREAK.sub(" ", _UNREAD.sub(" ", text)))


def _first_paragraph(html: Any) -> str | None:
    if not isinstance(html, str):
        return None
    html = _UNREAD.sub(" ", html[:MAX_HTML_CHARS])
    opening = _PARAGRAPH.search(html)
    if opening is None:
        return None
    closing = _PARAGRAPH_END.search(html, opening.end())
    return _plain(_without_tags(html[opening.end() : closing.start() if closing else len(html)]))


def _address(value: Any, base: str) -> str | None:
    """*value* as an absolute http(s) address."""
    return resolve(base, value) if isinstance(value, str) and value.strip() else None


def _pixels(value: Any) -> int | None:
    """A side: 480, 480.0, "480" or "480px"; "100%" is none."""
    if not isinstance(value, str | int | float):
        return None
    found = _PIXELS.fullmatch(str(value)[:32])
    number = int(found[1]) if found else 0
    return number if 0 < number <= _MAX_PIXELS else None
