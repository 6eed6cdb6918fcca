"""A Content-Type header → what it says; a body's first bytes → whether it is markup.

https://mimesniff.spec.whatwg.org/#parsing-a-mime-type
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

SNIFFED_BYTES = 512
"""How much white space may stand before the first tag of a body that has no type."""

_SPACE = "\t\n\r "
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ESSENCE = re.compile(rf"[{_SPACE}]*({_WORD}/{_WORD})[{_SPACE}]*(?=;|\Z)")
_PARAMETER = re.compile(
    rf';[{_SPACE}]*(?P<name>[^;=]*)(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)[^;]*|(?P<plain>[^;]*)))?',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00\t\n\f\r "
_MARKUP = re.compile(rb"<\x00?[a-zA-Z!?/]")


class ContentType(msgspec.Struct, frozen=True, kw_only=True):
    """`essence` is "type/subtype" in lower case, `charset` the label as given."""

    essence: str
    charset: str | None = None

    @property
    def is_html(self) -> bool:
        return self.essence in HTML_TYPES


# Servers say the same few things.
@lru_cache(maxsize=64)
def parse(header: str | None) -> ContentType | None:
    """What *header* says; None if it is missing or says nothing."""
    found = _ESSENCE.match(header) if header else None
    if not header or found is None:
        return None
    charset = next(
        (text for name, text in parameters(header, found.end()) if name == "charset"), ""
    )
    return ContentType(essence=found[1].lower(), charset=charset or None)


def parameters(header: str, position: int = 0) -> Iterator[tuple[str, str]]:
    """The (name, value) pairs behind the semicolons of *header*, names in lower case."""
    for parameter in _PARAMETER.finditer(header, position):
        yield parameter["name"].lower(), _value(parameter)


def is_markup(head: bytes) -> bool | None:
    """Whether a body that begins with *head* is HTML; None while that cannot be told.

    More is taken for HTML than the standard's sniffer would: a page without a type that begins
    with `<p>` is a page.
    """
    start = head.lstrip(_BEFORE_MARKUP)
    if len(start) < len(b"<\x00x") and len(head) < SNIFFED_BYTES:
        return None
    return _MARKUP.match(start) is not None


def _value(parameter: re.Match[str]) -> str:
    if parameter["quoted"] is not None:
        return _ESCAPE.sub(r"\1", parameter["quoted"])
    return (parameter["plain"] or "").rstrip(_SPACE)
