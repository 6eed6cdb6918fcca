"""Card → Salesforce's StaticContentMessage with a RichLink, for Enhanced Chat.

https://developer.salesforce.com/docs/service/messaging-api/references/about/message-types-payloads-staticcontentmessage.md
"""

from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from preview_service.channels.base import (
    Card,
    Channel,
    Limit,
    Message,
    Method,
    Picture,
    PictureRules,
    Rule,
    filled,
)
from preview_service.channels.predict import images
from preview_service.model import Delivery, Look

DOCS: Final = (
    "https://developer.salesforce.com/docs/service/messaging-api/references/about/"
    "message-types-payloads-staticcontentmessage.md"
)
RICH_LINK_RESPONSE: Final = (
    "https://help.salesforce.com/s/articleView?id=ai.agent_response_ref_rich_link.htm"
)

_NAMESPACE: Final = UUID("0c2b6a0e-52f1-4d0a-9a3c-6f5b1d1c7e42")


def rich_link(card: Card) -> Message:
    """The card as a link item, with its picture where there is one."""
    content: Message = {
        "formatType": "RichLink",
        "linkItem": {
            "itemType": "TitleLinkItem",
            "titleItem": filled(itemType="TitleItem", title=card.title, subTitle=card.description),
            "url": card.url,
        },
    }
    if card.image:
        content["image"] = _image_asset(card.image)
    return _static_content(content)


def say(text: str) -> Message:
    """A text message."""
    return _static_content({"formatType": "Text", "text": text})


def _image_asset(picture: Picture) -> Message:
    return filled(
        assetType="ImageAsset",
        id=_id(picture.url),
        # What Salesforce assumes by itself where neither type nor extension tells.
        mimeType=picture.media_type or "image/jpeg",
        assetUrl=picture.url,
        description=picture.alt,
    )


def _static_content(content: Message) -> Message:
    return {"messageType": "StaticContentMessage", "id": _id(content), "staticContent": content}


def _id(content: Any) -> str:
    """A name made of the content (RFC 9562 §5.5): the same card is the same message again."""
    return str(uuid5(_NAMESPACE, msgspec.json.encode(content).decode()))


RICH_LINK: Final = Method(
    delivery=Delivery.CARD,
    render=rich_link,
    # The published schema sets no lengths: these are our own.
    limits={
        "title": Limit(max=300),
        "description": Limit(max=1000),
        "alt": Limit(max=300),
    },
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png"}),
        # Prudence: a chat is a page over https and loads no other (https://www.w3.org/TR/mixed-content/).
        https=True,
        source=RICH_LINK_RESPONSE,
    ),
    rules=(Rule(name="no_image", measure=images, min=1, leaves=Look.SMALL_CARD, confirmed=False),),
)

ENHANCED_WEB_CHAT_V2: Final = Channel(
    name="enhanced_web_chat_v2",
    label="Enhanced Web Chat v2",
    family="enhanced_chat",
    docs=DOCS,
    methods=(RICH_LINK,),
    say=say,
    text_limits=(Limit(max=10_000, confirmed=False),),
)
