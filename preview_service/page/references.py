"""Text as it stands in HTML, in UTF-8 → the characters it stands for.

https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state
"""

import re
import sys
from html import unescape
from html.entities import html5
from typing import Final

# In an attribute's value `&copy=` is no reference:
# https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state
_IN_VALUE: Final = re.compile(
    r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?|[a-zA-Z][a-zA-Z0-9]*+(?:;|(?!=)))"
)
_IN_TEXT: Final = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?|[a-zA-Z][a-zA-Z0-9]*+;?)")
_MAX_DIGITS = len(str(sys.maxunicode))


def decoded(text: bytes) -> str:
    """What is no UTF-8 becomes U+FFFD."""
    return text.decode("utf-8", "replace")


def read_raw(text: bytes) -> str:
    """*text* as it stands there, its lines ended alike; NUL becomes U+FFFD."""
    characters = decoded(text)
    if "\r" in characters:
        characters = characters.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in characters:
        characters = characters.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return characters


def read_text(text: bytes) -> str:
    """The same with its references resolved, as in a title."""
    return resolve_text(read_raw(text))


def resolve_text(text: str) -> str:
    """*text* with its references resolved; unlike `html.unescape` it bears one of 5,000 digits."""
    return _IN_TEXT.sub(_resolved_in_text, text) if "&" in text else text


def resolve_value(value: str) -> str:
    """An attribute's value with its references resolved."""
    return _IN_VALUE.sub(_resolved_in_value, value)


def _resolved_in_value(reference: re.Match[str]) -> str:
    text = reference[0]
    return _numbered(text) if text[1] == "#" else html5.get(text[1:], text)


def _resolved_in_text(reference: re.Match[str]) -> str:
    text = reference[0]
    # There `&notit;` is "¬it;".
    return _numbered(text) if text[1] == "#" else unescape(text)


def _numbered(reference: str) -> str:
    """https://html.spec.whatwg.org/multipage/parsing.html#numeric-character-reference-end-state"""
    is_hexadecimal = reference[2] in "xX"
    digits = reference[2:].strip("xX;")
    if len(digits) > _MAX_DIGITS:  # Python reads no number of 5,000 digits
        digits = digits.lstrip("0")[: _MAX_DIGITS + 1] or "0"
    number = int(digits, 16 if is_hexadecimal else 10)
    if 0x80 <= number < 0xA0:
        return bytes((number,)).decode("cp1252", "ignore") or chr(number)
    if number == 0 or number > sys.maxunicode or 0xD800 <= number < 0xE000:
        return "\N{REPLACEMENT CHARACTER}"
    return chr(number)
