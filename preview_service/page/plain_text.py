"""The beginning of a text file → a heading, where its format has such, and its first words.

https://spec.commonmark.org/0.31.2/#atx-headings
"""

import re

import msgspec

from preview_service.page.text import clean

TEXT_BYTES = 4 * 1024
"""How much of a text file is worth having."""

MAX_TITLE_CHARS = 300
MAX_DESCRIPTION_CHARS = 1000

# Before any code, in which "#" begins a comment.
_HEADING = re.compile(r"(?:(?!```|~~~).*\n){0,20}?[ ]{0,3}#{1,2}[ \t]+(?P<text>.+)")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# How prose begins; what does not is a picture, markup, a list, a table, a quotation or code.
_PROSE = re.compile(r"[ ]{0,3}(?:[\"'“‘*_]{1,3}|\[)?[^\W_]")
_LINK = re.compile(r"\[([^\[\]\n]*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"\*{1,3}|`+")
_LIST = re.compile(r"[ ]{0,3}(?:[-*+]|\d+[.)])[ \t]")


class TextFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Plain text has no title: its first line may be anything."""

    title: str | None = None
    description: str | None = None


def read_text(text: str, *, is_markdown: bool) -> TextFacts:
    """What the file that begins with *text* says first."""
    if not is_markdown:
        return TextFacts(description=clean(text, MAX_DESCRIPTION_CHARS) or None)
    text = text.replace("\r\n", "\n")
    heading = _HEADING.match(text)
    title = _plain(heading["text"].rstrip("# \t"), MAX_TITLE_CHARS) if heading else ""
    paragraphs = _BLANK_LINE.split(text[heading.end() if heading else 0 :].lstrip("\n"))
    prose = next((each for each in paragraphs if _is_prose(each)), "")
    return TextFacts(
        title=title or None,
        description=_plain(prose, MAX_DESCRIPTION_CHARS) or None,
    )


def _is_prose(paragraph: str) -> bool:
    return _PROSE.match(paragraph) is not None and not _LIST.match(paragraph)


def _plain(markdown: str, limit: int) -> str:
    return clean(_EMPHASIS.sub("", _LINK.sub(r"\1", markdown)), limit)
