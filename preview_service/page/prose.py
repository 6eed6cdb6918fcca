"""Blocks of a page's text → the first sentences of prose among them, or nothing.

A page that declares no description still has one, if it is about something: what stands first where
most is said. Labels, lists of links and what every page says, of cookies or rights, are no prose.
"""

import re
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

# A notice's, a form's or a footer's words in the languages in which they were met.
_NOTICES = (
    r"\b(?:we|site|website|page|by) (?:\w+ )?(?:us(?:e|es|ing)|stores?|sets?) (?:\S+ ){0,3}cookies",
    r"\bour (?:[\d(),.]+ )?(?:trusted )?partners\b|wir und unsere (?:\S+ )?partner",
    r"nos (?:\S+ )?partenaires|nuestros (?:\S+ )?socios|we value your privacy",
    r"requires? cookies|cookies (?:erleichtern|helfen|help)",
    r"(?:us(?:e|age|ing) of|accept(?:ing)?|enable|allow) (?:all )?cookies",
    r"cookies? (?:policy|settings|notice|preferences|consent)|cookies on (?:this|our|your)\b",
    r"(?:verwende[nt]|nutz(?:t|en)|setz(?:t|en)|(?:einsatz|verwendung) von) (?:\S+ ){0,3}cookies",
    r"(?:utilis|dépos|accept)\w* (?:\S+ ){0,3}cookies",
    r"(?:usa|uso|utiliz|emple)\w* (?:\S+ ){0,3}cookies?",
    r"gebruik\w* (?:\S+ ){0,3}cookies|cookies? (?:te )?gebruik|sütiket|soubor\w+ cookie",
    r"plik\w+ cookie|файл\w* cookie|cookie ?を|クッキーを|使用 ?cookie|쿠키를|çerez|module cookie",
    r"informasjonskapsler|(?:använder|bruke?r) (?:\S+ ){0,2}(?:cookies|kakor)|evästei",
    r"(?:korzysta|stosuj|używa|wykorzyst)\w* (?:\S+ ){0,3}ciastecz|korist\w* (?:\S+ ){0,3}kolačić",
    r"uporablja\w* (?:\S+ ){0,3}piškot|използва\w* (?:\S+ ){0,3}бисквитк|kasuta\w* (?:\S+ )?küpsis",
    r"(?:folose|používa|stosuj)\w* (?:\S+ ){0,3}cookie|slapukus|sīkdat(?:nes|ņu)",
    r"χρησιμοποι\w+ (?:\S+ ){0,2}cookies|ملفات تعريف الارتباط|(?:ใช้|ยอมรับ)คุกกี้|(?:sử )?dụng cookie",
    r"using an ad[ -]?blocker|(?:disabl\w+|turn off) (?:your |the )?ad[ -]?block",
    r"mailing list|to your inbox|app store and (?:on )?google play|download our (?:\w+ )?app\b",
    r"javascript (?:is|must|to be|seems|aktiv|désactiv|desactiv|disabilit|отключ)",
    r"(?:enable|activate|allow|turn on|requires?|without) (?:\S+ ){0,3}javascript",
    r"(?:aktivier\w+|activ\w+|habilit\w+|abilit\w+|включит\w+) (?:\S+ ){0,3}javascript",
    r"javascript(?: \S+){0,3} (?:enabled|disabled|off|aktiviert|deaktiviert|activado|activé)",
    r"(?:your|outdated|modern) (?:web ?)?browser|internet explorer|votre navigateur",
    r"\bnewsletter|subscribe (?:to|now|for|today)|sign up (?:for|to|now)|abonnez|suscríb",
    r"all rights reserved|alle rechte vorbehalten|tous droits réservés|tutti i diritti",
    r"todos (?:los derechos|os direitos)|все права защищены|版权所有|©|\bcopyright\b|\(c\) ?\d{4}",
    r"privacy (?:policy|notice)|terms (?:of|and) (?:use|service|conditions)|datenschutzerkl",
    r"politique de confidentialité|política de privacidad|mentions légales|powered by|follow us",
    r"will not be published|leave a (?:comment|reply)|post a comment|share (?:this|on)",
    r"(?:log|sign) ?in (?:to|with|or)|please (?:wait|try again|log|sign|enter|select|click)",
    r"click here|\badvertisement\b|lorem ipsum|\{\{|\}\}|function ?\(|skip to (?:main|content)",
)
_BOILERPLATE = re.compile("|".join(_NOTICES), re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？]|[।؟](?=\s|$)")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")


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
    prose = [block for block in blocks if _is_prose(block)]
    groups: dict[int, list[Block]] = {}
    for block in [block for block in prose if block.is_main] or prose:
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
    return _BOILERPLATE.search(text, 0, _MAX_NOTICE_CHARS) is not None


def _is_prose(block: Block) -> bool:
    text, length = block.text, len(block.text)
    return (
        _weight(text) >= _MIN_CHARS
        and block.linked <= length * _MAX_LINKED
        and len(_LETTER.findall(text)) >= length * _MIN_LETTERS
        and _SENTENCE_END.search(text) is not None
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
