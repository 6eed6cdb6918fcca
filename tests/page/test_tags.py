"""Which tags count, and how many of them are kept."""

from collections.abc import Mapping

import pytest

from preview_service.model import Field, Link
from preview_service.page import tags as limits
from preview_service.page.tags import Found, Names, Tags


def meta(**attributes: str) -> tuple[str, Mapping[str, str]]:
    return "meta", {name.replace("_", "-"): value for name, value in attributes.items()}


def found(*events: tuple[str, Mapping[str, str]]) -> Found:
    tags = Tags(Names())
    for tag, attributes in events:
        tags.start(tag, attributes)
        tags.end(tag)
    return tags.take()


def text_of(tag: str, text: str, **attributes: str) -> Found:
    tags = Tags(Names())
    tags.start(tag, attributes)
    tags.data(text)
    tags.end(tag)
    return tags.take()


@pytest.mark.parametrize(
    ("attributes", "metas"),
    [
        ({"property": "og:title", "content": "x"}, [("og:title", "x")]),
        ({"name": " OG:Title\n", "content": "x"}, [("og:title", "x")]),
        (
            {"property": "og:title twitter:title", "content": "x"},
            [("og:title", "x"), ("twitter:title", "x")],
        ),
        (
            {"property": "og:title", "name": "title", "content": "x"},
            [("og:title", "x"), ("title", "x")],
        ),
        ({"property": "og:title", "name": "og:title", "content": "x"}, [("og:title", "x")]),
        ({"itemprop": "Name", "content": "x"}, [("itemprop:name", "x")]),
        ({"http-equiv": "Refresh", "content": "0"}, [("http-equiv:refresh", "0")]),
        ({"itemprop": "name", "name": "title", "content": "x"}, [("title", "x")]),
        ({"property": "og:title", "content": ""}, []),
        ({"property": "og:title"}, []),
        ({"content": "x"}, []),
    ],
)
def test_a_meta_is_known_by_its_property_or_name(
    attributes: dict[str, str], metas: list[tuple[str, str]]
) -> None:
    assert found(("meta", attributes)).metas == tuple(metas)


def test_a_link_is_kept_with_its_relations_in_lower_case() -> None:
    icon = {"rel": "Shortcut ICON", "href": "/a.ico", "sizes": "16x16", "type": "image/x-icon"}
    links = found(("link", icon)).links
    assert links == (Link(rel="shortcut icon", href="/a.ico", sizes="16x16", type="image/x-icon"),)


@pytest.mark.parametrize(
    "attributes",
    [
        {"rel": "stylesheet", "href": "/a.css"},
        {"rel": "preload", "href": "/a.js"},
        {"rel": "icon"},
        {"href": "/a.ico"},
        {"rel": "icon", "href": "data:" + "x" * limits.MAX_LINK_CHARS},
    ],
)
def test_a_link_that_says_nothing_about_the_page_is_not_kept(attributes: dict[str, str]) -> None:
    assert found(("link", attributes)).links == ()


def test_language_and_base_are_the_first_that_are_given() -> None:
    page = found(
        ("html", {"xml:lang": "nn"}),
        ("html", {"lang": "nb"}),
        ("base", {"target": "_top"}),
        ("base", {"href": "/a/"}),
        ("base", {"href": "/b/"}),
    )
    assert (page.lang, page.base) == ("nn", "/a/")


def test_a_title_is_the_first_that_is_not_empty() -> None:
    tags = Tags(Names())
    for title in (" ", " First \n", "Second"):
        tags.start("title", {})
        tags.data(title)
        tags.end("title")
    assert tags.take().title == "First"


def test_a_drawing_has_a_title_of_its_own() -> None:
    tags = Tags(Names())
    tags.start("svg", {})
    tags.start("title", {})
    tags.data("Menu")
    tags.end("title")
    tags.end("svg")
    assert not tags.has_title
    assert tags.take().title == ""


def test_a_template_is_not_the_page() -> None:
    tags = Tags(Names())
    for depth in range(2):
        tags.start("template", {})
        tags.start(*meta(name="a", content=str(depth)))
    tags.end("template")
    tags.start(*meta(name="a", content="inside"))
    tags.end("template")
    tags.start(*meta(name="a", content="outside"))
    assert tags.take().metas == (("a", "outside"),)


@pytest.mark.parametrize(
    ("kind", "is_kept"),
    [
        ("application/ld+json", True),
        (" Application/LD+JSON; charset=utf-8", True),
        ("application/json", False),
        ("text/javascript", False),
        ("", False),
    ],
)
def test_a_script_is_kept_if_it_is_json_ld(kind: str, is_kept: bool) -> None:
    assert text_of("script", "{}", type=kind).json_ld == (("{}",) if is_kept else ())


def test_half_a_script_is_not_kept() -> None:
    assert text_of("script", "x" * limits.MAX_SCRIPT_CHARS, type="application/ld+json").json_ld
    longer = "x" * (limits.MAX_SCRIPT_CHARS + 1)
    assert text_of("script", longer, type="application/ld+json").json_ld == ()


def test_text_beyond_a_limit_is_not_collected() -> None:
    tags = Tags(Names())
    tags.start("title", {})
    for _ in range(1000):
        tags.data("x" * 1000)
    assert sum(map(len, tags._text or ())) <= limits.MAX_TITLE_CHARS + 1000
    tags.end("title")
    assert tags.take().title == "x" * limits.MAX_TITLE_CHARS


def test_metas_links_and_scripts_are_kept_up_to_their_limits() -> None:
    tags = Tags(Names())
    for _ in range(2000):
        tags.start(*meta(name="a", content="x"))
        tags.start("link", {"rel": "icon", "href": "/"})
        tags.start("script", {"type": "application/ld+json"})
        tags.end("script")
    page = tags.take()
    assert len(page.metas) == limits.MAX_OTHER_METAS
    assert len(page.links) == limits.MAX_LINKS
    assert len(page.json_ld) == limits.MAX_SCRIPTS


def test_a_thousand_authors_leave_room_for_the_card() -> None:
    tags = Tags(Names())
    for _ in range(1000):
        tags.start(*meta(name="citation_author", content="x"))
    tags.start(*meta(property="og:title", content="Title"))
    assert tags.take().metas[-1] == ("og:title", "Title")


def test_a_thousand_pictures_are_no_card_either() -> None:
    page = found(*[meta(property="og:image", content="/x")] * 1000)
    assert len(page.metas) == limits.MAX_METAS


def test_long_values_are_cut_and_their_sum_is_bounded() -> None:
    page = found(*[meta(name="a", content="x" * 100_000)] * 100)
    assert {len(content) for _, content in page.metas} == {limits.MAX_CONTENT_CHARS}
    assert sum(len(name + content) for name, content in page.metas) <= limits.MAX_META_CHARS


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        ([], {Field.TITLE, Field.DESCRIPTION, Field.IMAGE}),
        ([meta(property="og:title", content="x")], {Field.DESCRIPTION, Field.IMAGE}),
        ([meta(property="og:title", content=" ")], {Field.TITLE, Field.DESCRIPTION, Field.IMAGE}),
        ([meta(name="twitter:image:src", content="/x")], {Field.TITLE, Field.DESCRIPTION}),
        ([meta(name="description", content="x")], {Field.TITLE, Field.IMAGE}),
    ],
)
def test_it_knows_what_a_card_still_misses(
    events: list[tuple[str, Mapping[str, str]]], missing: set[Field]
) -> None:
    tags = Tags(Names())
    for event in events:
        tags.start(*event)
    assert tags.missing == missing


@pytest.mark.parametrize(
    ("elements", "attributes", "is_excessive"),
    [
        (limits.MAX_DEPTH, 0, False),
        (limits.MAX_DEPTH + 1, 0, True),
        (1, limits.MAX_NAMES - 1, False),
        (1, limits.MAX_NAMES, True),
    ],
)
def test_too_many_names_or_open_elements_are_excessive(
    elements: int, attributes: int, is_excessive: bool
) -> None:
    tags = Tags(Names())
    for _ in range(elements):
        tags.start("b", {str(number): "" for number in range(attributes)})
    assert tags.is_excessive is is_excessive


def test_what_was_taken_is_not_found_again() -> None:
    tags = Tags(Names())
    tags.start("html", {"lang": "en"})
    tags.start("svg", {})
    tags.start("template", {})
    tags.take()
    tags.start(*meta(name="a", content="x"))
    tags.start("title", {})
    assert tags.is_in_text
    assert tags.take() == Found(metas=(("a", "x"),))
