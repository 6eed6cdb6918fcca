"""https://html.spec.whatwg.org/multipage/microdata.html, and RDFa of the body."""

import pytest

from preview_service.model import Body, Claim, Field, Link, Page
from preview_service.sources.microdata import MICRODATA

BASE = "https://shop.example/p/42"


def claims(
    *metas: tuple[str, str], links: tuple[Link, ...] = (), body: Body | None = None
) -> list[Claim]:
    page = Page(url=BASE, base=BASE, charset="utf-8", metas=metas, links=links, body=body)
    return list(MICRODATA.read(page))


@pytest.mark.parametrize(
    ("name", "content", "field", "value"),
    [
        ("headline", " Trail\nshoe ", Field.TITLE, "Trail shoe"),
        ("name", "Trail shoe", Field.TITLE, "Trail shoe"),
        ("description", "Light.", Field.DESCRIPTION, "Light."),
        ("image", "/a.png", Field.IMAGE, "https://shop.example/a.png"),
        ("thumbnailurl", "/a.png", Field.IMAGE, "https://shop.example/a.png"),
        ("author", "Ada", Field.AUTHOR, "Ada"),
        ("datepublished", "2024-05-01", Field.PUBLISHED_AT, "2024-05-01"),
        ("datemodified", "2024-05-02", Field.MODIFIED_AT, "2024-05-02"),
        ("inlanguage", "en-GB", Field.LANG, "en-GB"),
        ("availability", "http://schema.org/InStock", Field.AVAILABILITY, "in stock"),
    ],
)
def test_a_property_claims_its_field_wherever_it_stands(
    name: str, content: str, field: Field, value: str
) -> None:
    itemprop = [Claim(field=field, value=value, source=f"itemprop:{name}")]
    assert claims((f"itemprop:{name}", content)) == itemprop
    assert claims(links=(Link(rel=f"itemprop:{name}", href=content),)) == itemprop
    for written in (name, f"schema:{name}", f"og:{name}", f"https://schema.org/{name}"):
        assert claims(body=Body(properties=((written, content),))) == [
            Claim(field=field, value=value, source=f"property:{name}")
        ]


def test_a_price_finds_its_currency_before_or_behind() -> None:
    price, currency = ("itemprop:price", "49.90"), ("itemprop:pricecurrency", "EUR")
    for metas in ((price, currency), (currency, price)):
        assert claims(*metas) == [
            Claim(field=Field.PRICE, value="49.90 EUR", source="itemprop:price")
        ]
    assert claims(price) == []
    assert claims(currency) == []


def test_a_player_is_a_page() -> None:
    assert claims(("itemprop:embedurl", "/player")) == [
        Claim(
            field=Field.VIDEO,
            value="https://shop.example/player",
            source="itemprop:embedurl",
            media_type="text/html",
        )
    ]


@pytest.mark.parametrize(
    "meta",
    [
        ("name", "x"),
        ("itemprop:", "x"),
        ("itemprop:publisher", "x"),
        ("itemprop:image", "data:,x"),
        ("itemprop:name", "\u200b"),
    ],
)
def test_the_rest_claims_nothing(meta: tuple[str, str]) -> None:
    assert claims(meta, body=Body(properties=(("publisher", "x"), ("", "x")))) == []
