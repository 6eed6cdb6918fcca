"""A value as a page has it → one line of plain text that hides nothing from its reader.

https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""

import re

# Characters that are not seen but change what is: controls; bidirectional marks, embeddings,
# overrides and isolates; zero-width spaces, fillers and invisible operators; the soft hyphen; tag
# characters, in which whole messages can hide; lone surrogates and noncharacters.
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
# Joiners shape Persian and Indic words and emoji (https://www.unicode.org/reports/tr31/#Layout_and_Format_Control_Characters):
# one is kept behind a character that can be joined. Variation selectors choose a glyph: one is
# kept behind a character. Rows of either spell something else.
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SUSPECT = re.compile(f"[{_UNSEEN}{_JOINERS}{_SELECTORS}]")
_NEVER_SEEN = re.compile(f"[{_UNSEEN}]")
_MISPLACED = re.compile(
    f"(?<![^\\s\x00-\x7f{_JOINERS}])[{_JOINERS}]|(?<![^\\s{_SELECTORS}])[{_SELECTORS}]"
)

# White space in a value is rarely most of it: the rest is not looked at.
_SLACK = 8


def clean(text: str, limit: int) -> str:
    """*text* without unseen characters, its white space collapsed, at most *limit* code points."""
    if not text:
        return ""
    is_plain = text.isprintable() and len(text) <= limit and "  " not in text
    if is_plain and (text.isascii() or not _SUSPECT.search(text)):
        return text.strip(" ")
    text = text[: limit * _SLACK]
    if not (text.isascii() and text.isprintable()) and _SUSPECT.search(text):
        # In two steps: what was hidden between two joiners must not bring them together.
        text = _MISPLACED.sub("", _NEVER_SEEN.sub("", text))
    return cut(" ".join(text.split()), limit)


def cut(text: str, limit: int) -> str:
    """The first *limit* code points of *text*, with nothing left that only joins."""
    return text if len(text) <= limit else text[:limit].rstrip(f" {_JOINERS}")
