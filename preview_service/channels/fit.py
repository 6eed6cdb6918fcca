"""Preview + what a channel takes → a message, or words, within its limits; each act is listed.

The only place that cuts text: at a word's end if one is near, never inside a grapheme
(https://www.unicode.org/reports/tr29/), never in what a renderer escapes, never in a URL.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from preview_service.channels.base import Card, Limit, Message, MessageLimit, Method
from preview_service.channels.gsm7 import is_gsm7, transliterate
from preview_service.channels.pictures import fit_picture
from preview_service.channels.units import Unit, grapheme_ends
from preview_service.model import FitAction, Preview

Actions = tuple[FitAction, ...]

# Fewer characters of a title than these say nothing: the link goes alone.
_LEAST_TITLE: Final = 10

# Controls, bidi marks and lone surrogates; joiners stay, emoji and Persian are made with them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_LOOSE_ENDS: Final = " ,;:.-–—|/·…"

# What a message is relieved of, in turn, that is too large as a whole.
_DISPENSABLE: Final = ("description", "site_name", "image", "title")
_LAST_BMP: Final = "\uffff"
_REMEMBERED: Final = 64
_REMEMBERED_CHARS: Final = 2000


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A card that fits, as *message*; `done` is what it took. Without a message it does not fit."""

    done: Actions
    card: Card | None = None
    message: Message | None = None


def fit_message(preview: Preview, url: str, method: Method) -> Fitted:
    """*preview* as *method* can carry it; *url* is sent as it is."""
    done: list[FitAction] = []
    card = _fit_card(preview, url, method, done)
    if card is None:
        return Fitted(done=tuple(done))
    message = method.render(card)
    for whole in method.wholes:
        while not whole.limit.allows(whole.read(message)):
            smaller = _smaller(card, whole, method, done)
            if smaller is None:
                done.append(_act("url", "refused", whole.limit, whole.read(message), whole.name))
                return Fitted(done=tuple(done))
            card, message = smaller, method.render(smaller)
    return Fitted(done=tuple(done), card=card, message=message)


def fit_text(title: str | None, url: str, limits: tuple[Limit, ...]) -> tuple[str, Actions]:
    """The link in words: title, newline, URL within one of *limits*, else the URL alone.

    The title gives way, first in its spelling where a limit is one of an alphabet, then in length.
    The URL stays whole even where it is too long by itself.
    """
    line = one_line(title)
    if line is None:
        return url, ()
    whole = f"{line}\n{url}"
    if any(limit.allows(whole) for limit in limits):
        return whole, ()
    for limit in limits:
        spelled = _spell(line, url, limit.unit)
        if spelled:
            text, done = _shorten(spelled, url, limit)
            if spelled != line:
                done = (_act("title", "transliterated", limit), *done)
            return text, done
    return url, (FitAction(field="title", action="dropped", because="alphabet"),)


def split_text(text: str, limit: Limit, whole: Sequence[tuple[int, int]] = ()) -> Iterator[str]:
    """*text* in pieces within *limit* that together are *text*, cut behind a space if one is near.

    Nothing is cut within the offsets of *whole*, as of a URL, unless it is too long by itself.
    """
    start = 0
    while not limit.allows(text[start:]):
        head = _head_within(text[start:], limit) or text[start : start + 1]
        end = start + len(head)
        inside = next((first for first, last in whole if start < first < end < last), None)
        space = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1
        if inside is not None:
            end = inside
        elif space > start + len(head) // 2:
            end = space
        yield text[start:end]
        start = end
    if text[start:]:
        yield text[start:]


def one_line(text: str | None) -> str | None:
    """*text* on one line, without what cannot be seen; None if nothing is left."""
    if text is None:
        return None
    return _remembered_line(text) if len(text) <= _REMEMBERED_CHARS else _one_line(text)


def _one_line(text: str) -> str | None:
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
        # Joiners may be left with nothing to join.
        if not any(char != " " and char.isprintable() for char in text):
            return None
    return " ".join(text.split()) or None


# One preview is rendered for many channels, some of them in several ways.
_remembered_line = lru_cache(maxsize=_REMEMBERED)(_one_line)


def cut(text: str, room: int, unit: Unit) -> str:
    """*text*, which is longer, in *room* units with an ellipsis; empty if there is no room."""
    # "…" is outside the SMS alphabet: it would turn the whole message into UCS-2.
    ellipsis = "..." if unit is Unit.SEPTETS else "…"
    head = _head(text, room - unit.length(ellipsis), unit)
    if text[len(head)] != " ":
        word_end = head.rfind(" ")
        if word_end > len(head) // 2:
            head = head[:word_end]
    head = head.rstrip(_LOOSE_ENDS)
    return head + ellipsis if head else ""


def _head(text: str, room: int, unit: Unit) -> str:
    """The longest beginning of *text* that is whole graphemes and at most *room* units."""
    reach = unit.reach(text, room)
    if text[: reach + 1].isascii():
        return text[:reach]
    end = 0
    for behind in grapheme_ends(text):
        if behind > reach:
            break
        end = behind
    return text[:end]


def _head_within(text: str, limit: Limit) -> str:
    """The longest beginning of *text* that is within *limit* as it is written."""
    return _most_within(limit, limit.max, lambda room: _head(text, room, limit.unit))


def _most_within(limit: Limit, room: int, kept_in: Callable[[int], str]) -> str:
    """What *kept_in* keeps in the most room, up to *room*, so that it is within *limit* as written.

    How much an escape adds depends on what is kept, so the room is looked for.
    """
    kept = kept_in(room)
    if limit.length(kept) <= limit.max:
        return kept
    least, most, best = 0, room, ""
    while least + 1 < most:
        room = (least + most) // 2
        kept = kept_in(room)
        if limit.length(kept) <= limit.max:
            least, best = room, kept
        else:
            most = room
    return best


def _fit_card(preview: Preview, url: str, method: Method, done: list[FitAction]) -> Card | None:
    limit = method.limits.get("url")
    if limit is not None and not limit.allows(url):
        if limit.length(url) > limit.max:
            done.append(_act("url", "refused", limit, url))
        else:
            done.append(FitAction(field="url", action="refused", because="not_percent_encoded"))
        return None
    host = preview.host or url
    image = fit_picture(preview.image, method.picture, done) if preview.image else None
    if image is None and method.picture is not None and method.picture.is_required:
        done.append(FitAction(field="image", action="refused", because="required"))
        return None
    alt = _fit_field("alt", image.alt, host, method, done) if image else None
    if image is not None and alt != image.alt:
        image = msgspec.structs.replace(image, alt=alt)
    card = Card(
        url=url,
        host=host,
        title=_required("title", preview.title, host, method, done) or host,
        description=_fit_field("description", preview.description, host, method, done),
        site_name=_fit_field("site_name", preview.site_name, host, method, done),
        kind=preview.kind,
        lang=preview.lang,
        image=image,
    )
    return None if any(act.action == "refused" for act in done) else card


def _fit_field(
    field: str, value: str | None, host: str, method: Method, done: list[FitAction]
) -> str | None:
    limit = method.limits.get(field)
    if limit is not None and limit.required:
        return _required(field, value, host, method, done)
    return _fit_line(field, value, method, done)


def _required(
    field: str, value: str | None, host: str, method: Method, done: list[FitAction]
) -> str | None:
    """*value* as it fits, else the host's name, which is true of any page; None if neither does."""
    line = _fit_line(field, value, method, done)
    if line is not None:
        return line
    done.append(FitAction(field=field, action="filled", because="required"))
    line = _fit_line(field, host, method, done)
    if line is None:
        done.append(FitAction(field=field, action="refused", because="required"))
    return line


def _fit_line(field: str, value: str | None, method: Method, done: list[FitAction]) -> str | None:
    line = one_line(value)
    limit = method.limits.get(field)
    if line is None or limit is None or limit.allows(line):
        return line
    if limit.unit is Unit.SEPTETS:
        spelled = transliterate(line)
        if spelled != line:
            act = "transliterated" if spelled else "dropped"
            done.append(_act(field, act, limit, because="alphabet"))
            if spelled is None or limit.allows(spelled):
                return spelled
            line = spelled
    if limit.bmp_only:
        plain = _in_bmp(line)
        if plain != line:
            done.append(FitAction(field=field, action="cut", because="outside_bmp"))
            if plain is None or limit.allows(plain):
                return plain
            line = plain
    kept = _cut_within(line, limit)
    done.append(_act(field, "cut" if kept else "dropped", limit, line))
    return kept or None


def _cut_within(line: str, limit: Limit) -> str:
    """*line* cut so that it is within *limit* as it is written, escapes and all."""
    room = min(limit.max, limit.unit.length(line))
    return _most_within(limit, room, lambda room: cut(line, room, limit.unit))


def _in_bmp(line: str) -> str | None:
    """*line* without the graphemes that need more than the Basic Multilingual Plane."""
    kept = []
    start = 0
    for end in grapheme_ends(line):
        if max(line[start:end]) <= _LAST_BMP:
            kept.append(line[start:end])
        start = end
    return one_line("".join(kept))


def _smaller(card: Card, whole: MessageLimit, method: Method, done: list[FitAction]) -> Card | None:
    """*card* with less in it, for a message that is too large; None if there is no less."""
    for field in _DISPENSABLE:
        value = getattr(card, field)
        if value is None or value == card.host:
            continue
        if field == "image":
            if method.picture is not None and method.picture.is_required:
                continue
            kept = None
        else:
            half = cut(value, len(value) // 2, Unit.CHARACTERS)
            kept = half if len(half) >= _LEAST_TITLE else None
        done[:] = [act for act in done if (act.field, act.because) != (field, whole.name)]
        act = "dropped" if kept is None else "cut"
        done.append(_act(field, act, whole.limit, because=whole.name))
        if field == "title":
            kept = kept or card.host
        return msgspec.structs.replace(card, **{field: kept})
    return None


def _spell(title: str, url: str, unit: Unit) -> str | None:
    """*title* as it is written where *unit* is counted; None if it or the URL cannot be."""
    if unit is not Unit.SEPTETS:
        return title
    return transliterate(title) if is_gsm7(url) else None


def _shorten(title: str, url: str, limit: Limit) -> tuple[str, Actions]:
    """Title and URL within *limit*; the URL alone where it leaves too little room for a title."""
    whole = f"{title}\n{url}"
    if limit.allows(whole):
        return whole, ()
    room = limit.max - limit.length(f"\n{url}")
    within = msgspec.structs.replace(limit, max=room)
    kept = _cut_within(title, within) if room >= _LEAST_TITLE else ""
    if not kept:
        return url, (_act("title", "dropped", limit, because="url_length"),)
    return f"{kept}\n{url}", (_act("text", "cut", limit, whole),)


def _act(
    field: str, action: str, limit: Limit, text: str | None = None, because: str | None = None
) -> FitAction:
    was = None if text is None else limit.length(text)
    return FitAction(
        field=field, action=action, limit=limit.max, unit=limit.unit, was=was, because=because
    )
