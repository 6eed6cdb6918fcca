"""Card → Salesforce's own messages, which its channels share: the formats of a link component.

https://developer.salesforce.com/docs/service/messaging-api/references/about/message-types-payloads-staticcontentmessage.md
and the published schemas (github.com/salesforce-misc/conversation-public-schemas).
"""

from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from preview_service.channels.base import (
    Card,
    Limit,
    Message,
    Method,
    Picture,
    PictureRules,
    Rule,
    filled,
)
from preview_service.channels.predict import insecure_images, no_image, no_title
from preview_service.model import Delivery, Look, Way

DOCS: Final = (
    "https://developer.salesforce.com/docs/service/messaging-api/references/about/"
    "message-types-payloads-staticcontentmessage.md"
)
SEND_LINKS: Final = (
    "https://help.salesforce.com/apex/HTViewHelpDoc?id=service.messaging_send_links.htm"
)
COMPONENT_FORMATS: Final = (
    "https://help.salesforce.com/s/articleView?id=service.messaging_component_formats.htm"
)
RICH_LINK_RESPONSE: Final = (
    "https://help.salesforce.com/s/articleView?id=ai.agent_response_ref_rich_link.htm"
)

_NAMESPACE: Final = UUID("0c2b6a0e-52f1-4d0a-9a3c-6f5b1d1c7e42")

# What Salesforce assumes by itself where neither type nor extension tells.
_ASSUMED_TYPE: Final = "image/jpeg"

# The published schemas set no lengths: these are our own.
LIMITS: Final = {
    "title": Limit(max=300, required=True),
    "description": Limit(max=1000),
    "alt": Limit(max=300),
}

IMAGES: Final = PictureRules(
    media_types=frozenset({"image/jpeg", "image/png"}),
    assumed_type=_ASSUMED_TYPE,
    # Prudence: a chat is a page over https and loads no other (https://www.w3.org/TR/mixed-content/).
    https=True,
    source=RICH_LINK_RESPONSE,
)


def rich_link(card: Card) -> Message:
    """The card as a link item, with its picture where there is one."""
    content: Message = {"formatType": "RichLink", "linkItem": _link_item(card, card.description)}
    if card.image:
        content["image"] = _image_asset(card.image)
    return _static_content(content)


def media(card: Card) -> Message:
    """The card as its picture, which it must have, with the link below."""
    return _static_content(
        {
            "formatType": "Media",
            "mediaAsset": card.image and _image_asset(card.image),
            "linkItems": [_link_item(card, None)],
        }
    )


def links(card: Card) -> Message:
    """The bare link, for the other side to fetch and draw."""
    return _static_content({"formatType": "Links", "links": [{"url": card.url}]})


def say(text: str) -> Message:
    """A text message."""
    return _static_content({"formatType": "Text", "text": text})


def paste(card: Card) -> Message:
    """The bare link as a text."""
    return say(card.url)


def _link_item(card: Card, subtitle: str | None) -> Message:
    return {
        "itemType": "TitleLinkItem",
        "titleItem": filled(itemType="TitleItem", title=card.title, subTitle=subtitle),
        "url": card.url,
    }


def _image_asset(picture: Picture) -> Message:
    return filled(
        assetType="ImageAsset",
        id=content_id(picture.url),
        mimeType=picture.media_type or _ASSUMED_TYPE,
        assetUrl=picture.url,
        description=picture.alt,
    )


def _static_content(content: Message) -> Message:
    return {
        "messageType": "StaticContentMessage",
        "id": content_id(content),
        "staticContent": content,
    }


def content_id(content: Any) -> str:
    """A name made of the content (RFC 9562 §5.5): the same card is the same message again."""
    return str(uuid5(_NAMESPACE, msgspec.json.encode(content).decode()))


_NO_IMAGE: Final = no_image(confirmed=False)

UNFURLED: Final = (
    no_title(confirmed=False),
    _NO_IMAGE,
    Rule(
        name="image_not_https",
        measure=insecure_images,
        max=0,
        leaves=Look.SMALL_CARD,
        confirmed=False,
    ),
)
"""Of a link that Salesforce or a partner draws by itself."""

RICH_LINK: Final = Method(
    ways=(Way.COMPONENT, Way.CARD),
    delivery=Delivery.CARD,
    format="StaticContentMessage/RichLink",
    docs=DOCS,
    render=rich_link,
    limits=LIMITS,
    picture=IMAGES,
    rules=(_NO_IMAGE,),
)
