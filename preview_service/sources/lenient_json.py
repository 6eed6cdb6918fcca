"""A script's JSON as pages write it → its values, mended only where there is one way to read it.

https://www.rfc-editor.org/rfc/rfc8259. Comments, commas before a closing bracket, line breaks in
strings and escapes such as `\\'`, `\\&` and `\\x27` are read as JavaScript would; of several values
back to back those that are whole. Nothing is guessed: what is cut off or quoted wrongly is not
closed. Each step is linear.
"""

import json
import re
from typing import Any

import msgspec

from preview_service.page.patterns import compiled
from preview_service.page.references import resolve_text

MAX_VALUES = 100
"""Values read that stand back to back."""

_WRAPPERS = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>"))
_SPACE = " \t\r\n\ufeff"
_NOT_BETWEEN = re.compile(r"[^\s,;]")

# A string, a comment or a comma before a closing bracket. Strings and comments may lack their end:
# else one would be looked for from each beginning.
_STRING = r'"(?:[^"\\]|\\.)*+"?'
_COMMENT = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_TOKEN = compiled(rf"{_STRING}|{_COMMENT}|,(?=(?:\s|{_COMMENT})*+[}}\]])", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED_IN_JSON = frozenset('"\\/bfnrtu')

# Takes line breaks and other control characters within strings.
_READER = json.JSONDecoder(strict=False)


def loads(text: str) -> list[Any]:
    """The values in *text*, mostly one; none if it cannot be read."""
    text = _unwrapped(text)
    try:
        return [msgspec.json.decode(text)]
    except RecursionError:
        return []
    except (msgspec.MsgspecError, UnicodeError):
        pass
    if '"' not in text and "&quot;" in text:
        text = resolve_text(text)
    return _values(text) or _values(_TOKEN.sub(_mended, text))


def _unwrapped(text: str) -> str:
    text = text.strip(_SPACE)
    for opening, closing in _WRAPPERS:
        if text.startswith(opening):
            text = text.removeprefix(opening).removesuffix(closing).strip(_SPACE)
    return text.removesuffix(";")


def _values(text: str) -> list[Any]:
    """The objects and lists that *text* begins with."""
    values: list[Any] = []
    at = _next(text, 0)
    while text.startswith(("{", "["), at) and len(values) < MAX_VALUES:
        try:
            value, end = _READER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        at = _next(text, end)
    return values


def _next(text: str, at: int) -> int:
    """Where the next value begins, or the text ends."""
    found = _NOT_BETWEEN.search(text, at)
    return found.start() if found else len(text)


def _mended(token: re.Match[str]) -> str:
    found = token[0]
    if found[0] != '"':
        return ""
    return _ESCAPE.sub(_unescaped, found) if "\\" in found else found


def _unescaped(escape: re.Match[str]) -> str:
    code, character = escape.groups()
    if code:
        return f"\\u00{code}"
    if character in _ESCAPED_IN_JSON:
        return escape[0]
    return "" if character == "\n" else character
