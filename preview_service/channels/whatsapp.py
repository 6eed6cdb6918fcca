"""Card → a text that WhatsApp unfurls by itself (`preview_url`).

https://developers.facebook.com/documentation/business-messaging/whatsapp/link-previews/
"""

from typing import Final

from preview_service.channels.base import Card, Channel, Limit, Message, Method, Rule
from preview_service.channels.predict import (
    descriptions,
    image_aspect,
    image_bytes,
    image_width,
    images,
    ip_hosts,
    metadata_bytes,
    titles,
)
from preview_service.model import Delivery, Look

TEXT_MESSAGES: Final = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/"
    "messages/text-messages/"
)
LINK_PREVIEWS: Final = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/link-previews/"
)
PREVIEWED_URLS: Final = (
    "https://docs.360dialog.com/partner/messaging/sending-and-receiving-messages/text-messages"
)


def paste(card: Card) -> Message:
    """The bare link, for the app to fetch and draw."""
    return _text(card.url, preview_url=True)


def say(text: str) -> Message:
    """A text message."""
    return _text(text, preview_url=False)


def _text(body: str, *, preview_url: bool) -> Message:
    return {"type": "text", "text": {"preview_url": preview_url, "body": body}}


PASTE: Final = Method(
    delivery=Delivery.PASTE_PREVIEW,
    render=paste,
    # What the app shows of the page: the message itself holds the link alone.
    limits={"description": Limit(max=80, source=LINK_PREVIEWS)},
    rules=(
        Rule(
            name="ip_host",
            measure=ip_hosts,
            max=0,
            leaves=Look.PLAIN_LINK,
            source=PREVIEWED_URLS,
        ),
        Rule(
            name="tags_after_300_kb",
            measure=metadata_bytes,
            max=300_000,
            leaves=Look.PLAIN_LINK,
            source=LINK_PREVIEWS,
        ),
        Rule(name="no_title", measure=titles, min=1, leaves=Look.PLAIN_LINK, source=LINK_PREVIEWS),
        Rule(
            name="no_description",
            measure=descriptions,
            min=1,
            leaves=Look.SMALL_CARD,
            source=LINK_PREVIEWS,
        ),
        Rule(name="no_image", measure=images, min=1, leaves=Look.SMALL_CARD, source=LINK_PREVIEWS),
        Rule(
            name="image_over_600_kb",
            measure=image_bytes,
            max=600_000,
            leaves=Look.SMALL_CARD,
            source=LINK_PREVIEWS,
        ),
        Rule(
            name="image_under_300_px_wide",
            measure=image_width,
            min=300,
            leaves=Look.SMALL_CARD,
            source=LINK_PREVIEWS,
        ),
        Rule(
            name="image_wider_than_4_to_1",
            measure=image_aspect,
            max=4,
            leaves=Look.SMALL_CARD,
            source=LINK_PREVIEWS,
        ),
    ),
)

ENHANCED_WHATSAPP: Final = Channel(
    name="enhanced_whatsapp",
    label="Enhanced WhatsApp",
    family="whatsapp",
    docs=TEXT_MESSAGES,
    methods=(PASTE,),
    say=say,
    text_limits=(Limit(max=4096, source=TEXT_MESSAGES),),
)
