"""Preview + what a channel takes → a card, or words, within its limits; what was done is listed.

The only place that cuts text: at a word's end if one is near, never inside a grapheme
(https://www.unicode.org/reports/tr29/), never in a URL.
"""

import re
from typing import Final

from preview_service.channels.base import Card, Limit, Method, Picture, PictureRules
from preview_service.channels.gsm7 import is_gsm7, transliterate
from preview_service.channels.units import Unit, grapheme_ends
from preview_service.model import FitAction, Image, Preview

Actions = tuple[FitAction, ...]

# Fewer characters of a title than these say nothing: the link goes alone.
_LEAST_TITLE: Final = 10

# Controls, bidi marks and lone surrogates; joiners stay, emoji and Persian are made with them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_LOOSE_ENDS: Final = " ,;:.-–—|/·…"

_MEDIA_TYPES: Final = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


def fit_card(preview: Preview, url: str, method: Method) -> tuple[Card, Actions]:
    """*preview* as *method* can carry it, and what that took; *url* is sent as it is."""
    done: list[FitAction] = []
    host = preview.host or url
    title = _fit_line("title", preview.title, method, done)
    card = Card(
        url=url,
        host=host,
        title=title or _fit_line("title", host, method, done) or host,
        description=_fit_line("description", preview.description, method, done),
        site_name=_fit_line("site_name", preview.site_name, method, done),
        kind=preview.kind,
        image=_fit_image(preview.image, method, done),
    )
    return card, tuple(done)


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


def one_line(text: str | None) -> str | None:
    """*text* on one line, without what cannot be seen; None if nothing is left."""
    if text is None:
        return None
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
        # Joiners may be left with nothing to join.
        if not any(char != " " and char.isprintable() for char in text):
            return None
    return " ".join(text.split()) or None


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


def _fit_line(field: str, value: str | None, method: Method, done: list[FitAction]) -> str | None:
    line = one_line(value)
    limit = method.limits.get(field)
    if line is None or limit is None or limit.allows(line):
        return line
    kept = cut(line, limit.max, limit.unit)
    done.append(_act(field, "cut" if kept else "dropped", limit, line))
    return kept or None


def _fit_image(image: Image | None, method: Method, done: list[FitAction]) -> Picture | None:
    if image is None:
        return None
    media_type = _media_type(image)
    refusal = method.picture and _refusal(image, media_type, method.picture)
    if refusal:
        done.append(refusal)
        return None
    return Picture(
        url=image.url,
        media_type=media_type,
        width=image.width or None,
        height=image.height or None,
        bytes=image.bytes or None,
        alt=_fit_line("alt", image.alt, method, done),
    )


def _media_type(image: Image) -> str | None:
    declared = (image.media_type or "").partition(";")[0].strip().lower()
    if declared.startswith("image/"):
        return "image/jpeg" if declared == "image/jpg" else declared
    path = image.url.partition("#")[0].partition("?")[0]
    return _MEDIA_TYPES.get(path.rpartition(".")[2].lower())


def _refusal(image: Image, media_type: str | None, rules: PictureRules) -> FitAction | None:
    """Why *rules* keep the image out of the message, if they do."""
    if not image.url.startswith("https://" if rules.https else ("https://", "http://")):
        return FitAction(field="image", action="dropped", because="scheme")
    if media_type and media_type not in rules.media_types:
        return FitAction(field="image", action="dropped", because="media_type")
    if rules.max_bytes and image.bytes and image.bytes > rules.max_bytes:
        return FitAction(
            field="image", action="dropped", limit=rules.max_bytes, unit="bytes", was=image.bytes
        )
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
    room = limit.max - limit.unit.length(f"\n{url}")
    kept = cut(title, room, limit.unit) if room >= _LEAST_TITLE else ""
    if not kept:
        dropped = FitAction(
            field="title",
            action="dropped",
            limit=limit.max,
            unit=limit.unit,
            because="url_length",
        )
        return url, (dropped,)
    return f"{kept}\n{url}", (_act("text", "cut", limit, whole),)


def _act(field: str, action: str, limit: Limit, text: str | None = None) -> FitAction:
    was = None if text is None else limit.unit.length(text)
    return FitAction(field=field, action=action, limit=limit.max, unit=limit.unit, was=was)
