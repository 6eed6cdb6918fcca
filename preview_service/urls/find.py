"""A message as a person typed it → the http(s) links in it, each where it stands.

A link is what a reader takes for one: without the sentence's punctuation, quotes, brackets and
markup (https://github.github.com/gfm/#autolinks-extension-), but with its scheme. Code is shown and
links to nothing, and what `normalize` refuses is no link.

Where a script without spaces goes on behind an address, only the place tells which it is. It is
address where it begins a part of it (`/wiki/東京`, `?q=天気`, `/42-靴`). It is the sentence where
it is glued to a letter or digit (`/p/42を見て`), where it follows the first slash of an ASCII host
(`https://shop.example/看看`), and where hiragana, a particle, follows a slash (`/blog/をご覧`). An
emoji is the sentence's too. Letters of scripts with spaces are address wherever they stand.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from preview_service.errors import BadURL
from preview_service.urls.normalize import Url, normalize

# These are the insides of character classes. Written without spaces: Thai, Lao, Burmese, Khmer,
# Han, kana, bopomofo, and Hangul, whose particles are glued to what is before them.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f"
    "\u3031-\u3035\u3041-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    "\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)
_HIRAGANA: Final = "\u3041-\u309f"
_EMOJI: Final = (
    "\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
)
# Spaces, controls, ASCII that no browser leaves in an address, quotes, marks of direction and of no
# width, lone surrogates, full-width punctuation, private use, variation selectors.
_END: Final = (
    r"\s\x00-\x1f\x7f-\x9f<>\"`\\«»‹›“”„‟\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u20e3\ud800-\udfff\u3000-\u3004\u3008-\u3020\u3030\u3036-\u3040\ue000-\uf8ff\ufe00-\ufe6f"
    r"\ufeff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff"
    r"\U000e0000-\U0010ffff"
)
# Within an address they may stand, at its end they are the sentence's.
_CLOSING: Final = ".,;:!?'*~|…‘’‚‛–—・،؛؟۔।॥։።။၊។៕"
# What no host has, beside those; but % and @, which `normalize` refuses with all around them.
_NO_HOST: Final = r"!-$&-,./:-@\[-^{-~\xa1-\xbf\u2010-\u2027\u2030-\u205e" + _CLOSING

# A scheme that is glued to what is before it begins the next link. An address may have another
# one only as a value: after a mark that introduces values.
_REST: Final = r"[tT][tT][pP][sS]?://"
_H: Final = f"[hH](?!{_REST})"

_NAME_PART: Final = f"(?:[^{_END}{_NO_HOST}hH]++|{_H})"
_SPACED_PART: Final = f"(?:[^{_END}{_NO_HOST}{_UNSPACED}{_EMOJI}hH]++|{_H})"
_LATER_LABEL: Final = f"(?:{_SPACED_PART}+|[{_UNSPACED}]{_NAME_PART}*)"
_AUTHORITY: Final = (
    rf"(?:[^{_END}/?#]*@)?"
    rf"(?:\[[0-9a-fA-F:.%]*\]"
    # Scripts may mix in a label that others follow. In the last one, what follows ASCII is text.
    rf"|(?:{_NAME_PART}+\.{_LATER_LABEL}|{_SPACED_PART}+)(?:\.{_LATER_LABEL})*(?:\.(?=[/:]))?)"
    rf"(?::(?![hH]{_REST})[0-9A-Za-z]+)?"
)
_UNSPACED_PART: Final = (
    rf"(?:(?<=[=#_+-])|(?<=/)(?![{_HIRAGANA}]))[{_UNSPACED}]"
    rf"(?:[^{_END}{_EMOJI}/?&=#\[hH]++|{_H}|\[(?!/))*"
)
_TAIL: Final = (
    rf"(?:[^{_END}{_UNSPACED}{_EMOJI}\[hH]++|{_H}|(?<=[/=?#&:])[hH]"
    # [url]…[/url]
    rf"|\[(?!/)"
    rf"|{_UNSPACED_PART}"
    # Persian and the scripts of India need their joiners.
    rf"|(?<=[\u0590-\u1fff])[\u200c\u200d](?=[\u0590-\u1fff]))*"
)
_CANDIDATE: Final = (
    # <address> of Markdown, and <address|its text> of Slack: all that is between is meant.
    rf"<(?P<pointed>[hH]{_REST}[^<>|`\s]*)(?=>|\|[^<>\n]*>)"
    rf"|(?P<bare>[hH]{_REST}(?![hH]{_REST})(?P<authority>{_AUTHORITY})(?:(?=[/?#]){_TAIL})?)"
)

# Before a scheme they make it a part of a word, a mention, a tag, a price or another scheme.
_GLUED: Final = re.compile(r"[A-Za-z0-9@#$+＠＃]")
_OPENED: Final = {"**": "**", "~~": "~~", "|": "|", "'": "'", "‘": "’"}
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
# Read from the end, where a character reference is a mark like others.
_ENDING: Final = re.compile(rf"(?:;[0-9A-Za-z#]{{1,31}}&|[{_CLOSING}])*")
_EMPHASISED_ENDING: Final = re.compile(rf"(?:;[0-9A-Za-z#]{{1,31}}&|[{_CLOSING}_])*")
_BEGINS_UNSPACED: Final = re.compile(f"/[{_UNSPACED}]")
# GFM's and Twitter's: no label has a mark at its edge (RFC 1123), the last two no underscore.
_ODD_HOST: Final = re.compile(r"(?:^|\.)[-_]|[-_](?:\.|$)|_[^.]*\.[^.]+\.?$|\.[^.]*_[^.]*\.?$")
# The only thing that X's shortener ever puts in a path; what follows is the post's text.
_SLUG: Final = re.compile(r"https?://t\.co/[a-z0-9]+(?:\?.*)?", re.IGNORECASE | re.DOTALL)

_BACKTICKS: Final = re.compile("`+")
_FENCE: Final = 3
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\r?\n")
_TILDES: Final = re.compile(r"^ {0,3}(~{3,})([^~\n]*)$", re.MULTILINE)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it stands in a text: `text[start:end]` is `url.sent`, counted in code points."""

    url: Url
    start: int
    end: int


@cache
def _candidate() -> re.Pattern[str]:
    # It takes 11 to 40 ms to make, which the start of the service need not wait for.
    return re.compile(_CANDIDATE)


def find_links(text: str) -> list[Link]:
    """Every link in *text*, in its order, as often as it is there."""
    if "://" not in text:
        return []
    shown = _without_code(text)
    links: list[Link] = []
    edge = link_edge = 0
    for candidate in _candidate().finditer(shown):
        begins_word = candidate.start() in (0, link_edge) or not _GLUED.match(
            shown, candidate.start() - 1
        )
        if begins_word and (link := _link(shown, candidate, edge)):
            links.append(link)
            link_edge = candidate.end()
        edge = candidate.end()
    return links


def _link(shown: str, candidate: re.Match[str], edge: int) -> Link | None:
    """The link that *candidate* is, if it is one; *edge* is where the one before it ended."""
    if (written := candidate["pointed"]) is not None:
        start = candidate.start("pointed")
    elif "@" in candidate["authority"]:
        # All of it: what is before the @ only looks like a host.
        return None
    else:
        start = candidate.start()
        written = _without_sentence(candidate, shown[max(start - 2, 0) : start])
        ending = _ENDING
        if written.endswith("_") and _is_emphasis_open(shown[edge:start]):
            ending = _EMPHASISED_ENDING
        written = _without_ending(written, ending)
    try:
        url = normalize(written)
    except BadURL:
        return None
    if _ODD_HOST.search(url.host):
        return None
    return Link(url=url, start=start, end=start + len(written))


def _without_sentence(candidate: re.Match[str], before: str) -> str:
    """What of *candidate* is address, up to the first sign of the sentence that it stands in."""
    written = candidate["bare"]
    for opening, closing in _OPENED.items():
        if before.endswith(opening):
            written = written.partition(closing)[0]
    first_slash = candidate.end("authority") - candidate.start()
    if candidate["authority"].isascii() and _BEGINS_UNSPACED.match(written, first_slash):
        written = written[: first_slash + 1]
    if slug := _SLUG.match(written):
        written = slug[0]
    return _without_open_brackets(written)


def _without_open_brackets(written: str) -> str:
    """*written* up to the first bracket that has no partner in it."""
    end = len(written)
    opened: list[int] = []
    for bracket in _BRACKET.finditer(written):
        if (partner := _PAIRS.get(bracket[0])) is None:
            opened.append(bracket.start())
        elif opened and written[opened[-1]] == partner:
            opened.pop()
        else:
            end = bracket.start()
            break
    return written[: opened[0] if opened else end]


def _without_ending(written: str, ending: re.Pattern[str]) -> str:
    trimmed = ending.match(written[::-1])
    return written[: len(written) - (trimmed.end() if trimmed else 0)]


def _is_emphasis_open(before: str) -> bool:
    """Whether `_` began an emphasis in the line before a link: many an address ends in one."""
    line = before.rpartition("\n")[2]
    outside, mark, inside = line.rpartition("_")
    return bool(mark) and not outside[-1:].isalnum() and not inside[:1].isspace()


def _without_code(text: str) -> str:
    """*text* with blanks for its code spans and fences, all else in its place.

    By https://spec.commonmark.org/0.31.2/#code-spans and #fenced-code-blocks, as chats have them: a
    fence may begin and end within a line. Tildes must be closed: they are often but ornament.
    """
    for parts in (_backtick_code, _tilde_code):
        pieces: list[str] = []
        edge = 0
        for start, end in parts(text):
            pieces += (text[edge:start], " " * (end - start))
            edge = end
        text = "".join((*pieces, text[edge:]))
    return text


def _backtick_code(text: str) -> Iterator[tuple[int, int]]:
    runs = list(_BACKTICKS.finditer(text))
    edge = 0
    for run, closing in zip(runs, _closings(runs), strict=True):
        start, is_fence = run.start(), len(run[0]) >= _FENCE
        if start < edge or text[start - 1 : start] == "\\":
            continue
        if closing is None:
            edge = len(text) if is_fence and _begins_line(text, start) else edge
        elif is_fence or not _BLANK_LINE.search(text, run.end(), closing.start()):
            edge = closing.end()
        if edge > start:
            yield start, edge


def _closings(runs: list[re.Match[str]]) -> list[re.Match[str] | None]:
    """For each run of backticks the next one of its length."""
    nearest: dict[int, re.Match[str]] = {}
    closings = []
    for run in reversed(runs):
        closings.append(nearest.get(len(run[0])))
        nearest[len(run[0])] = run
    return closings[::-1]


def _begins_line(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, start) + 1 : start].strip(" >")


def _tilde_code(text: str) -> Iterator[tuple[int, int]]:
    opening = None
    for run in _TILDES.finditer(text):
        if opening is None:
            opening = run
        elif len(run[1]) >= len(opening[1]) and not run[2].strip():
            yield opening.start(), run.end()
            opening = None
