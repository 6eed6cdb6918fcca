"""https://developer.x.com/en/docs/x-for-websites/cards/overview/markup"""

import pytest

from preview_service.model import Claim, Field, Page
from preview_service.sources.twitter_card import TWITTER_CARD

BASE = "https://shop.example/p/42"


def claims(*metas: tuple[str, str]) -> list[Claim]:
    return list(TWITTER_CARD.read(Page(url=BASE, base=BASE, charset="utf-8", metas=metas)))


@pytest.mark.parametrize(
    ("name", "content", "field", "value"),
    [
        ("twitter:title", " Trail\nshoe ", Field.TITLE, "Trail shoe"),
        ("twitter:description", "Light.", Field.DESCRIPTION, "Light."),
        ("twitter:image", "/a.png", Field.IMAGE, "https://shop.example/a.png"),
        ("twitter:image:src", "/a.png", Field.IMAGE, "https://shop.example/a.png"),
    ],
)
def test_a_tag_claims_its_field(name: str, content: str, field: Field, value: str) -> None:
    assert claims((name, content)) == [Claim(field=field, value=value, source=name)]


@pytest.mark.parametrize(
    "meta",
    [
        ("twitter:title", "\u200b "),
        ("twitter:image", "data:image/png;base64,AA=="),
        ("twitter:image:alt", "A shoe"),
        ("twitter:site", "@acme"),
        ("twitter:card", "summary"),
        ("og:title", "Trail shoe"),
    ],
)
def test_the_rest_claims_nothing(meta: tuple[str, str]) -> None:
    assert claims(meta) == []


def test_claims_stand_in_document_order() -> None:
    found = claims(("twitter:image:src", "/a"), ("twitter:title", "x"), ("twitter:image", "/b"))
    assert [claim.source for claim in found] == [
        "twitter:image:src",
        "twitter:title",
        "twitter:image",
    ]
