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
        (
            [icon("x.svg", rel="mask-icon"), icon("y.svg"), icon("z", rel="icons")],
            ["y.svg", "x.svg"],
        ),
        ([icon("x", "512x512", rel="mask-icon"), icon("y.svg"), icon("z", "1x1")], ["z", "y.svg"]),
        ([icon("fluid", rel="fluid-icon"), icon("16", "16x16")], ["16", "fluid"]),
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


def alternate(href: str, media_type: str, rel: str = "alternate") -> Link:
    return Link(rel=rel, href=href, type=media_type)


def test_feeds_are_claimed_with_their_type() -> None:
    found = claims(
        alternate("/de", "text/html"),
        alternate("/api", "application/json"),
        alternate("data:,x", "application/rss+xml"),
        alternate("/rss", " Application/RSS+XML; charset=utf-8"),
        alternate("/atom", "application/atom+xml", "alternate home"),
        alternate("/json", "application/feed+json"),
    )
    assert [(claim.field, claim.source, claim.value, claim.media_type) for claim in found] == [
        (Field.FEED, "link:feed", "https://shop.example/rss", "application/rss+xml"),
        (Field.FEED, "link:feed", "https://shop.example/atom", "application/atom+xml"),
    ]


def test_of_oembed_answers_json_comes_first() -> None:
    found = claims(
        alternate("/xml", "text/xml+oembed"),
        alternate("/1", "application/json+oembed", "alternative"),
        alternate("/2", "text/json+oembed"),
    )
    assert [(claim.field, claim.value, claim.media_type) for claim in found] == [
        (Field.OEMBED, "https://shop.example/1", "application/json+oembed"),
        (Field.OEMBED, "https://shop.example/2", "text/json+oembed"),
    ]
    found = claims(
        alternate("/xml", "application/xml+oembed"), alternate("/1", "application/json+oembed")
    )
    assert [claim.value for claim in found] == [
        "https://shop.example/1",
        "https://shop.example/xml",
    ]


def test_manifest_and_amp_page_are_claimed() -> None:
    assert claims(Link(rel="manifest", href="/m.json"), Link(rel="amphtml", href="/amp")) == [
        Claim(field=Field.MANIFEST, value="https://shop.example/m.json", source="link:manifest"),
        Claim(field=Field.ALTERNATE, value="https://shop.example/amp", source="link:amphtml"),
    ]
