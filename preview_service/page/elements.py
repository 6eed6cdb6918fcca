"""The first 256 KiB of a page's HTML → its elements and texts in order, every one closed.

What is left open, closed twice or put where it cannot be is set right as libxml2 does it:
https://lxml.de/parsing.html#parsing-html. No tree is made of it: there the time for a tag grows
with the square of its attributes, and what nests deeper than 256 levels ends the page.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 1000
"""About so deep a page may nest: what libxml2 does at an end tag takes time with the depth."""

_CHUNK_BYTES = 32 * 1024
_OPENING = re.compile(rb"<!--|<script\b|<style\b", re.IGNORECASE)
_CLOSINGS = {
    b"<!--": re.compile(rb"--!?>"),
    b"<script": re.compile(rb"</script\s*>", re.IGNORECASE),
    b"<style": re.compile(rb"</style\s*>", re.IGNORECASE),
}

Attributes = Mapping[str, str]
Node = tuple[str, Attributes] | str | None
"""The beginning of an element, a text (or a part of one), or the end of the last open element."""

_NO_ATTRIBUTES: Attributes = {}


def elements(document: bytes) -> list[Node]:
    """Those of a page in UTF-8, whatever its bytes are; none if it has neither tags nor text."""
    # libxml2 has its own way with bytes that are no UTF-8.
    markup = _markup(document).decode("utf-8", "replace").encode()
    told = _Target()
    parser = etree.HTMLParser(target=told, encoding="utf-8")
    for start in range(0, len(markup), _CHUNK_BYTES):
        parser.feed(markup[start : start + _CHUNK_BYTES])
        if told.depth > MAX_DEPTH:
            break
    if markup:
        parser.close()
    return told.nodes


class _Target:
    """What lxml tells of what it reads; it tells no comments where there is no method for them.

    https://lxml.de/parsing.html#the-target-parser-interface
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.depth = 0
        self.data = self.nodes.append

    def start(self, name: str, attributes: Attributes) -> None:
        self.depth += 1
        self.nodes.append((name, attributes or _NO_ATTRIBUTES))

    def end(self, _name: str) -> None:
        self.depth -= 1
        self.nodes.append(None)

    def close(self) -> None:
        """Nothing is left to do; lxml wants to be able to say it."""


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
