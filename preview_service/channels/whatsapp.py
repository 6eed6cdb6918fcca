"""Card → a text that WhatsApp unfurls by itself (`preview_url`), or its card with a button.

https://developers.facebook.com/documentation/business-messaging/whatsapp/link-previews/
"""

from functools import partial
from typing import Any, Final

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
    PictureRules,
    Rule,
    filled,
)
from preview_service.channels.predict import (
    descriptions,
    image_aspect,
    image_bytes,
    image_width,
    ip_hosts,
    metadata_bytes,
    no_image,
    no_title,
    open_graph,
)
from preview_service.model import Delivery, Look, Way

_META: Final = "https://developers.facebook.com/documentation/business-messaging/whatsapp/"
TEXT_MESSAGES: Final = f"{_META}messages/text-messages/"
LINK_PREVIEWS: Final = f"{_META}link-previews/"
CTA_MESSAGES: Final = f"{_META}messages/interactive-cta-url-messages/"
PREVIEWED_URLS: Final = (
    "https://docs.360dialog.com/partner/messaging/sending-and-receiving-messages/text-messages"
)
MEDIA: Final = "https://support.wati.io/en/articles/11463010-supported-media-types-and-sizes"

_FOOTER_CHARS: Final = 60


def paste(card: Card) -> Message:
    """The bare link, for the app to fetch and draw."""
    return _text(card.url, preview_url=True)


def paste_in(card: Card, text: str) -> Message:
    """The link among an agent's words; of several the app draws the first."""
    return _text(text, preview_url=True)


def say(text: str) -> Message:
    """A text message."""
    return _text(text, preview_url=False)


def cta_url(card: Card) -> Message:
    """An interactive message whose one button opens the link."""
    interactive: dict[str, Any] = {
        "type": "cta_url",
        "body": {"text": f"{card.title}\n{card.description}" if card.description else card.title},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": OPEN_LINK, "url": card.url},
        },
    }
    if card.image:
        interactive["header"] = {"type": "image", "image": {"link": card.image.url}}
    if len(card.host) <= _FOOTER_CHARS and card.host != card.title:
        interactive["footer"] = {"text": card.host}
    return filled(type="interactive", interactive=interactive)


def _text(body: str, *, preview_url: bool) -> Message:
    return {"type": "text", "text": {"preview_url": preview_url, "body": body}}


def _cta_body(message: Message) -> str:
    return str(message["interactive"]["body"]["text"])


_rule = partial(Rule, source=LINK_PREVIEWS)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="text with preview_url",
    docs=TEXT_MESSAGES,
    render=paste,
    with_text=paste_in,
    is_first_link=True,
    # What the app shows of the page: the message itself holds the link alone.
    limits={
        "url": Limit(max=4096, excess=Excess.REJECT, source=TEXT_MESSAGES),
        "description": Limit(max=80, excess=Excess.CUT, source=LINK_PREVIEWS),
    },
    rules=(
        Rule(
            name="ip_host",
            measure=ip_hosts,
            max=0,
            leaves=Look.PLAIN_LINK,
            source=PREVIEWED_URLS,
        ),
        _rule(
            name="tags_after_300_kb", measure=metadata_bytes, leaves=Look.PLAIN_LINK, max=300_000
        ),
        no_title(source=LINK_PREVIEWS),
        _rule(name="no_description", measure=descriptions, leaves=Look.SMALL_CARD, min=1),
        # These must be there, the page says; that the app makes do without is seen, not written.
        _rule(name="no_og_title", measure=open_graph("title"), leaves=Look.SMALL_CARD, min=1),
        _rule(
            name="no_og_description",
            measure=open_graph("description"),
            leaves=Look.SMALL_CARD,
            min=1,
        ),
        _rule(name="no_og_url", measure=open_graph("url"), leaves=Look.SMALL_CARD, min=1),
        no_image(source=LINK_PREVIEWS),
        _rule(name="no_og_image", measure=open_graph("image"), leaves=Look.SMALL_CARD, min=1),
        _rule(name="image_over_600_kb", measure=image_bytes, leaves=Look.SMALL_CARD, max=600_000),
        _rule(name="image_under_300_px_wide", measure=image_width, leaves=Look.SMALL_CARD, min=300),
        _rule(name="image_wider_than_4_to_1", measure=image_aspect, leaves=Look.SMALL_CARD, max=4),
    ),
)

CTA_URL: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="interactive/cta_url",
    docs=CTA_MESSAGES,
    render=cta_url,
    limits={
        "title": Limit(max=300, required=True),
        "description": Limit(max=700),
    },
    wholes=(
        MessageLimit(
            name="body",
            read=_cta_body,
            limit=Limit(max=1024, required=True, excess=Excess.REJECT, source=CTA_MESSAGES),
        ),
    ),
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png"}),
        crop=(191, 100),
        max_bytes=5_000_000,
        source=MEDIA,
    ),
    rules=(no_image(source=CTA_MESSAGES),),
)

ENHANCED_WHATSAPP: Final = Channel(
    name="enhanced_whatsapp",
    label="Enhanced WhatsApp",
    family="whatsapp",
    docs=TEXT_MESSAGES,
    can_edit=False,
    component_formats=("Text",),
    methods=(PASTE, CTA_URL),
    say=say,
    say_component=salesforce.say,
    text_limits=(Limit(max=4096, excess=Excess.REJECT, source=TEXT_MESSAGES),),
    longest_text=Limit(max=4096, excess=Excess.REJECT, source=TEXT_MESSAGES),
)
