"""Where a picture stands, and that the forecast knows."""

import pytest

from preview_service.channels.base import Card, Facts, Picture
from preview_service.channels.layout import RULES, is_beside
from preview_service.channels.predict import forecast
from preview_service.model import Look, Preview


@pytest.mark.parametrize(
    ("width", "height", "because"),
    [
        (300, 250, None),
        (299, 240, "image_under_300_px_wide"),
        (1200, 1000, None),
        (1200, 1001, "image_narrower_than_6_to_5"),
        (299, None, "image_under_300_px_wide"),
        (None, 100, None),
        (None, None, None),
    ],
)
def test_small_and_tall_pictures_stand_beside_the_words(
    width: int | None, height: int | None, because: str | None
) -> None:
    picture = Picture(url="https://cdn.example/42.jpg", width=width, height=height)
    card = Card(url="https://shop.example/", host="shop.example", title="Shoe", image=picture)
    preview = Preview(url=card.url, host=card.host)
    seen = forecast(RULES, Facts(preview=preview, card=card))
    assert is_beside(picture) is (because is not None)
    assert seen.because == ((because,) if because else ())
    assert (seen.look is Look.LARGE_CARD) is (because is None)
