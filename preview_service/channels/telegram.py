"""Card → a link for which Telegram draws the preview, or a photo with the link below it.

https://core.telegram.org/bots/api#linkpreviewoptions; a message is the parameters of a call but for
the chat: of sendPhoto if it has a `photo`, else of sendMessage.
"""

from functools import partial
from html import escape
from typing import Final

from preview_service.channels.base import (
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    MessageLimit,
    Method,
    PictureRules,
    Rule,
)
from preview_service.channels.predict import image_width, no_image, no_title, tagged
from preview_service.model import Delivery, Look, Way

_API: Final = "https://core.telegram.org/bots/api"
EDITING: Final = f"{_API}#updating-messages"
SEND_MESSAGE: Final = f"{_API}#sendmessage"
SEND_PHOTO: Final = f"{_API}#sendphoto"
FILES_BY_URL: Final = f"{_API}#sending-files"
PREVIEW_OPTIONS: Final = f"{_API}#linkpreviewoptions"

_as_html = partial(escape, quote=False)


def paste(card: Card) -> Message:
    """The bare link, for Telegram to fetch and draw."""
    return paste_in(card, card.url)


def paste_in(card: Card, text: str) -> Message:
    """The link among an agent's words, wherever in them it stands."""
    options = {"url": card.url, "prefer_large_media": True, "show_above_text": False}
    return {"text": text, "link_preview_options": options}


def photo(card: Card) -> Message:
    """The picture, and below it the card's words with the link."""
    words = [f"<b>{_as_html(card.title)}</b>", card.description and _as_html(card.description)]
    caption = "\n".join(filter(None, (*words, _as_html(card.url))))
    return {"photo": card.image and card.image.url, "caption": caption, "parse_mode": "HTML"}


def say(text: str) -> Message:
    """A text message."""
    return {"text": text, "link_preview_options": {"is_disabled": True}}


def _caption(message: Message) -> str:
    return str(message["caption"])


_limit = partial(Limit, excess=Excess.REJECT)
# Nothing is written down of what Telegram's crawler takes.
_rule = partial(Rule, min=1, source=PREVIEW_OPTIONS, confirmed=False)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="sendMessage with link_preview_options",
    docs=PREVIEW_OPTIONS,
    render=paste,
    with_text=paste_in,
    limits={"url": _limit(max=4096, source=SEND_MESSAGE)},
    picture=PictureRules(
        media_types=frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"}),
        confirmed=False,
    ),
    rules=(
        no_title(source=PREVIEW_OPTIONS, confirmed=False),
        no_image(source=PREVIEW_OPTIONS, confirmed=False),
        _rule(
            name="no_image_tags",
            measure=tagged("image", ("og:image",), ("twitter:image",)),
            leaves=Look.SMALL_CARD,
        ),
    ),
)

PHOTO: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="sendPhoto",
    docs=SEND_PHOTO,
    render=photo,
    # Only the caption as a whole has a limit: these leave each of its parts room.
    limits={
        "title": Limit(max=300, required=True, escape=_as_html),
        "description": Limit(max=500, escape=_as_html),
        "url": Limit(max=700, escape=_as_html),
    },
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        is_required=True,
        max_bytes=5_000_000,
        # Width and height may be 10,000 together, and twenty times each other.
        max_width=5000,
        max_height=5000,
        min_aspect=1 / 20,
        max_aspect=20,
        source=FILES_BY_URL,
    ),
    # As it is written with its tags: Telegram counts less.
    wholes=(
        MessageLimit(name="caption", read=_caption, limit=_limit(max=1024, source=SEND_PHOTO)),
    ),
    # Ours: no document says how a small photo is drawn.
    rules=(
        Rule(
            name="image_under_250_px_wide",
            measure=image_width,
            min=250,
            leaves=Look.SMALL_CARD,
        ),
    ),
)

_LONGEST: Final = _limit(max=4096, source=SEND_MESSAGE)

TELEGRAM: Final = Channel(
    name="telegram",
    label="Telegram",
    family="telegram",
    docs=SEND_MESSAGE,
    can_edit=True,
    can_edit_source=EDITING,
    methods=(PASTE, PHOTO),
    say=say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(f"A message with a photo is one for sendPhoto, any other for sendMessage: {_API}",),
)
