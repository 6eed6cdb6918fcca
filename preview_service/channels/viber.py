"""Card → a link that Viber unfurls by itself, or a picture with the words and the link below it.

https://creators.viber.com/docs/bots-api/data-models/message
The sender's name, which Viber requires, is added by whoever sends, like the receiver.
"""

from functools import partial
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
from preview_service.channels.predict import no_image, no_title, open_graph
from preview_service.model import Delivery, Look, Way

MESSAGES: Final = "https://creators.viber.com/docs/bots-api/data-models/message"
MESSAGE_TYPES: Final = "https://www.infobip.com/docs/viber/bots/message-types.md"
PICTURES: Final = "https://developers.viber.com/docs/api/rest-bot-api/#picture-message"
BUSINESS: Final = (
    "https://developers.sinch.com/docs/conversation/channel-support/viberbm/message-support"
)

# These messages are as old as the API: every client shows them.
_MIN_API_VERSION: Final = 1


def url(card: Card) -> Message:
    """The bare link, for the app to fetch and draw."""
    return {"min_api_version": _MIN_API_VERSION, "type": "url", "media": card.url}


def picture(card: Card) -> Message:
    """The picture, and below it title, description and the link, which alone can be tapped."""
    lines = filter(None, (card.title, card.description, card.url))
    return {
        "min_api_version": _MIN_API_VERSION,
        "type": "picture",
        "text": "\n".join(lines),
        "media": card.image and card.image.url,
    }


def say(text: str) -> Message:
    """A text message."""
    return {"min_api_version": _MIN_API_VERSION, "type": "text", "text": text}


def _caption(message: Message) -> str:
    return str(message["text"])


# No document says what the app makes of a page: these are what every other one goes by.
_rule = partial(Rule, confirmed=False)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="url",
    docs=MESSAGES,
    render=url,
    limits={"url": Limit(max=2000, excess=Excess.REJECT, source=MESSAGE_TYPES)},
    rules=(
        no_title(confirmed=False),
        _rule(name="no_og_title", measure=open_graph("title"), min=1, leaves=Look.SMALL_CARD),
        no_image(confirmed=False),
        _rule(name="no_og_image", measure=open_graph("image"), min=1, leaves=Look.SMALL_CARD),
    ),
)

PICTURE: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="picture",
    docs=MESSAGE_TYPES,
    render=picture,
    limits={
        # Ours: of a caption's 512 there is room for a title,
        "url": Limit(max=480),
        # and what is read below a picture without a tap on "more".
        "title": Limit(max=150, required=True),
        "description": Limit(max=200),
    },
    wholes=(
        MessageLimit(
            name="caption",
            read=_caption,
            limit=Limit(max=512, excess=Excess.REJECT, source=MESSAGE_TYPES),
        ),
    ),
    picture=PictureRules(
        is_required=True,
        media_types=frozenset({"image/gif", "image/jpeg", "image/png"}),
        # "The URL must have a resource with a .jpeg, .png or .gif file extension": at PICTURES.
        extensions=frozenset({"gif", "jpeg", "jpg", "png"}),
        max_bytes=1_000_000,
        # As for any other address.
        max_url=2000,
        source=MESSAGE_TYPES,
    ),
)

VIBER: Final = Channel(
    name="viber",
    label="Viber",
    family="viber",
    docs=MESSAGES,
    can_edit=False,
    # A tap on the app's own preview opens the link, on a picture only the picture.
    methods=(PASTE, PICTURE),
    say=say,
    text_limits=(Limit(max=7000, excess=Excess.REJECT, source=MESSAGES),),
    longest_text=Limit(max=7000, excess=Excess.REJECT, source=MESSAGES),
    notes=(
        f"A picture whose address does not end in .jpeg, .jpg, .png or .gif is refused: {PICTURES}",
        f"A picture's text is 512 characters here, fewer in older documents: {MESSAGE_TYPES}",
        f"Text of the Business Messages product is cut at 1000 characters: {BUSINESS}",
    ),
)
