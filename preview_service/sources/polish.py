"""Metadata as declared → as a card shows it, each changed claim with what the page had.

What pages do to their own values on the way is undone where it is certain: text encoded twice
(https://html.spec.whatwg.org/multipage/syntax.html#character-references, and UTF-8 read as
https://encoding.spec.whatwg.org/#windows-1252), markup in plain text, the site's name at an end of
the title, a template's hole that nobody filled. What may have been meant is left alone.
"""

import re
from collections.abc import Callable

import msgspec

from preview_service.model import Claim, Field, Metadata
from preview_service.page.addresses import is_home
from preview_service.page.references import resolve_value
from preview_service.page.text import clean
from preview_service.page.wording import is_placeholder
from preview_service.sources.base import MAX_TEXT_CHARS

_UNKNOWN = "https://unknown.invalid/page"
_MAX_ESCAPES = 3
_MAX_REPEATS = 3
_MAX_TAGS = 500
_MAX_SEPARATOR = 8

_TEXTS = (Field.SITE_NAME, Field.TITLE, Field.DESCRIPTION, Field.AUTHOR)

# A text about these may have them on purpose.
_ABOUT_ENCODING = re.compile(
    r"\b(?:ampersands?|charsets?|character (?:entit|reference)\w+|encod\w+|html5?|markup|mojibake"
    r"|unicode|utf-?8|xml)\b",
    re.IGNORECASE,
)
_ABOUT_TAGS = re.compile(r"\b(?:elements?|html5?|markup|tags?|xml|xss)\b", re.IGNORECASE)

_NOT_A_REFERENCE = re.compile(
    r"&(?!(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)", re.IGNORECASE
)

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,9})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE = re.compile(
    "a|abbr|b|big|cite|code|del|em|font|i|ins|mark|q|s|small|span|strike|strong|su[bp]|tt|u|wbr"
)
_BLOCK = re.compile("blockquote|br|center|div|h[1-6]|hr|img|li|ol|p|section|ul")
# Those whose end may be left out: https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
_OPEN_ENDED = frozenset({"br", "hr", "img", "li", "p", "wbr"})

# UTF-8 read as windows-1252, where it cannot be a text's own: a capital with a sign after it within
# a word, "CafÃ©", or at the start of one, "Ãœber", and punctuation, "Itâ€™s". Not "CAFÉ’S", "Spaß…"
# or "NESCAFÉ®", though their bytes are UTF-8 too.
_SIGN = "[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¡-¿]"
_MOJIBAKE = re.compile(
    rf"[a-z][ÂÃÄÅ]{_SIGN}|(?<![^\W_])Ã{_SIGN}[a-z]|(?<![^\W_])Â[¡-¿]|â€{_SIGN}|â‚¬|â„¢"
    rf"|(?:[ÎÏÐÑ×ØÙ]{_SIGN}){{3}}|(?:[ã-í]{_SIGN}{{2}}){{2}}"
)

# Scripts in which a title is many words and no spaces.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_BAR = "[|｜│·•∙⋅»«›‹]+"
_BEFORE_SITE = re.compile(
    rf"(?:\s*{_BAR}|\s+[-–—:：/~]+|[–—]\s|(?<={_UNSPACED.pattern})[-_—]+)\s*\Z"
)
_AFTER_SITE = re.compile(rf"\A(?:\s*{_BAR}|\s+[-–—]+\s|\s*[:：]+(?=\s)|[–—]\s)\s*")


def polish(metadata: Metadata) -> Metadata:
    """*metadata* with the winning claims of words made fit to be shown.

    A changed claim has its former value as `raw`. A placeholder gives way to the next claim; only a
    title that has none other stays, for the verdict to see.
    """
    claims = dict(metadata.claims)
    for field in _TEXTS:
        found = claims.get(field)
        if found:
            kept = _filled(found)
            if kept or field is not Field.TITLE:
                found = kept
            claims[field] = found and (_changed(found[0], mended(found[0].value)), *found[1:])
    site, titles = claims.get(Field.SITE_NAME), claims.get(Field.TITLE)
    # A home page is about the site.
    if site and titles and not is_home(metadata.value(Field.CANONICAL) or _UNKNOWN):
        title = without_site(titles[0].value, site[0].value)
        claims[Field.TITLE] = (_changed(titles[0], title), *titles[1:])
    return Metadata(claims={field: found for field, found in claims.items() if found})


def mended(text: str) -> str:
    """*text* as its author wrote it, if it was encoded once too often on the way."""
    if text.isascii() and "&" not in text and "<" not in text:
        return text
    if "<" in text and "&lt;" in text:
        return text  # by somebody who knows the difference
    better = text
    for mend in _MENDS:
        better = mend(better)
    return text if better is text else clean(better, MAX_TEXT_CHARS) or text


def without_site(title: str, site: str) -> str:
    """*title* without the *site*'s name at its end or its beginning, if enough is left to say."""
    shorter = title
    for _ in range(_MAX_REPEATS):
        shorter = _less(shorter, site)
    is_enough = " " in shorter or _UNSPACED.search(shorter) or _is_alike(shorter, site)
    return shorter if is_enough else title


def _less(title: str, site: str) -> str:
    length = len(site)
    if not site or len(title) <= length:
        return title
    if _is_alike(title[-length:], site):
        rest = title[:-length]
        separator = _BEFORE_SITE.search(rest, max(0, len(rest) - _MAX_SEPARATOR))
        if separator and separator.start():
            return rest[: separator.start()]
    if _is_alike(title[:length], site):
        separator = _AFTER_SITE.search(title[length:])
        if separator and separator.end() < len(title) - length:
            return title[length + separator.end() :]
    return title


def _is_alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _filled(found: tuple[Claim, ...]) -> tuple[Claim, ...]:
    return (
        found
        if not is_placeholder(found[0].value)
        else tuple(claim for claim in found if not is_placeholder(claim.value))
    )


def _changed(claim: Claim, value: str) -> Claim:
    if value == claim.value:
        return claim
    raw = claim.raw or claim.value
    return msgspec.structs.replace(claim, value=clean(value, MAX_TEXT_CHARS), raw=raw)


def _redecoded(text: str) -> str:
    if text.isascii():
        return text
    try:
        redecoded = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
    is_certain = _MOJIBAKE.search(text) and not _ABOUT_ENCODING.search(text)
    return redecoded if is_certain else text


def _unescaped(text: str) -> str:
    """As often as it was escaped, if each ampersand is a reference's and the text not about it."""
    for _ in range(_MAX_ESCAPES):
        if "&" not in text or _NOT_A_REFERENCE.search(text) or _ABOUT_ENCODING.search(text):
            break
        text = resolve_value(text)
    return text


def _without_markup(text: str) -> str:
    """The words of well-formed markup; "a < b" and a lone "<b>" are words themselves."""
    if "<" not in text or not _is_markup(text) or _ABOUT_TAGS.search(_TAG.sub("", text)):
        return text
    return _TAG.sub(lambda tag: "" if _INLINE.fullmatch(tag[2].lower()) else " ", text)


def _is_markup(text: str) -> bool:
    open_tags: list[str] = []
    count = text.count("<")
    if count > _MAX_TAGS or count != sum(1 for _ in _TAG.finditer(text)):
        return False
    for tag in _TAG.finditer(text):
        is_end, name = bool(tag[1]), tag[2].lower()
        if not (_INLINE.fullmatch(name) or _BLOCK.fullmatch(name)):
            return False
        if not is_end:
            open_tags.append(name)
            continue
        while open_tags and open_tags[-1] != name and open_tags[-1] in _OPEN_ENDED:
            open_tags.pop()
        if not open_tags or open_tags.pop() != name:
            return False
    return _OPEN_ENDED.issuperset(open_tags)


_MENDS: tuple[Callable[[str], str], ...] = (_redecoded, _unescaped, _without_markup)
