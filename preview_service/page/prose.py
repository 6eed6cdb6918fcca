"""Blocks of a page's text → the first sentences of prose among them, or nothing.

A page that declares no description still has one, if it is about something: what stands first where
most is said. Labels, lists of links and what every page says, of cookies or rights, are no prose.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from preview_service.page.text import clean, cut

MAX_CHARS = 500
ENOUGH_CHARS = 200

# What is shorter is a label; a character that is a word counts as several.
_MIN_CHARS = 60
_CHARS_PER_IDEOGRAPH = 2.5
_MAX_LINKED = 0.3
_MIN_LETTERS = 0.6
_MAX_NOTICE_CHARS = 1000
# Of several places with prose, the first is taken that has so much of what the richest has.
_COMPARABLE = 0.25
# What is no paragraph of HTML may be one all the same; it counts less.
_UNMARKED = 0.5

# How a notice, a form or a footer begins, and goes on, in the languages in which they were met;
# by the word without which there is none of them.
_NOTICES = {
    "cookie": (
        (
            r"\bwe|\bsite|\bwebsite|\bpage|\bby",
            r" (?:\w+ )?(?:us(?:e|es|ing)|stores?|sets?) (?:\S+ ){0,3}cookies",
        ),
        ("use of|usage of|using of|accept|accepting|enable|allow", " (?:all )?cookies"),
        ("require|requires", " cookies"),
        ("module|dụng", " cookie"),
        ("cookie|cookies", " (?:(?:te )?gebruik|policy|settings|notice|preferences|consent)"),
        ("cookies", r" (?:erleichtern|helfen|help|on (?:this|our|your)\b)"),
        ("verwende", r"[nt] (?:\S+ ){0,3}cookies"),
        ("nutzt|nutzen|setzt|setzen|einsatz von|verwendung von", r" (?:\S+ ){0,3}cookies"),
        ("utilis|dépos|accept|gebruik", r"\w* (?:\S+ ){0,3}cookies"),
        ("usa|uso|utiliz|emple|folose|používa|stosuj", r"\w* (?:\S+ ){0,3}cookie"),
        ("soubor|plik", r"\w+ cookie"),
        ("файл", r"\w* cookie"),
        ("använder|bruker|brukr", r" (?:\S+ ){0,2}cookies"),
        ("χρησιμοποι", r"\w+ (?:\S+ ){0,2}cookies"),
        ("cookie", " ?を"),
        ("使用", " ?cookie"),
    ),
    "javascript": (
        ("javascript", " (?:is|must|to be|seems|aktiv|désactiv|desactiv|disabilit|отключ)"),
        (
            "javascript",
            r" (?:\S+ ){0,3}(?:enabled|disabled|off|aktiviert|deaktiviert|activado|activé)",
        ),
        ("enable|activate|allow|turn on|require|requires|without", r" (?:\S+ ){0,3}javascript"),
        ("aktivier|activ|habilit|abilit|включит", r"\w+ (?:\S+ ){0,3}javascript"),
    ),
    "": (
        (r"\bour", r" (?:[\d(),.]+ )?(?:trusted )?partners\b"),
        ("wir und unsere", r" (?:\S+ )?partner"),
        ("nos", r" (?:\S+ )?partenaires"),
        ("nuestros", r" (?:\S+ )?socios"),
        ("we value your privacy|クッキーを|쿠키를|çerez|ใช้คุกกี้|ยอมรับคุกกี้|ملفات تعريف الارتباط", ""),
        ("informasjonskapsler|sütiket|evästei|slapukus|sīkdatnes|sīkdatņu", ""),
        ("använder|bruker|brukr", r" (?:\S+ ){0,2}kakor"),
        ("korzysta|stosuj|używa|wykorzyst", r"\w* (?:\S+ ){0,3}ciastecz"),
        ("korist", r"\w* (?:\S+ ){0,3}kolačić"),
        ("uporablja", r"\w* (?:\S+ ){0,3}piškot"),
        ("използва", r"\w* (?:\S+ ){0,3}бисквитк"),
        ("kasuta", r"\w* (?:\S+ )?küpsis"),
        ("using an ad", "[ -]?blocker"),
        (r"disabl\w+|turn off", " (?:your |the )?ad[ -]?block"),
        ("mailing list|to your inbox|click here|lorem ipsum|powered by|follow us|abonnez", ""),
        ("app store and", " (?:on )?google play"),
        ("download our", r" (?:\w+ )?app\b"),
        ("your|outdated|modern", " (?:web ?)?browser"),
        (r"internet explorer|votre navigateur|\bnewsletter|\badvertisement\b|suscríb", ""),
        ("subscribe", " (?:to|now|for|today)"),
        ("sign up", " (?:for|to|now)"),
        ("all rights reserved|alle rechte vorbehalten|tous droits réservés|tutti i diritti", ""),
        ("todos", " (?:los derechos|os direitos)"),
        (r"все права защищены|版权所有|©|\bcopyright\b", ""),
        (r"\(c\)", r" ?\d{4}"),
        ("privacy", " (?:policy|notice)"),
        ("terms", " (?:of|and) (?:use|service|conditions)"),
        ("datenschutzerkl|politique de confidentialité|política de privacidad", ""),
        ("mentions légales|will not be published|post a comment", ""),
        ("leave a", " (?:comment|reply)"),
        ("share", " (?:this|on)"),
        ("log|sign", " ?in (?:to|with|or)"),
        ("please", " (?:wait|try again|log|sign|enter|select|click)"),
        (r"\{\{|\}\}", ""),
        ("function", r" ?\("),
        ("skip to", " (?:main|content)"),
    ),
}


def _grouped(rows: Iterable[tuple[str, str]]) -> str:
    """The rows as alternatives by their first character.

    At each character of a text `re` tries one alternative after another: the fewer, the better.
    """
    groups: dict[str, list[str]] = {}
    for beginnings, rest in rows:
        for beginning in beginnings.split("|"):
            inner = beginning.removeprefix(r"\b")
            first = inner[:2] if inner.startswith("\\") else inner[0]
            bound = rf"(?<=\b{first})" if inner != beginning else ""
            groups.setdefault(first, []).append(bound + inner.removeprefix(first) + rest)
    return "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in groups.items())


# In lower case: to ignore it costs `re` several times as much.
_BOILERPLATE = [(word, re.compile(_grouped(rows))) for word, rows in _NOTICES.items()]
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？]|[।؟](?=\s|$)")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LETTERS = re.compile(r"[^\W\d_]+")


class Block(NamedTuple):
    """A run of text that a browser sets apart; `linked` of its characters are links.

    `is_main`: in what the page marks as its main content. Those of one `group` stand side by side.
    """

    text: str
    linked: int
    is_main: bool
    is_paragraph: bool
    group: int


def first_prose(blocks: list[Block]) -> str | None:
    """One line of at most `MAX_CHARS`, cut behind a sentence or a word."""
    main = [block for block in blocks if block.is_main and _is_prose(block)]
    groups: dict[int, list[Block]] = {}
    for block in main or filter(_is_prose, blocks):
        groups.setdefault(block.group, []).append(block)
    if not groups:
        return None
    enough = max(map(_worth, groups.values())) * _COMPARABLE
    first = next(group for group in groups.values() if _worth(group) >= enough)
    return _shortened(_joined(first)) or None


def _worth(group: list[Block]) -> float:
    return sum(len(block.text) * (1 if block.is_paragraph else _UNMARKED) for block in group)


def is_boilerplate(text: str) -> bool:
    """Whether *text* says what pages of any subject say."""
    text = text[:_MAX_NOTICE_CHARS].lower()
    return any(word in text and notices.search(text) for word, notices in _BOILERPLATE)


def _is_prose(block: Block) -> bool:
    text, length = block.text, len(block.text)
    return (
        _weight(text) >= _MIN_CHARS
        and block.linked <= length * _MAX_LINKED
        and _SENTENCE_END.search(text) is not None
        and sum(map(len, _LETTERS.findall(text))) >= length * _MIN_LETTERS
        and not is_boilerplate(text)
    )


def _weight(text: str) -> float:
    """Code points, as many as it would take to say the same in letters."""
    ideographs = 0 if text.isascii() else len(_IDEOGRAPH.findall(text))
    return len(text) + ideographs * (_CHARS_PER_IDEOGRAPH - 1)


def _joined(group: list[Block]) -> str:
    joined = ""
    for block in group:
        joined = f"{joined} {block.text}"
        if _weight(joined) >= ENOUGH_CHARS:
            break
    return clean(joined, MAX_CHARS * 2)


def _shortened(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, MAX_CHARS)]
    if ends and _weight(text[: ends[-1]]) >= ENOUGH_CHARS:
        return text[: ends[-1]]
    words = text[: MAX_CHARS - 1].rpartition(" ")[0]
    return f"{cut(words or text, MAX_CHARS - 1)}…"
