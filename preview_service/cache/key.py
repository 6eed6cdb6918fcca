"""An address and a language → the key that its outcome is kept under; pure.

A caller's tag (BCP 47, https://www.rfc-editor.org/info/bcp47) is reduced to what sites tell apart:
the language, and for Chinese the script. Callers with regions of one language share an entry.
"""

import re
from typing import Final

from preview_service.errors import BadRequest

DEFAULT_LANGUAGE: Final = "en"
"""What is asked for when nobody says; its entries are those without a language."""

MAX_TAG_CHARS: Final = 64

# No address and no language has one.
_BESIDE: Final = "\x1f"

# https://www.rfc-editor.org/rfc/rfc5646#section-2.1, but for tags that are private or irregular:
# no server knows them.
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(-[a-z]{3}){0,3}(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
# Where Chinese is written in traditional characters unless it says otherwise (CLDR likelySubtags).
_TRADITIONAL: Final = frozenset({"tw", "hk", "mo"})


def bucket(tag: str | None) -> str:
    """The language that *tag* is asked and kept under, "" for the default; raise `BadRequest`."""
    if tag is None:
        return ""
    found = _TAG.fullmatch(tag) if len(tag) <= MAX_TAG_CHARS else None
    if found is None:
        raise BadRequest("lang must be a BCP 47 language tag, such as de or pt-BR")
    language = found["language"].lower()
    if language == DEFAULT_LANGUAGE:
        return ""
    if language != "zh":
        return language
    script, region = (found[part] or "" for part in ("script", "region"))
    is_traditional = script.lower() == "hant" or (not script and region.lower() in _TRADITIONAL)
    return "zh-Hant" if is_traditional else "zh-Hans"


def language_headers(language: str) -> dict[str, str]:
    """What asks a server for a *language* of `bucket`; nothing for the default."""
    return {"accept-language": f"{language},en;q=0.5,*;q=0.3"} if language else {}


def key_of(address: str, language: str = "") -> str:
    """The key of *address*, a `Url.key`: it has no fragment, so that nothing is mistaken."""
    return f"{address}#{language}" if language else address


def beside(key: str, name: str) -> str:
    """The key of what was made of the entry at *key*, and is of no use without it."""
    return f"{key}{_BESIDE}{name}"


def is_own(key: str) -> bool:
    """Whether what stands at *key* is of use by itself."""
    return _BESIDE not in key


def address_of(key: str) -> str:
    """The address that *key* is for, in whatever language."""
    return key.partition(_BESIDE)[0].partition("#")[0]


def language_of(key: str) -> str:
    return key.partition(_BESIDE)[0].partition("#")[2]
