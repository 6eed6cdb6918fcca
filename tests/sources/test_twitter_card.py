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


def test_what_is_said_of_the_picture_goes_with_it_wherever_it_stands() -> None:
    about = {"width": 1200, "height": 630, "alt": "A shoe"}
    assert claims(
        ("twitter:image:alt", " A\nshoe "),
        ("twitter:image", "/a.png"),
        ("twitter:image:width", "1200"),
        ("twitter:image:height", "630"),
        ("twitter:image:height", "5"),
    ) == [
        Claim(
            field=Field.IMAGE,
            value="https://shop.example/a.png",
            source="twitter:image",
            **about,  # type: ignore[arg-type]
        )
    ]


def test_a_player_is_a_page_and_its_stream_a_film() -> None:
    found = claims(
        ("twitter:player", "/player"),
        ("twitter:player:stream", "/film.mp4"),
        ("twitter:player:stream:content_type", "video/mp4"),
        ("twitter:player:width", "640"),
    )
    assert [(claim.field, claim.value, claim.width, claim.media_type) for claim in found] == [
        (Field.VIDEO, "https://shop.example/player", 640, "text/html"),
        (Field.VIDEO, "https://shop.example/film.mp4", 640, "video/mp4"),
    ]


@pytest.mark.parametrize(
    ("metas", "expected"),
    [
        ({"twitter:label1": "Reading time", "twitter:data1": "5 min"}, ["Reading time: 5 min"]),
        (
            {
                "twitter:data2": " In stock ",
                "twitter:label2": "Availability ",
                "twitter:data1": "49.90 EUR",
                "twitter:label1": "Price",
            },
            ["Price: 49.90 EUR", "Availability: In stock"],
        ),
        ({"twitter:label1": "Reading time", "twitter:data2": "5 min"}, []),
        ({"twitter:label1": " ", "twitter:data1": "5 min"}, []),
        ({"twitter:label1": "Reading time", "twitter:data1": " "}, []),
    ],
)
def test_a_detail_is_a_label_and_what_it_labels(metas: dict[str, str], expected: list[str]) -> None:
    found = claims(*metas.items())
    assert [claim.value for claim in found] == expected
    assert {claim.field for claim in found} <= {Field.DETAIL}
