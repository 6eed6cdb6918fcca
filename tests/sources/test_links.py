"""Which icons are claimed, in which order, and the old `image_src`."""

import pytest

from preview_service.model import Claim, Field, Link, Page
from preview_service.sources.links import LINKS

BASE = "https://shop.example/p/42"


def claims(*links: Link) -> list[Claim]:
    return list(LINKS.read(Page(url=BASE, base=BASE, charset="utf-8", links=links)))


def icon(href: str, sizes: str = "", rel: str = "icon", media_type: str = "") -> Link:
    return Link(rel=rel, href=href, sizes=sizes, type=media_type)


TOUCH = "apple-touch-icon"


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([icon("16", "16x16"), icon("96", "96x96"), icon("48", "48x48")], ["96", "48"]),
        ([icon("first", "48x48"), icon("second", "48X48")], ["first", "second"]),
        ([icon("plain"), icon("touch", rel=TOUCH)], ["touch", "plain"]),
        ([icon("touch", rel=TOUCH), icon("192", "192x192")], ["192", "touch"]),
        ([icon("touch", "57x57", rel=TOUCH), icon("96", "96x96")], ["96", "touch"]),
        ([icon("512", "512x512"), icon("256", "256x256"), icon("16", "16x16")], ["256", "16"]),
        ([icon("1024", "1024x1024"), icon("512", "512x512")], ["512", "1024"]),
        ([icon("many", "16x16 32x32 64x64"), icon("48", "48x48")], ["many", "48"]),
        ([icon("any", "any"), icon("48", "48x48")], ["48", "any"]),
        ([icon("bad", "bigxbig"), icon("48", "48x48"), icon("0", "0x0")], ["48", "bad"]),
        ([icon("a.svg", "256x256"), icon("png", "16x16")], ["png", "a.svg"]),
        ([icon("A.SVG", "256x256"), icon("png", "16x16")], ["png", "A.SVG"]),
        ([icon("x", media_type="Image/SVG+xml"), icon("png", "16x16")], ["png", "x"]),
        ([icon("x", rel="shortcut icon")], ["x"]),
        ([icon("x", rel="icon icon icon"), icon("y")], ["x", "y"]),
        ([icon("x", rel="apple-touch-icon-precomposed")], ["x"]),
        ([icon("x", rel="mask-icon"), icon("y", rel="fluid-icon"), icon("z", rel="icons")], []),
    ],
)
def test_icons_come_from_best_to_worst_and_are_two(links: list[Link], expected: list[str]) -> None:
    found = claims(*links)
    assert [claim.value for claim in found] == [f"https://shop.example/p/{x}" for x in expected]


def test_icons_that_cannot_be_fetched_stand_in_nobodys_way() -> None:
    found = claims(
        icon("data:image/png;base64,AA==", "128x128"),
        icon("javascript:alert(1)", "96x96"),
        icon("https://user@a.example/i", "64x64"),
        icon("/ok.png", "16x16"),
    )
    assert [claim.value for claim in found] == ["https://shop.example/ok.png"]


def test_an_icon_says_its_relation_declared_size_and_type() -> None:
    assert claims(
        icon("/a", "180x180", TOUCH, " IMAGE/PNG\x00"), icon("/b", media_type="x" * 400)
    ) == [
        Claim(
            field=Field.ICON,
            value="https://shop.example/a",
            source="link:apple-touch-icon",
            width=180,
            height=180,
            media_type="image/png",
        ),
        Claim(
            field=Field.ICON,
            value="https://shop.example/b",
            source="link:icon",
            media_type="x" * 64,
        ),
    ]


def test_image_src_is_a_picture() -> None:
    found = claims(
        Link(rel="image_src", href="data:,x"),
        Link(rel="image_src2", href="/b.png"),
        Link(rel="image_src", href="/a.png"),
        Link(rel="stylesheet", href="/a.css"),
    )
    assert found == [
        Claim(field=Field.IMAGE, value="https://shop.example/a.png", source="link:image_src")
    ]


def test_a_relation_repeated_is_one_relation() -> None:
    assert len(claims(Link(rel="image_src " * 800, href="/a.png"))) == 1
