"""Card → LINE's Flex bubble, or a text with the link, which LINE unfurls by itself.

https://developers.line.biz/en/reference/messaging-api/#flex-message
A message is one element of a call's `messages`. The buttons template is left out: beside a picture
it holds 60 graphemes of text, and nothing that a bubble does not.
"""

from typing import Final

from preview_service.channels import salesforce
from preview_service.channels.base import (
    OPEN_LINK,
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    MessageLimit,
    Method,
    Picture,
    PictureRules,
    json_of,
)
from preview_service.channels.predict import no_image, no_title
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Way

_LINE: Final = "https://developers.line.biz/en/"
FLEX_MESSAGE: Final = f"{_LINE}reference/messaging-api/#flex-message"
FLEX_IMAGE: Final = f"{_LINE}reference/messaging-api/#f-image"
URI_ACTION: Final = f"{_LINE}reference/messaging-api/#uri-action"
TEXT_MESSAGE: Final = f"{_LINE}reference/messaging-api/#text-message"
COUNTING: Final = f"{_LINE}docs/messaging-api/text-character-count/"
# It is said of the event that tells of an edit: not in a chat with an Official Account.
EDITING: Final = f"{_LINE}reference/messaging-api/#edit-event"
URL_PREVIEWS: Final = f"{_LINE}faq/tags/media/"

_GREY: Final = "#666666"
_USUAL_RATIO: Final = "191:100"
_TALLEST: Final = 3


def flex(card: Card) -> Message:
    """A bubble: picture, title, description and host from top to bottom, then a button."""
    bubble: Message = {"type": "bubble"}
    if card.image:
        bubble["hero"] = _hero(card.image, card.url)
    bubble["body"] = _column(*_words(card))
    bubble["footer"] = _column(
        {"type": "button", "style": "link", "action": {"label": OPEN_LINK, **_open(card.url)}}
    )
    return {"type": "flex", "altText": _alternative(card), "contents": bubble}


def paste(card: Card) -> Message:
    """The bare link, for LINE to fetch and draw."""
    return say(card.url)


def paste_in(card: Card, text: str) -> Message:
    """The link among an agent's words."""
    return say(text)


def say(text: str) -> Message:
    """A text message."""
    return {"type": "text", "text": text}


def _alternative(card: Card) -> str:
    """What a notification says, and a LINE too old to draw a bubble."""
    return card.url if card.title == card.host else f"{card.title} {card.url}"


def _hero(picture: Picture, url: str) -> Message:
    return {
        "type": "image",
        "url": picture.url,
        "size": "full",
        "aspectRatio": _ratio(picture),
        "aspectMode": "cover",
        "action": _open(url),
    }


def _ratio(picture: Picture) -> str:
    """The picture's own proportions, as tall as LINE lets them be."""
    if not picture.width or not picture.height:
        return _USUAL_RATIO
    return f"{picture.width}:{min(picture.height, _TALLEST * picture.width)}"


def _words(card: Card) -> list[Message]:
    words = [
        {"type": "text", "text": card.title, "weight": "bold", "wrap": True, "maxLines": 2},
    ]
    if card.description:
        words.append(
            {
                "type": "text",
                "text": card.description,
                "size": "sm",
                "color": _GREY,
                "margin": "sm",
                "wrap": True,
                "maxLines": 3,
            }
        )
    if card.host != card.title:
        words.append(
            {"type": "text", "text": card.host, "size": "xs", "color": _GREY, "margin": "md"}
        )
    return words


def _column(*contents: Message) -> Message:
    return {"type": "box", "layout": "vertical", "contents": list(contents)}


def _open(url: str) -> Message:
    return {"type": "uri", "uri": url}


def _alt_text(message: Message) -> str:
    return str(message["altText"])


def _bubble(message: Message) -> str:
    return json_of(message["contents"])


FLEX: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="flex/bubble",
    docs=FLEX_MESSAGE,
    render=flex,
    limits={
        "url": Limit(max=1000, uri_only=True, excess=Excess.REJECT, source=URI_ACTION),
        # A bubble shows two lines of a title and three of a description: more is never seen.
        "title": Limit(max=200, required=True),
        "description": Limit(max=300),
    },
    wholes=(
        MessageLimit(
            name="altText",
            read=_alt_text,
            limit=Limit(
                max=1500,
                unit=Unit.UTF16,
                required=True,
                excess=Excess.REJECT,
                source=FLEX_MESSAGE,
            ),
        ),
        MessageLimit(
            name="bubble",
            read=_bubble,
            limit=Limit(
                max=30_000, unit=Unit.UTF8_BYTES, excess=Excess.REJECT, source=FLEX_MESSAGE
            ),
        ),
    ),
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png"}),
        https=True,
        max_bytes=10_000_000,
        max_width=1024,
        max_height=1024,
        max_url=2000,
        uri_only=True,
        source=FLEX_IMAGE,
    ),
    rules=(no_image(source=FLEX_MESSAGE),),
)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="text",
    docs=TEXT_MESSAGE,
    render=paste,
    with_text=paste_in,
    is_first_link=True,
    limits={"url": Limit(max=5000, unit=Unit.UTF16, excess=Excess.REJECT, source=COUNTING)},
    # LINE takes title, description and image from og tags, else from elsewhere on the page. That
    # there is no preview at all without a title is not written.
    rules=(
        no_title(source=URL_PREVIEWS, confirmed=False),
        no_image(source=URL_PREVIEWS),
    ),
)

_LONGEST: Final = Limit(max=5000, unit=Unit.UTF16, excess=Excess.REJECT, source=COUNTING)

ENHANCED_LINE: Final = Channel(
    name="enhanced_line",
    label="Enhanced LINE",
    family="line",
    docs=FLEX_MESSAGE,
    can_edit=False,
    can_edit_source=EDITING,
    component_formats=("Text",),
    methods=(FLEX, PASTE),
    say=say,
    say_component=salesforce.say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(
        f"Salesforce's page on formats has Text alone for LINE: {salesforce.COMPONENT_FORMATS}",
        "Its page on Agentforce's rich links has a rich link for LINE, which is not sent: "
        + salesforce.RICH_LINK_RESPONSE,
    ),
)
