"""A picture's size → its place on a card whose layout is ours: above the words, or beside them."""

from typing import Final

from preview_service.channels.base import Picture, Rule
from preview_service.channels.predict import image_aspect, image_width, images
from preview_service.model import Look

# Less would be blurred as wide as the card; taller ones would push the words out of sight.
_LEAST_WIDTH: Final = 300
_LEAST_ASPECT: Final = 1.2

RULES: Final = (
    Rule(name="no_image", measure=images, min=1, leaves=Look.SMALL_CARD),
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
