"""Card → a neutral JSON card, for callers that draw it themselves."""

from typing import Final

from preview_service.channels.base import (
    Card,
    Channel,
    Limit,
    Message,
    Method,
    PictureRules,
    filled,
)
from preview_service.channels.predict import no_image
from preview_service.model import Delivery, Way


def card(card: Card) -> Message:
    """The card field by field."""
    return filled(
        type="card",
        url=card.url,
        host=card.host,
        title=card.title,
        description=card.description,
        site_name=card.site_name,
        kind=card.kind.value,
        lang=card.lang,
        image=card.image
        and filled(
            url=card.image.url,
            media_type=card.image.media_type,
            width=card.image.width,
            height=card.image.height,
            alt=card.image.alt,
        ),
    )


def say(text: str) -> Message:
    """A text message."""
    return {"type": "text", "text": text}


GENERIC: Final = Channel(
    name="generic",
    label="Generic",
    family="generic",
    docs=None,
    methods=(
        Method(
            ways=(Way.CARD,),
            delivery=Delivery.CARD,
            format="card",
            render=card,
            limits={
                "title": Limit(max=300, required=True),
                "description": Limit(max=1000),
                "site_name": Limit(max=300),
                "alt": Limit(max=300),
            },
            picture=PictureRules(
                media_types=frozenset(
                    {"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}
                ),
                ideal=(1200, 630),
                max_bytes=5_000_000,
            ),
            rules=(no_image(),),
        ),
    ),
    say=say,
    text_limits=(Limit(max=4096),),
    longest_text=Limit(max=4096),
)
