"""https://ogp.me/, and what pages make of it."""

import pytest

from preview_service.model import Claim, Field, Page
from preview_service.sources.open_graph import OPEN_GRAPH, OPEN_GRAPH_LOCALE

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
        ("article:modified_time", "2024-05-02", Field.MODIFIED_AT, "2024-05-02"),
        ("og:updated_time", "1714608000", Field.MODIFIED_AT, "1714608000"),
        ("article:section", "Weather", Field.SECTION, "Weather"),
        ("article:tag", "rain", Field.TAG, "rain"),
        ("og:audio", "/a.mp3", Field.AUDIO, "https://shop.example/a.mp3"),
        ("book:author", "Ada", Field.AUTHOR, "Ada"),
        ("book:release_date", "1843", Field.PUBLISHED_AT, "1843"),
        ("product:availability", "instock", Field.AVAILABILITY, "in stock"),
        ("og:availability", "pending", None, None),
    ],
)
def test_a_property_claims_its_field(
    name: str, content: str, field: Field | None, value: str | None
) -> None:
    found = [(claim.field, claim.value, claim.source) for claim in claims((name, content))]
    assert found == ([(field, value, name)] if field else [])


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
        ("song", "music"),
        ("movie", "video"),
        ("tv_show", "video"),
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


def test_a_sound_has_its_type_and_its_secure_address() -> None:
    found = claims(
        ("og:audio", "http://shop.example/a.mp3"),
        ("og:audio:secure_url", "/a.mp3"),
        ("og:audio:type", "audio/mpeg"),
    )
    assert [(claim.source, claim.value, claim.media_type) for claim in found] == [
        ("og:audio", "http://shop.example/a.mp3", "audio/mpeg"),
        ("og:audio:secure_url", "https://shop.example/a.mp3", "audio/mpeg"),
    ]


def test_every_tag_is_claimed() -> None:
    found = claims(("article:tag", "rain"), ("article:tag", " "), ("video:tag", "sun"))
    assert [claim.value for claim in found] == ["rain", "sun"]


@pytest.mark.parametrize(
    ("metas", "expected"),
    [
        ({"product:price:amount": "49.90", "product:price:currency": "EUR"}, ["49.90 EUR"]),
        ({"og:price:currency": "EUR", "og:price:amount": "49.90"}, ["49.90 EUR"]),
        (
            {
                "product:price:amount": "49.90",
                "product:price:currency": "EUR",
                "product:sale_price:amount": "39.90",
                "product:sale_price:currency": "EUR",
            },
            ["39.90 EUR", "49.90 EUR"],
        ),
        ({"product:price:amount": "49.90", "og:price:currency": "EUR"}, []),
        ({"product:price:amount": "49.90"}, []),
        ({"product:price:currency": "EUR"}, []),
    ],
)
def test_a_price_has_a_currency_and_todays_comes_first(
    metas: dict[str, str], expected: list[str]
) -> None:
    assert [claim.value for claim in claims(*metas.items())] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("en_US", "en-US"), ("de", "de"), (" es_LA ", "es-419"), ("English", None), ("", None)],
)
def test_the_locale_is_a_language_tag(written: str, expected: str | None) -> None:
    page = Page(url=BASE, base=BASE, charset="utf-8", metas=(("og:locale", written),))
    found = [(claim.field, claim.value, claim.source) for claim in OPEN_GRAPH_LOCALE.read(page)]
    assert found == ([(Field.LANG, expected, "og:locale")] if expected else [])
