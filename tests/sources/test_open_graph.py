"""https://ogp.me/, and what pages make of it."""

import pytest

from preview_service.model import Claim, Field, Page
from preview_service.sources.open_graph import OPEN_GRAPH

BASE = "https://shop.example/p/42"


def claims(*metas: tuple[str, str]) -> list[Claim]:
    return list(OPEN_GRAPH.read(Page(url=BASE, base=BASE, charset="utf-8", metas=metas)))


def addresses(*metas: tuple[str, str]) -> list[tuple[str, str]]:
    return [(claim.source, claim.value) for claim in claims(*metas)]


@pytest.mark.parametrize(
    ("name", "content", "field", "value"),
    [
        ("og:title", " Trail\nshoe ", Field.TITLE, "Trail shoe"),
        ("og:description", "Light.", Field.DESCRIPTION, "Light."),
        ("og:site_name", "Acme", Field.SITE_NAME, "Acme"),
        ("og:url", "/p/42?", Field.CANONICAL, "https://shop.example/p/42?"),
        ("og:image", "/a.png", Field.IMAGE, "https://shop.example/a.png"),
        ("og:video", "/a.mp4", Field.VIDEO, "https://shop.example/a.mp4"),
        ("article:author", "Ada", Field.AUTHOR, "Ada"),
        ("article:published_time", "2024-05-01", Field.PUBLISHED_AT, "2024-05-01"),
    ],
)
def test_a_property_claims_its_field(name: str, content: str, field: Field, value: str) -> None:
    assert claims((name, content)) == [Claim(field=field, value=value, source=name)]


@pytest.mark.parametrize(
    "meta",
    [
        ("og:title", " \u200b"),
        ("og:url", "javascript:alert(1)"),
        ("article:author", "https://www.facebook.com/ada"),
        ("og:image", "data:image/png;base64,AA=="),
        ("og:type", "constellation"),
        ("og:imagery", "/a.png"),
        ("og:image_url", "/a.png"),
        ("og:image:url:", "/a.png"),
        ("og:image:width", "1200"),
        ("og:videos", "/a.mp4"),
        ("og", "x"),
        ("", "x"),
        ("og:locale", "en_GB"),
        ("twitter:title", "x"),
    ],
)
def test_the_rest_claims_nothing(meta: tuple[str, str]) -> None:
    assert claims(meta) == []


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("website", "website"),
        ("blog", "website"),
        ("article", "article"),
        (" Article ", "article"),
        ("article.news", "article"),
        ("product", "product"),
        ("product.item", "product"),
        ("video.movie", "video"),
        ("video.other", "video"),
        ("music.song", "music"),
        ("book", "book"),
        ("books.book", "book"),
        ("profile", "profile"),
        (".video", None),
        ("videos", None),
        ("video:movie", None),
        ("", None),
    ],
)
def test_a_type_is_known_by_its_first_word(written: str, kind: str | None) -> None:
    found = [claim.value for claim in claims(("og:type", written))]
    assert found == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("metas", "expected"),
    [
        (
            [("og:image", "/a"), ("og:image:secure_url", "/as"), ("og:image", "/b")],
            [("og:image", "a"), ("og:image:secure_url", "as"), ("og:image", "b")],
        ),
        (
            [("og:image:secure_url", "/as"), ("og:image:url", "/au"), ("og:image", "/a")],
            [("og:image:secure_url", "as"), ("og:image:url", "au"), ("og:image", "a")],
        ),
        (
            [("og:image:url", "/a"), ("og:image:url", "/b")],
            [("og:image:url", "a"), ("og:image:url", "b")],
        ),
        (
            [("og:image:secure_url", " "), ("og:image:secure_url", "/b")],
            [("og:image:secure_url", "b")],
        ),
        ([("og:image", " "), ("og:image", "data:,x"), ("og:image", "/b")], [("og:image", "b")]),
        ([("og:image", " "), ("og:image:url", "/b")], [("og:image:url", "b")]),
    ],
)
def test_pictures_stand_in_document_order(
    metas: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    base = "https://shop.example/"
    assert addresses(*metas) == [(source, base + path) for source, path in expected]


def picture(path: str, source: str = "og:image", **about: int | str) -> Claim:
    value = f"https://shop.example/{path}"
    return Claim(field=Field.IMAGE, value=value, source=source, **about)  # type: ignore[arg-type]


def test_what_follows_a_picture_is_about_that_picture() -> None:
    assert claims(
        ("og:image", "/a"),
        ("og:image:width", "1200"),
        ("og:image:height", "630px"),
        ("og:image:type", "IMAGE/JPEG"),
        ("og:image:alt", " A\nshoe "),
        ("og:image", "/b"),
        ("og:image:width", "300"),
        ("og:image", "/c"),
    ) == [
        picture("a", width=1200, height=630, media_type="image/jpeg", alt="A shoe"),
        picture("b", width=300),
        picture("c"),
    ]


def test_what_stands_before_the_first_picture_is_about_it() -> None:
    assert claims(("og:image:width", "1200"), ("og:image", "/a"), ("og:image", "/b")) == [
        picture("a", width=1200),
        picture("b"),
    ]


def test_every_address_of_a_picture_has_its_size() -> None:
    assert claims(
        ("og:image", "/a"), ("og:image:secure_url", "/as"), ("og:image:width", "1200")
    ) == [picture("a", width=1200), picture("as", "og:image:secure_url", width=1200)]


def test_a_size_told_twice_is_the_first() -> None:
    assert claims(("og:image", "/a"), ("og:image:width", "1200"), ("og:image:width", "5")) == [
        picture("a", width=1200)
    ]


def test_a_film_is_grouped_apart_from_the_pictures() -> None:
    assert claims(
        ("og:video", "/v"),
        ("og:image", "/a"),
        ("og:video:width", "1280"),
        ("og:image:width", "1200"),
        ("og:video:type", "video/mp4"),
    ) == [
        picture("a", width=1200),
        Claim(
            field=Field.VIDEO,
            value="https://shop.example/v",
            source="og:video",
            width=1280,
            media_type="video/mp4",
        ),
    ]
