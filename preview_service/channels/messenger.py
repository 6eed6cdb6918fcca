"""Card → Messenger's generic template, the only way a link is more than words there.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/generic
A message is the body of a Send API call but for the recipient.
"""

from typing import Final

import msgspec

from preview_service.channels import salesforce
from preview_service.channels.base import (
    OPEN_LINK,
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    Method,
    PictureRules,
    filled,
)
from preview_service.channels.predict import no_image
from preview_service.model import Delivery, Way

GENERIC_TEMPLATE: Final = (
    "https://developers.facebook.com/documentation/business-messaging/"
    "messenger-platform/send-messages/template/generic"
)
SEND_API: Final = "https://developers.facebook.com/docs/messenger-platform/reference/send-api/"
SHARED_IMAGES: Final = "https://developers.facebook.com/docs/sharing/webmasters/images"


def generic(card: Card) -> Message:
    """The template, as an answer to the customer."""
    return _response(template(card))


def say(text: str) -> Message:
    """A text message, as an answer to the customer."""
    return _response({"text": text})


def template(card: Card) -> Message:
    """A `message` with a template of one element, which opens the link wherever it is touched.

    The picture is cropped to 1.91:1: of `image_aspect_ratio`, which older references have for
    square ones, the page no longer speaks.
    """
    link = {"type": "web_url", "url": card.url}
    element = filled(
        title=card.title,
        subtitle=card.description,
        image_url=card.image and card.image.url,
        default_action=link,
        buttons=[{**link, "title": OPEN_LINK}],
    )
    payload = {"template_type": "generic", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


def _response(message: Message) -> Message:
    return {"messaging_type": "RESPONSE", "message": message}


CARD: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="template/generic",
    docs=GENERIC_TEMPLATE,
    render=generic,
    limits={
        "title": Limit(max=80, required=True, source=GENERIC_TEMPLATE),
        "description": Limit(max=80, source=GENERIC_TEMPLATE),
    },
    # The template's page is silent on images: these are the figures for what people share.
    picture=PictureRules(
        media_types=frozenset({"image/jpeg", "image/png"}),
        crop=(191, 100),
        max_bytes=8_000_000,
        source=SHARED_IMAGES,
        confirmed=False,
    ),
    rules=(no_image(source=GENERIC_TEMPLATE),),
)

MEDIA: Final = Method(
    ways=(Way.COMPONENT,),
    delivery=Delivery.CARD,
    format="StaticContentMessage/Media",
    docs=salesforce.COMPONENT_FORMATS,
    render=salesforce.media,
    # The published schema sets no lengths: these are our own.
    limits={"title": Limit(max=300, required=True), "alt": Limit(max=300)},
    picture=msgspec.structs.replace(salesforce.IMAGES, is_required=True),
)

_LONGEST: Final = Limit(max=2000, excess=Excess.REJECT, source=SEND_API)

STANDARD_FACEBOOK_MESSENGER: Final = Channel(
    name="standard_facebook_messenger",
    label="Standard Facebook Messenger",
    family="messenger",
    docs=SEND_API,
    can_edit=False,
    methods=(),
    say=say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(
        "Salesforce has no messaging components on standard channels, so the link goes as words: "
        + salesforce.COMPONENT_FORMATS,
    ),
)

ENHANCED_FACEBOOK_MESSENGER: Final = Channel(
    name="enhanced_facebook_messenger",
    label="Enhanced Facebook Messenger",
    family="messenger",
    docs=SEND_API,
    can_edit=False,
    component_formats=("Media", "Text"),
    methods=(CARD, MEDIA),
    say=say,
    say_component=salesforce.say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(
        f"Salesforce says that a pasted URL typically makes a preview: {salesforce.SEND_LINKS}",
        f"Meta says that URLs in a text make none, so none is pasted: {SEND_API}",
    ),
)
