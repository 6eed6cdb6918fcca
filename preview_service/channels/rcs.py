"""Card → a rich card of RCS Business Messaging with a button that opens the link.

https://developers.google.com/business-communications/rcs-business-messaging/reference/rest/v1/phones.agentMessages
Whether a phone draws a preview of a link in a text is up to its app: nobody can rely on it.
"""

from typing import Final

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
    filled,
    json_of,
)
from preview_service.channels.predict import no_image
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Way

_GOOGLE: Final = "https://developers.google.com/business-communications/rcs-business-messaging/"
AGENT_MESSAGES: Final = f"{_GOOGLE}reference/rest/v1/phones.agentMessages"
RICH_CARDS: Final = f"{_GOOGLE}guides/learn/rich-cards"
# What was delivered cannot be revoked, let alone changed.
EDITING: Final = f"{_GOOGLE}guides/build/messages/revoke"
SEND: Final = f"{_GOOGLE}guides/build/messages/send"
LIMITS: Final = "https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-rcs.html"
DIALOGFLOW: Final = (
    "https://cloud.google.com/python/docs/reference/dialogflow/0.8.0/"
    "dialogflow_v2beta1.types.Intent.Message.RbmCardContent"
)

# "open_link": the field is bytes, which JSON has in base64.
_POSTBACK: Final = "b3Blbl9saW5r"
_THUMBNAIL_BYTES: Final = 100_000


def rich_card(card: Card) -> Message:
    """A standalone card, its picture on top."""
    action = {
        "text": OPEN_LINK,
        "postbackData": _POSTBACK,
        "openUrlAction": {"url": card.url},
    }
    content = filled(
        title=card.title,
        description=card.description,
        media=card.image and _media(card.image),
        suggestions=[{"action": action}],
    )
    standalone = {"cardOrientation": "VERTICAL", "cardContent": content}
    return {"contentMessage": {"richCard": {"standaloneCard": standalone}}}


def say(text: str) -> Message:
    """A text message."""
    return {"contentMessage": {"text": text}}


def _media(picture: Picture) -> Message:
    """Without a thumbnail there is a blank until the phone has loaded the picture."""
    is_thumbnail = picture.bytes is not None and picture.bytes <= _THUMBNAIL_BYTES
    return {
        "height": "MEDIUM",
        "contentInfo": filled(
            fileUrl=picture.url, thumbnailUrl=picture.url if is_thumbnail else None
        ),
    }


CARD: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="contentMessage/richCard/standaloneCard",
    docs=RICH_CARDS,
    render=rich_card,
    limits={
        "title": Limit(max=200, required=True, excess=Excess.REJECT, source=AGENT_MESSAGES),
        "description": Limit(max=2000, excess=Excess.REJECT, source=AGENT_MESSAGES),
        "url": Limit(max=2048, excess=Excess.REJECT, source=AGENT_MESSAGES, confirmed=False),
    },
    picture=PictureRules(
        media_types=frozenset({"image/gif", "image/jpeg", "image/png"}),
        max_bytes=100_000_000,
        max_url=2000,
        source=LIMITS,
    ),
    wholes=(
        MessageLimit(
            name="message",
            read=json_of,
            limit=Limit(max=250_000, unit=Unit.UTF8_BYTES, excess=Excess.REJECT, source=SEND),
        ),
    ),
    rules=(no_image(source=RICH_CARDS),),
)

_LONGEST: Final = Limit(max=3072, excess=Excess.REJECT, source=SEND)

RCS: Final = Channel(
    name="rcs",
    label="RCS Business Messaging",
    family="rcs",
    docs=AGENT_MESSAGES,
    can_edit=False,
    can_edit_source=EDITING,
    methods=(CARD,),
    say=say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(f"Dialogflow counts the same card's title and description in bytes: {DIALOGFLOW}",),
)
