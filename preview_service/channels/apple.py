"""Card → Apple's rich link with the picture inside, or a link the device previews after a tap.

https://register.apple.com/resources/messages/msp-rest-api/type-richlink
"""

from typing import Any, Final

from msgspec.structs import replace

from preview_service.channels import salesforce
from preview_service.channels.base import (
    Card,
    Channel,
    Facts,
    Limit,
    Message,
    Method,
    PictureRules,
    Rule,
)
from preview_service.channels.predict import (
    image_bytes,
    image_width,
    metadata_bytes,
    no_image,
    refreshes,
    square_images,
)
from preview_service.model import Delivery, Look, Way

_APPLE: Final = "https://register.apple.com/resources/messages/"
RICH_LINKS: Final = f"{_APPLE}msp-rest-api/type-richlink"
TEXTS: Final = f"{_APPLE}msp-rest-api/type-text"
TUTORIAL: Final = f"{_APPLE}msp-api-tutorial/rich-links"
PREVIEWS: Final = (
    "https://developer.apple.com/documentation/technotes/tn3156-create-rich-previews-for-messages"
)
ENFORCED: Final = (
    "https://help.webexconnect.io/changelog/apple-messages-for-business-compliance-updates"
)
TEXT_LENGTH: Final = "https://infobip.com/docs/apple-messages-for-business/message-types"
AUTOMATIC: Final = (
    "https://docs.bird.com/applications/channels/apple-messages-for-business/how-to/send-messages"
)
JPEG_SAMPLE: Final = (
    "https://docs.oracle.com/en-us/iaas/digital-assistant/doc/"
    "amb-supported-apple-messages-business-features.html"
)

_PNG: Final = frozenset({"image/png"})
_IMAGE_BYTES: Final = 200_000
# "Optimal": larger ones are scaled down (RICH_LINKS).
_IDEAL: Final = (240, 240)


def rich_link(card: Card) -> Message:
    """The card with its picture, which it must have; there is no place for a description."""
    image = card.image and {"data": card.image.data, "mimeType": card.image.media_type}
    return _message(
        "richLink",
        richLinkData={"url": card.url, "title": card.title, "assets": {"image": image}},
    )


def say(text: str) -> Message:
    """A text message."""
    return _message("text", body=text)


def paste(card: Card) -> Message:
    """The bare link, for the device to fetch and draw."""
    return say(card.url)


def _message(kind: str, **content: Any) -> Message:
    """Without sourceId and destinationId, which are the sender's to know."""
    return {"v": 1, "id": salesforce.content_id([kind, content]), "type": kind, **content}


def _taps(facts: Facts) -> float:
    """How often the customer has to tap before there is a preview."""
    return 1


# Apple's page gives no length: this is what is enforced on the texts of interactive messages.
# Text is of the Basic Multilingual Plane: https://register.apple.com/resources/messages/msp-rest-api/messages-sent
_TITLE: Final = Limit(max=200, required=True, bmp_only=True, source=ENFORCED, confirmed=False)

# How a rich link is drawn; else its picture is large.
_SHAPES: Final = (
    Rule(
        name="image_under_150_px_wide",
        measure=image_width,
        min=150,
        leaves=Look.SMALL_CARD,
        source=RICH_LINKS,
    ),
    Rule(
        name="image_square",
        measure=square_images,
        max=0,
        leaves=Look.SMALL_CARD,
        source=RICH_LINKS,
    ),
)

CARD: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="richLink",
    docs=RICH_LINKS,
    render=rich_link,
    limits={"title": _TITLE},
    picture=PictureRules(
        media_types=_PNG,
        is_inline=True,
        ideal=_IDEAL,
        is_required=True,
        max_bytes=_IMAGE_BYTES,
        source=RICH_LINKS,
    ),
    rules=_SHAPES,
)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="text",
    docs=TEXTS,
    render=paste,
    rules=(
        Rule(
            name="tap_to_load_preview",
            measure=_taps,
            max=0,
            leaves=Look.SMALL_CARD,
            source=TUTORIAL,
        ),
        Rule(
            name="tags_after_1_mb",
            measure=metadata_bytes,
            max=1_000_000,
            leaves=Look.PLAIN_LINK,
            source=PREVIEWS,
        ),
        Rule(
            name="meta_refresh",
            measure=refreshes,
            max=0,
            leaves=Look.PLAIN_LINK,
            source=PREVIEWS,
        ),
        no_image(source=PREVIEWS),
        Rule(
            name="image_under_150_px_wide",
            measure=image_width,
            min=150,
            leaves=Look.SMALL_CARD,
            source=PREVIEWS,
        ),
        Rule(
            name="image_over_10_mb",
            measure=image_bytes,
            max=10_000_000,
            leaves=Look.SMALL_CARD,
            source=PREVIEWS,
        ),
    ),
)

COMPONENT: Final = Method(
    ways=(Way.COMPONENT,),
    delivery=Delivery.CARD,
    format="StaticContentMessage/RichLink",
    docs=salesforce.RICH_LINK_RESPONSE,
    render=salesforce.rich_link,
    limits=salesforce.LIMITS | {"title": _TITLE},
    # The device gets Apple's rich link in the end, and there is none without a picture.
    picture=replace(
        salesforce.IMAGES,
        media_types=_PNG,
        is_required=True,
        ideal=_IDEAL,
        max_bytes=_IMAGE_BYTES,
    ),
    rules=_SHAPES,
)

# No page of Apple's has a length; this is a provider's.
_TEXT: Final = Limit(max=3000, source=TEXT_LENGTH, confirmed=False)

ENHANCED_APPLE: Final = Channel(
    name="enhanced_apple",
    label="Enhanced Apple Messages for Business",
    family="apple",
    docs=RICH_LINKS,
    can_edit=False,
    component_formats=("RichLink", "Text"),
    methods=(CARD, PASTE, COMPONENT),
    say=say,
    say_component=salesforce.say,
    text_limits=(_TEXT,),
    longest_text=_TEXT,
    notes=(
        f"A provider says that a pasted URL becomes a rich link without a tap: {AUTOMATIC}",
        f"A provider's samples still carry JPEG, which is refused since 2026-08-21: {JPEG_SAMPLE}",
    ),
)
