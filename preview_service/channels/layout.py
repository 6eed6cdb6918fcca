"""A card whose layout is ours → how long its words are, and its picture above or beside them."""

from typing import Final

from preview_service.channels.base import Limit, Picture, Rule
from preview_service.channels.predict import image_aspect, image_width, no_image
from preview_service.channels.words import HEADLINE_CHARS
from preview_service.model import Look

# Less would be blurred as wide as the card; taller ones would push the words out of sight.
_LEAST_WIDTH: Final = 300
_LEAST_ASPECT: Final = 1.2

# No document sets lengths: these are for the eye. Two lines and three are about so much, and the
# title is a subject too.
LIMITS: Final = {
    "title": Limit(max=HEADLINE_CHARS, required=True),
    "description": Limit(max=300),
    "site_name": Limit(max=100),
    "alt": Limit(max=300),
}

RULES: Final = (
    no_image(),
    Rule(
        name="image_under_300_px_wide",
        measure=image_width,
        min=_LEAST_WIDTH,
        leaves=Look.SMALL_CARD,
    ),
    Rule(
        name="image_narrower_than_6_to_5",
        measure=image_aspect,
        min=_LEAST_ASPECT,
        leaves=Look.SMALL_CARD,
    ),
)


def is_beside(picture: Picture) -> bool:
    """Whether *picture* stands beside the words; one of unknown size stands above."""
    is_narrow = picture.width is not None and picture.width < _LEAST_WIDTH
    return is_narrow or (picture.aspect is not None and picture.aspect < _LEAST_ASPECT)
