"""A URL → the reason why merely fetching it may do something or use something up, or None.

A GET ought to be safe (https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1), yet links in mails
and chats unsubscribe, confirm, log in and accept. Two signs together prove it: a path segment that
is wholly an action's name, and a secret made for one person. Few need but one: a logout does its
work for anybody, a signature is for whoever was given the link. What only has such words in a
title (`/how-to-reset-your-password`), or only a token (`?token=` of a shared page), is a page.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote

import msgspec

from preview_service.urls.normalize import Url
from preview_service.urls.side_effect_rules import ACTIONS, SIGNATURES, Proof


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Where people read about actions, and keep titles as ids: only a secret by name counts.
_READING: Final = re.compile(
    r"/(?:docs?|documentation|apidocs|reference|manual|guides?|tutorials?|learn|faqs?|help|kb|hc"
    r"|knowledge(?:base)?|wiki|blog|news|articles?|artikel|story|stories|posts?|questions?|topics?"
    r"|tags?|category|categories|glossary|dictionary|search|blob|tree|commits?|raw|src|packages?"
    r"|products?|produkte?|produits?|dp|items?|watch|videos?|movies?)/"
)
# What is verified there is shown to whoever asks, as often as they like.
_CERTIFICATE: Final = re.compile(
    r"/(?:cert|certs|certificates?|certifications?|credentials?|badges?|diplomas?|zertifikate?"
    r"|accomplishments|transparency|license|licence)/"
)

_ACTION_PARAMETERS: Final = _words("action act do cmd op task fnc mode method operation endpoint p")
_LOOKS: Final = _words(
    "lang language hl locale l lc country region hslang page tab ref source src from view theme"
    " format sort order q query s search version v redirect next return returnto returnurl"
    " continue back print amp"
)
_ANSWERS: Final = _words(
    "score rating rate answer answers choice vote option response value nps intention how dir"
    " direction satisfaction antwort reponse respuesta resposta risposta"
)
_SECRETS: Final = _words(
    "token tok key code hash sig signature otp ticket secret auth jwt hmac checksum pin"
)
# They are random, and for whoever begins to log in.
_NO_SECRETS: Final = _words(
    "state nonce clientid redirecturi codechallenge requestid sessionid scope csrftoken"
)
_MIN_SECRET: Final = 6
_MIN_RANDOM: Final = 16
# Of random letters and digits nearly half are followed by another kind, of titles hardly any.
_KINDS_CHANGE: Final = re.compile(r"(?=[a-z][A-Z0-9]|[A-Z][0-9]|[0-9][A-Za-z])")
_MIN_CHANGES: Final = 0.2
_RANDOM: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_.~+=:|!-]+")
# "http" in base64: where a visitor came from, and to nobody a secret.
_ADDRESS: Final = "aHR0c"
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_FILE_ENDING: Final = re.compile(
    r"\.(?:php|aspx?|ashx|html?|jsp|do|cgi|action|pl|py|cfm)\Z", re.IGNORECASE
)
_SEPARATORS: Final = re.compile(r"[-_.+\s]")


class _Request(msgspec.Struct, frozen=True, gc=False):
    """An address as the rules see it: `path` is `/a/b/` of plain segments and then of actions."""

    path: str
    segments: list[str]
    parameters: list[tuple[str, str]]


def side_effect(url: Url) -> str | None:
    """The name of the rule by which *url* must not be fetched just to be looked at, or None."""
    return _side_effect(url.key)


# An address is judged when it is asked for and when it is fetched, at 25 µs.
@lru_cache(maxsize=256)
def _side_effect(address: str) -> str | None:
    request = _read(address)
    given = {name for name, _ in request.parameters}
    for signature in SIGNATURES:
        if all(given & names for names in _NAMES[signature.name]) and (
            not signature.is_random or any(_is_random(value) for _, value in request.parameters)
        ):
            return signature.name
    if _CERTIFICATE.search(request.path):
        return None
    for action in ACTIONS:
        found = _PATTERNS[action.name].search(request.path)
        if found and _is_proved(action.proof, request, found):
            return action.name
    return None


def _read(address: str) -> _Request:
    path, _, query = address.split("/", 3)[3].partition("?")
    segments = [unquote(segment) for segment in path.split("/") if segment]
    pairs = parse_qsl(query, keep_blank_values=True)
    # Of `?8c1f` the name is all there is.
    parameters = [(_plain(name), value) if value else ("", name) for name, value in pairs]
    actions = [value for name, value in parameters if name in _ACTION_PARAMETERS]
    plain = map(_plain, (*segments, *actions))
    return _Request(
        path="/" + "".join(f"{name}/" for name in plain), segments=segments, parameters=parameters
    )


def _plain(name: str) -> str:
    """*name* without what differs between sites: case, accents, separators, a file's ending."""
    bare = unicodedata.normalize("NFKD", _FILE_ENDING.sub("", name))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return _SEPARATORS.sub("", letters).casefold()


def _is_proved(proof: Proof, request: _Request, found: re.Match[str]) -> bool:
    if any(_is_named_secret(name, value) for name, value in request.parameters):
        return True
    if _READING.search(request.path, 0, found.start() + 1):
        return False
    match proof:
        case Proof.NOTHING:
            return found.end() == len(request.path)
        case Proof.OBJECT:
            return _has_object(request, request.path[found.end() :])
        case Proof.ANSWER:
            return any(name in _ANSWERS for name, _ in request.parameters)
        case Proof.SECRET:
            return _has_random(request)


def _has_object(request: _Request, behind: str) -> bool:
    return any(letter.isdigit() or letter == "@" for letter in behind) or any(
        name not in _LOOKS | _ACTION_PARAMETERS and _plain(value) not in _LOOKS
        for name, value in request.parameters
    )


def _has_random(request: _Request) -> bool:
    values = (value for name, value in request.parameters if name not in _NO_SECRETS)
    return any(map(_is_random, (*request.segments, *values)))


def _is_named_secret(name: str, value: str) -> bool:
    if name in _NO_SECRETS or not (name in _SECRETS or name.endswith("token")):
        return False
    return len(value) >= _MIN_SECRET and (
        len(value) >= _MIN_RANDOM or any(letter.isdigit() for letter in value)
    )


def _is_random(text: str) -> bool:
    """Whether *text* looks drawn, not written: a UUID, or letters and digits without order."""
    if _UUID.fullmatch(text):
        return True
    if len(text) < _MIN_RANDOM or text.startswith(_ADDRESS) or not _RANDOM.fullmatch(text):
        return False
    signs = sum(letter.isalnum() for letter in text)
    return len(_KINDS_CHANGE.findall(text)) >= _MIN_CHANGES * signs


def _alternatives(words: Iterable[str]) -> str:
    return "|".join("/".join(map(_plain, word.split("/"))) for word in words)


_NAMES: Final = {
    signature.name: [frozenset(names.split("|")) for names in signature.parameters.split()]
    for signature in SIGNATURES
}
_PATTERNS: Final = {
    action.name: re.compile(f"/(?:{_alternatives(action.words.split())})/") for action in ACTIONS
}
