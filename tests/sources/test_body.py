"""What is claimed of a page that declares nothing."""

from preview_service.model import Body, Claim, Field, Page
from preview_service.sources.body import BODY

BASE = "https://shop.example/p/42"


def claims(body: Body | None) -> list[Claim]:
    return list(BODY.read(Page(url=BASE, base=BASE, charset="utf-8", body=body)))


def test_heading_text_and_pictures_are_claimed_in_their_order() -> None:
    body = Body(
        heading=" Trail\nshoe ",
        text="Light.",
        images=(("data:,x", "no"), ("/a.png", " A\nshoe "), ("/b.png", "")),
    )
    assert claims(body) == [
        Claim(field=Field.TITLE, value="Trail shoe", source="body:h1"),
        Claim(field=Field.DESCRIPTION, value="Light.", source="body:text"),
        Claim(
            field=Field.IMAGE,
            value="https://shop.example/a.png",
            source="body:img",
            alt="A shoe",
        ),
        Claim(field=Field.IMAGE, value="https://shop.example/b.png", source="body:img"),
    ]


def test_an_empty_body_claims_nothing() -> None:
    assert claims(None) == []
    assert claims(Body()) == []
    assert claims(Body(heading=" ", text="\u200b", properties=(("name", "x"),))) == []
