"""JSON-LD as pages write it, and as nobody should: https://schema.org/docs/gs.html"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.model import Claim, Field, Page
from preview_service.sources.json_ld import JSON_LD, MAX_IMAGES

BASE = "https://news.example/a/1"

ARTICLE = {"@type": "Article", "headline": "Rain"}


def claims(*scripts: str, title: str | None = None) -> list[Claim]:
    page = Page(url=BASE, base=BASE, charset="utf-8", title=title, json_ld=scripts)
    return list(JSON_LD.read(page))


def said(*documents: Any, title: str | None = None) -> list[tuple[str, str]]:
    """What the documents claim, but for the kind."""
    found = claims(*map(json.dumps, documents), title=title)
    return [(claim.source, claim.value) for claim in found if claim.field is not Field.KIND]


def test_an_article_claims_what_it_knows() -> None:
    assert claims(
        """{"@context": "https://schema.org", "@type": "NewsArticle", "headline": " Rain\\n again ",
        "description": "Wet.", "datePublished": "2024-05-01T08:00:00Z",
        "author": {"@type": "Person", "name": "Ada"}, "image": "/rain.jpg", "name": "Wind"}"""
    ) == [
        Claim(field=Field.TITLE, value="Rain again", source="json-ld:headline"),
        Claim(field=Field.DESCRIPTION, value="Wet.", source="json-ld:description"),
        Claim(field=Field.KIND, value="article", source="json-ld:@type"),
        Claim(field=Field.AUTHOR, value="Ada", source="json-ld:author"),
        Claim(
            field=Field.PUBLISHED_AT, value="2024-05-01T08:00:00Z", source="json-ld:datePublished"
        ),
        Claim(field=Field.IMAGE, value="https://news.example/rain.jpg", source="json-ld:image"),
    ]


RAIN = [("json-ld:headline", "Rain")]
SITE = {"@type": "WebSite", "name": "News", "headline": "All the news"}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([ARTICLE], RAIN),
        ([[ARTICLE]], RAIN),
        ([[[ARTICLE]]], RAIN),
        ([{"@graph": [SITE, ARTICLE]}], RAIN),
        ([{"@graph": ARTICLE}], RAIN),
        ([{"@graph": [{"@graph": [ARTICLE]}]}], RAIN),
        ([[{"@graph": [SITE]}, ARTICLE]], RAIN),
        ([{"@type": "WebPage", "mainEntity": ARTICLE}], RAIN),
        ([{"@type": "WebPage", "mainEntity": [ARTICLE]}], RAIN),
        ([SITE, ARTICLE], RAIN),
        ([ARTICLE, {"@type": "Article", "headline": "Sun"}], RAIN),
        ([{"@type": "Product", "name": "Shoe"}, ARTICLE], RAIN),
        ([{"@type": ["Thing", "schema:Article"], "headline": "Rain"}], RAIN),
        ([{"@type": "https://schema.org/Article", "headline": "Rain"}], RAIN),
        ([{"@type": ["WebPage", "Article"], "headline": "Rain"}], RAIN),
        ([{"@type": "Article", "headline": ["Rain", "Sun"]}], RAIN),
        ([{"@type": "Article", "headline": {"@value": "Rain", "@language": "en"}}], RAIN),
        ([{"@type": "Article", "headline": [{"@value": "Rain"}]}], RAIN),
        ([{"@type": "Article", "headline": " \u200b"}, ARTICLE], RAIN),
        ([{"@type": "Article", "headline": "\n"}, ARTICLE], RAIN),
        ([SITE], []),
        ([{"headline": "of no type"}], []),
        ([{"@type": [], "headline": "of no type"}], []),
        ([{"@type": "Article", "headline": " \u200b"}], []),
        ([{"publisher": ARTICLE}], []),
        ([], []),
    ],
)
def test_the_main_entity_is_found(documents: list[Any], expected: list[tuple[str, str]]) -> None:
    assert said(*documents) == expected


SHOE, BOOT = {"@type": "Product", "name": "Shoe"}, {"@type": "Product", "name": "Boot"}


@pytest.mark.parametrize(
    ("documents", "title", "expected"),
    [
        ([SHOE], "Shoe · Acme", ["Shoe"]),
        ([SHOE], "  The\n Shoe ", ["Shoe"]),
        ([{"@type": "Product", "name": "Trail\n shoe"}], "Trail shoe | Acme", ["Trail shoe"]),
        ([{"@type": "Product", "name": "Trail shoe"}], "Trail\n shoe", ["Trail shoe"]),
        ([{"@type": "Recipe", "name": "B&#339;uf"}], "Bœuf - Acme", ["B&#339;uf"]),
        ([SHOE], "Acme", []),
        ([SHOE], None, ["Shoe"]),
        ([SHOE], " ", ["Shoe"]),
        ([SHOE, BOOT], None, []),
        ([SHOE, BOOT], "Shoe", []),
        ([SHOE, SITE], "Shoe", ["Shoe"]),
        ([{"@type": "ViewAction", "name": "Open"}, SHOE], "Shoe", ["Shoe"]),
        ([{"@type": "CreativeWork", "name": "Shoe"}, {"@type": "Place", "name": "x"}], "Shoe", []),
        ([{"@type": "Article", "headline": "Rain", "name": "Shoe"}], "Shoe", ["Rain", "Shoe"]),
    ],
)
def test_a_name_counts_when_the_title_confirms_it_or_is_missing(
    documents: list[Any], title: str | None, expected: list[str]
) -> None:
    assert [value for _, value in said(*documents, title=title)] == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ada", "Ada"),
        ({"name": "Ada"}, "Ada"),
        ([{"@type": "Person", "name": "Ada"}, {"name": "Bob"}], "Ada, Bob"),
        (["Ada", "Bob", "Ada"], "Ada, Bob"),
        (["Ada", "", {"name": "\n"}, None, "Bob"], "Ada, Bob"),
        (["Ada", "Bob", "Cyd"], "Ada, Bob, Cyd"),
        (["Ada", "Bob", "Cyd", "Dan", "Eve"], "Ada, Bob, Cyd, …"),
        (["https://social.example/ada", "Bob"], "Bob"),
        ("https://social.example/ada", None),
        ([{"@id": "#ada"}, {"@id": "#bob"}], None),
        ({"name": ["Ada", "A. L."]}, "Ada"),
        ({"name": {"@value": "Ada"}}, "Ada"),
        ({"@id": "#ada"}, None),
        ({"name": {"first": "Ada"}}, None),
        ([], None),
        (7, None),
        (None, None),
    ],
)
def test_an_author_may_be_nested(author: Any, expected: str | None) -> None:
    found = said({**ARTICLE, "author": author})[1:]
    assert found == ([("json-ld:author", expected)] if expected else [])


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([{**ARTICLE, "author": {"@id": "#ada"}}, {"@id": "#ada", "name": "Ada"}], "Ada"),
        ([[{"@id": "#ada", "name": "Ada"}], {**ARTICLE, "author": [{"@id": "#ada"}]}], "Ada"),
        (
            [
                {
                    "@graph": [
                        {**ARTICLE, "author": {"@id": "#ada", "@type": "Person"}},
                        {"@id": "#ada", "name": "Ada"},
                        {"@id": "#ada", "name": "Bob"},
                    ]
                }
            ],
            "Ada",
        ),
        ([{**ARTICLE, "author": {"@id": "#1"}}, {"@id": "#1", "author": {"@id": "#1"}}], None),
        ([{**ARTICLE, "@id": "#a", "author": {"@id": "#a"}}], None),
        ([{**ARTICLE, "author": {"@id": ["#ada"]}}, {"@id": "#ada", "name": "Ada"}], None),
    ],
)
def test_a_reference_is_followed_once_within_the_page(
    documents: list[Any], expected: str | None
) -> None:
    found = [value for source, value in said(*documents) if source == "json-ld:author"]
    assert found == ([expected] if expected else [])


def test_pictures_and_films_are_followed_too() -> None:
    article = {**ARTICLE, "image": {"@id": "#i"}, "video": {"@id": "#v"}}
    image = {"@id": "#i", "@type": "ImageObject", "contentUrl": "/a", "width": 3}
    video = {"@id": "#v", "@type": "VideoObject", "contentUrl": "/v"}
    assert claims(json.dumps([article, image, video]))[-2:] == [
        picture("/a", width=3),
        Claim(field=Field.VIDEO, value="https://news.example/v", source="json-ld:contentUrl"),
    ]


def test_an_article_tells_its_dates_section_language_and_words() -> None:
    found = said(
        {
            **ARTICLE,
            "creator": "Ada",
            "datePublished": "2024-05-01",
            "dateModified": "2024-05-02",
            "articleSection": ["Weather", "News"],
            "inLanguage": "en-GB",
            "keywords": "rain, , sun",
        }
    )
    assert found[1:] == [
        ("json-ld:keywords", "rain"),
        ("json-ld:keywords", "sun"),
        ("json-ld:creator", "Ada"),
        ("json-ld:datePublished", "2024-05-01"),
        ("json-ld:dateModified", "2024-05-02"),
        ("json-ld:articleSection", "Weather"),
        ("json-ld:inLanguage", "en-GB"),
    ]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        (["rain", "sun, wind"], ["rain", "sun", "wind"]),
        ([{"@type": "DefinedTerm", "name": "rain"}, 7, None], ["rain"]),
        (",".join("abcdefghijkl"), list("abcdefgh")),
        (7, []),
    ],
)
def test_keywords_are_a_few_tags(keywords: Any, expected: list[str]) -> None:
    found = said({**ARTICLE, "keywords": keywords})
    assert [value for source, value in found if source == "json-ld:keywords"] == expected


def test_a_page_tells_its_author_and_date_but_not_what_it_is_about() -> None:
    page = {
        "@type": "WebPage",
        "name": "Shoe",
        "description": "All shoes.",
        "image": "/a",
        "author": "Ada",
        "datePublished": "2024-05-01",
    }
    facts = [("json-ld:author", "Ada"), ("json-ld:datePublished", "2024-05-01")]
    assert said(page, title="Shoe") == facts
    assert said(SITE, page, SHOE, BOOT, title="Shoe") == facts
    assert said(page, ARTICLE) == RAIN


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ({"price": "49.90", "priceCurrency": "EUR"}, ["49.90 EUR"]),
        ({"price": 49.9, "priceCurrency": "EUR"}, ["49.9 EUR"]),
        ({"price": 50, "priceCurrency": "EUR", "lowPrice": 40}, ["50 EUR"]),
        ({"@type": "AggregateOffer", "lowPrice": 40, "priceCurrency": "EUR"}, ["40 EUR"]),
        ([{}, {"price": 50, "priceCurrency": "EUR"}, {"price": 1}], ["50 EUR"]),
        ({"priceSpecification": {"price": 5, "priceCurrency": "EUR"}}, ["5 EUR"]),
        ({"priceSpecification": [{"price": 5}], "priceCurrency": "EUR"}, ["5 EUR"]),
        (
            {"price": 5, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"},
            ["5 EUR", "in stock"],
        ),
        ({"availability": "OutOfStock"}, ["out of stock"]),
        ({"@id": "#o"}, []),
        ({"price": True, "priceCurrency": "EUR"}, []),
        ({"price": 5}, []),
        ([[]], []),
        ("free", []),
    ],
)
def test_the_first_offer_that_says_something_counts(offers: Any, expected: list[str]) -> None:
    found = said({"@type": "Product", "offers": offers})
    assert [value for _, value in found] == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"@type": "VideoObject", "contentUrl": "/v.mp4"}, [("/v.mp4", None)]),
        (
            {"@type": "VideoObject", "embedUrl": "/player", "contentUrl": "/v.mp4"},
            [("/v.mp4", None), ("/player", "text/html")],
        ),
        ({**ARTICLE, "video": [{"embedUrl": "/1"}, {"embedUrl": "/2"}]}, [("/1", "text/html")]),
        ({**ARTICLE, "video": "/v.mp4"}, []),
        ({**ARTICLE, "contentUrl": "/v.mp4"}, []),
    ],
)
def test_a_film_and_its_player_are_told_apart(
    node: Any, expected: list[tuple[str, str | None]]
) -> None:
    found = [claim for claim in claims(json.dumps(node)) if claim.field is Field.VIDEO]
    assert [(claim.value, claim.media_type) for claim in found] == [
        (f"https://news.example{path}", media_type) for path, media_type in expected
    ]


def test_a_thumbnail_comes_after_the_picture() -> None:
    found = said({**ARTICLE, "thumbnailUrl": ["/small"], "image": "/large"})
    assert found[1:] == [
        ("json-ld:image", "https://news.example/large"),
        ("json-ld:thumbnailUrl", "https://news.example/small"),
    ]


def picture(path: str, **about: int | str) -> Claim:
    value = f"https://news.example{path}"
    return Claim(field=Field.IMAGE, value=value, source="json-ld:image", **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("/a", [picture("/a")]),
        ("b", [picture("/a/b")]),
        (["/a", "/b"], [picture("/a"), picture("/b")]),
        ([["/a", "/b"]], [picture("/a")]),
        ({"@type": "ImageObject", "url": "/a"}, [picture("/a")]),
        ({"url": {"@value": "/a"}}, [picture("/a")]),
        ({"contentUrl": "/a"}, [picture("/a")]),
        ({"url": "/a", "contentUrl": "/b"}, [picture("/a")]),
        ({"url": 7, "contentUrl": "/b"}, [picture("/b")]),
        (
            {"url": "/a", "width": 1200, "height": "630px", "caption": " A\n wet day "},
            [picture("/a", width=1200, height=630, alt="A wet day")],
        ),
        ({"url": "/a", "width": 1200.0, "height": -630}, [picture("/a", width=1200)]),
        ({"url": "/a", "width": True, "height": None}, [picture("/a")]),
        ({"url": "/a", "width": {"value": 1200}, "height": [630]}, [picture("/a")]),
        ([{"url": "/a", "width": 3}, "/b", None, 7], [picture("/a", width=3), picture("/b")]),
        (["data:,x", "javascript:alert(1)", "/c"], [picture("/c")]),
        ("", []),
        ({}, []),
        ([], []),
        ([[]], []),
        (7, []),
        (None, []),
    ],
)
def test_pictures_are_read_in_every_shape(image: Any, expected: list[Claim]) -> None:
    found = claims(json.dumps({**ARTICLE, "image": image}))
    assert [claim for claim in found if claim.field is Field.IMAGE] == expected


def test_a_gallery_is_not_read_to_its_end() -> None:
    image = [f"/{number}" for number in range(9)]
    assert [value for _, value in said({**ARTICLE, "image": image})[1:]] == [
        "https://news.example/0",
        "https://news.example/1",
        "https://news.example/2",
        "https://news.example/3",
    ]
    assert MAX_IMAGES == 4


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ("Article", "article"),
        ("http://schema.org/BlogPosting", "article"),
        ("schema:Recipe", "article"),
        ("Product", "product"),
        (["Thing", "Product"], "product"),
        ("VideoObject", "video"),
        ("MusicAlbum", "music"),
        ("Book", "book"),
        ("ProfilePage", "profile"),
        ("Volcano", None),
    ],
)
def test_a_type_is_a_kind(types: Any, kind: str | None) -> None:
    found = claims(json.dumps({"@type": types}))
    assert [(claim.source, claim.value) for claim in found] == (
        [("json-ld:@type", kind)] if kind else []
    )


TEXT = '{"@type": "Article", "headline": "Rain"}'

HEADLINE_AND_KIND = [("json-ld:headline", "Rain"), ("json-ld:@type", "article")]


@pytest.mark.parametrize(
    "script",
    [
        TEXT,
        f"<!-- {TEXT}; -->",
        '{"@type": "Article", "headline": "Ra\\u0069n",}',
        '{"@type": "Article", "headline": "\n Rain\r\n\t"}',
        '{"@type": "Article", "headline": "\\ud83dRain"}',
        '{"@type": "Article", "headline": "Sun", "headline": "Rain"}',
        '{"@type": "Article", "headline": "Rain", "wordCount": NaN}',
        '{"@type": "Article", "headline": "Rain", "wordCount": -Infinity}',
        '{"@type": "Article", "headline": "Rain", "wordCount": 1e999}',
        '{"@type": "Article", "headline": "Rain", "wordCount": ' + "9" * 400 + "}",
        '{"@type": "Article", "headline": "Rain", "x": ' + "[" * 300 + "]" * 300 + "}",
        TEXT + TEXT,
        '{"@type": "WebSite"}' + TEXT,
        TEXT + '{"@type": "Article", "headline": "cut o',
    ],
)
def test_json_is_read_as_pages_write_it(script: str) -> None:
    assert [(claim.source, claim.value) for claim in claims(script)] == HEADLINE_AND_KIND


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{",
        TEXT[:-1],
        "{'@type': 'Article', 'headline': 'Rain'}",
        '{"@type": "Article", "headline": undefined}',
        '{"@type": "Article", "headline": "\\ud8"}',
        '{"@type": "Article", "headline": "Rain", "n": ' + "9" * 5000 + "}",
        "[" * 100_000,
        "[NaN, " + "[" * 100_000,
        "[" * 100_000 + TEXT + "]" * 100_000,
        '{"@graph":' * 100_000,
        '{"@graph":' * 100_000 + TEXT + "}" * 100_000,
        "null",
        "true",
        "7",
        "NaN",
        '"Rain"',
        "[]",
        "{}",
        "[[], [null, 7, [true]]]",
        '{"@graph": null}',
        '{"@graph": {"@graph": 7}, "mainEntity": "x"}',
        '{"@type": {"@type": "Article"}, "headline": "Rain"}',
    ],
)
def test_what_cannot_be_read_says_nothing(script: str) -> None:
    assert claims(script) == []


def test_a_broken_script_silences_no_other() -> None:
    assert [claim.value for claim in claims("{", "[" * 100_000, TEXT)] == ["Rain", "article"]


def test_a_long_list_of_entities_is_not_read_to_its_end() -> None:
    assert said([{}] * 5000 + [ARTICLE]) == []
    assert claims("[" * 700 + TEXT + "]" * 700) == []


@pytest.mark.parametrize("depth", range(960, 1030, 3))
def test_depth_at_the_edge_of_what_a_parser_takes_is_no_fault(depth: int) -> None:
    width = "[" * depth + "]" * depth
    found = claims(f'{{"@type": "Article", "image": {{"url": "/a", "width": {width}}}}}')
    assert found == [] or found[1] == picture("/a")


KEYS = (
    *("@graph", "@id", "@type", "@value", "availability", "contentUrl", "name", "price"),
    *("priceCurrency", "priceSpecification", "url", "width"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
PROPERTIES = (
    "@type",
    "@graph",
    "mainEntity",
    "headline",
    "name",
    "description",
    "author",
    "creator",
    "datePublished",
    "image",
    "keywords",
    "offers",
    "thumbnailUrl",
    "video",
)


@given(properties=st.dictionaries(st.sampled_from(PROPERTIES), JSON), title=st.text(max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_value_in_any_property_is_borne(properties: dict[str, Any], title: str) -> None:
    for node in (properties, {**ARTICLE, **properties}, {**properties, **ARTICLE}):
        for claim in claims(json.dumps(node), title=title):
            assert isinstance(claim.value, str)
            assert claim.value


@given(text=st.text(alphabet='{}[]":,;@\\/<!->0179eE.tnul \n\ud83d', max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_borne(text: str) -> None:
    assert claims(text) == []
