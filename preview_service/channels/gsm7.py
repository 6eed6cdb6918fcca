"""Text → the 7-bit alphabet of SMS: what is in it, what it costs, what can stand in for the rest.

3GPP TS 23.038 §6.2.1 (https://www.3gpp.org/dynareport/23038.htm). One character outside the
alphabet turns the whole message into UCS-2 and more than halves what fits into a segment.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")
ALPHABET: Final = BASIC | EXTENSION

# What compatibility decomposition does not turn into the alphabet, or into its opposite (≠).
_STAND_INS: Final[Mapping[str, str]] = {
    **dict.fromkeys("‘’‚‛′`´ʼʻ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−•·∙", "-"),
    "‹": "<",
    "›": ">",
    "⁄": "/",
    "×": "x",
    "±": "+/-",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "©": "(c)",
    "®": "(R)",
    "µ": "u",
    "ı": "i",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "œ": "oe",
    "Œ": "OE",
    "ẞ": "SS",
}


def is_gsm7(text: str) -> bool:
    """Whether *text* can be sent without falling back to UCS-2."""
    return ALPHABET.issuperset(text)


def septets(text: str) -> int:
    """The length of *text*, all of it in the alphabet; an extension character needs an escape."""
    return len(text) + sum(map(text.count, EXTENSION))


def transliterate(text: str) -> str | None:
    """*text* in the alphabet, or None where a letter or digit has no counterpart there.

    Typography and accents are simplified and symbols such as emoji left out; a title in another
    script is not, for nothing readable would be left of it.
    """
    if is_gsm7(text):
        return text
    spelled = [_spell(char) for char in unicodedata.normalize("NFC", text)]
    if None in spelled:
        return None
    return " ".join("".join(filter(None, spelled)).split()) or None


def _spell(char: str) -> str | None:
    if char in ALPHABET:
        return char
    if char in _STAND_INS:
        return _STAND_INS[char]
    parts = unicodedata.normalize("NFKD", char)
    if parts != char:
        spelled = [_spell(part) for part in parts]
        # 42½ is not 421/2.
        before = " " if "⁄" in parts else ""
        return None if None in spelled else before + "".join(filter(None, spelled))
    return None if char.isalnum() else ""
