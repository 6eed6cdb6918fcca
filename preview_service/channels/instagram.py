"""Card → the generic template in an Instagram chat, as Messenger has it.

https://developers.facebook.com/documentation/business-messaging/instagram-messaging/generic-template
A message is the body of a Send API call but for the recipient; no example of Instagram's has a
`messaging_type`, which Messenger requires.
"""

from typing import Final

from preview_service.channels import messenger
from preview_service.channels.base import (
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    Method,
    PictureRules,
)
from preview_service.channels.predict import no_image
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Way

GENERIC_TEMPLATE: Final = (
    "https://developers.facebook.com/documentation/business-messaging/"
    "instagram-messaging/generic-template"
)
SEND_MESSAGE: Final = (
    "https://developers.facebook.com/documentation/business-messaging/"
    "instagram-messaging/features/send-message"
)
TEXTS: Final = "https://www.infobip.com/docs/instagram/messaging/message-types"
TEMPLATE_LIMITS: Final = "https://docs.gupshup.io/docs/instagram-features-and-limitations"


def generic(card: Card) -> Message:
    """The template, which opens the link wherever it is touched."""
    return {"message": messenger.template(card)}


def say(text: str) -> Message:
    """A text message."""
    return {"message": {"text": text}}


CARD: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="template/generic",
    docs=GENERIC_TEMPLATE,
    render=generic,
    limits={
        "title": Limit(max=80, required=True, source=TEMPLATE_LIMITS),
        "description": Limit(max=80, source=TEMPLATE_LIMITS),
    },
    # The template's page is silent on images: these are the figures for an image sent alone.
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png"}),
        crop=(191, 100),
        max_bytes=8_000_000,
        source=SEND_MESSAGE,
        confirmed=False,
    ),
    rules=(no_image(source=GENERIC_TEMPLATE),),
)

_LONGEST: Final = Limit(max=1000, unit=Unit.UTF8_BYTES, excess=Excess.REJECT, source=TEXTS)

INSTAGRAM: Final = Channel(
    name="instagram",
    label="Instagram",
    family="instagram",
    docs=SEND_MESSAGE,
    can_edit=False,
    methods=(CARD,),
    say=say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(
        f"Instagram on the web does not show the template: {GENERIC_TEMPLATE}",
        f"No document says that a URL in a text is previewed, so none is pasted: {SEND_MESSAGE}",
    ),
)
