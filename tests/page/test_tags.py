"""Which tags count, and how many of them are kept."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Field, Link
from preview_service.page import tags as limits
from preview_service.page.tags import Found, Tags


def meta(**attributes: str) -> tuple[str, Mapping[str, str]]:
    return "meta", {name.replace("_", "-"): value for name, value in attributes.items()}


def found(*events: tuple[str, Mapping[str, str]]) -> Found:
    tags = Tags()
    for tag, attributes in events:
        tags.start(tag, attributes)
        tags.end(tag)
    return tags.found()


def text_of(tag: str, text: str, **attributes: str) -> Found:
    tags = Tags()
    tags.start(tag, attributes)
    tags.data(text.encode())
    tags.end(tag)
    return tags.found()


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
        (
            {"property": " og:title\n\ttwitter:title", "content": "x"},
            [("og:title", "x"), ("twitter:title", "x")],
        ),
        ({"property": "", "name": "title", "content": "x"}, [("title", "x")]),
        ({"name": " ", "content": "x"}, []),
        ({"property": "\n", "content": "x"}, []),
        ({"name": "Viewport", "content": "x"}, []),
        ({"http-equiv": "Content-Type", "content": "x"}, []),
        ({"http-equiv": "origin-trial", "content": "x"}, []),
        (
            {"http-equiv": "Content-Language", "itemprop": "inLanguage", "content": "de"},
            [("itemprop:inlanguage", "de"), ("http-equiv:content-language", "de")],
        ),
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
        {"rel": "Preload", "href": "/a.js"},
        {"rel": "wlwmanifest", "href": "/a.xml"},
        {"rel": "alternate", "href": "/de", "hreflang": "de"},
        {"rel": "author", "href": "/a", "itemprop": "author"},
        {"itemprop": "", "href": "/a"},
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
    tags = Tags()
    for title in (b" ", b" First \n", b"Second"):
        tags.start("title", {})
        tags.data(title)
        tags.end("title")
    assert tags.found().title == "First"


def test_a_drawing_has_a_title_of_its_own() -> None:
    tags = Tags()
    tags.start("svg", {})
    tags.start("title", {})
    tags.data(b"Menu")
    tags.end("title")
    tags.end("svg")
    assert not tags.has_title
    assert tags.found().title == ""


def test_a_template_is_not_the_page() -> None:
    tags = Tags()
    for depth in range(2):
        tags.start("template", {})
        tags.start(*meta(name="a", content=str(depth)))
    tags.end("template")
    tags.start(*meta(name="a", content="inside"))
    tags.meta("a", "inside")
    tags.link("icon", "/inside", None, "")
    tags.start("script", {"type": "application/ld+json"})
    assert not tags.is_in_text
    tags.end("template")
    tags.end("template")
    tags.start(*meta(name="a", content="outside"))
    assert tags.found() == Found(metas=(("a", "outside"),))


def test_drawings_are_counted_through_templates() -> None:
    tags = Tags()
    tags.end("svg")
    tags.start("svg", {})
    tags.end("template")
    assert tags.is_in_drawing
    tags.start("template", {})
    tags.start("svg", {})
    tags.end("svg")
    assert tags.is_in_drawing
    tags.start("svg", {})
    tags.end("template")
    tags.end("svg")
    assert not tags.is_in_drawing


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
    longest = "x" * limits.MAX_SCRIPTS_BYTES
    assert text_of("script", longest, type="application/ld+json").json_ld == (longest,)
    assert text_of("script", longest + "x", type="application/ld+json").json_ld == ()


def test_scripts_are_kept_up_to_the_sum_of_their_lengths() -> None:
    tags = Tags()
    half = b"x" * (limits.MAX_SCRIPTS_BYTES // 2)
    for text in (half, half + b"x", half, b"x"):
        tags.start("script", {"type": "application/ld+json"})
        tags.data(text)
        tags.end("script")
    assert [len(text) for text in tags.found().json_ld] == [len(half), len(half)]


def test_a_title_is_cut_and_one_that_never_ends_is_none() -> None:
    longest = limits.MAX_TITLE_BYTES
    assert text_of("title", "x" * longest).title == "x" * limits.MAX_TITLE_CHARS
    tags = Tags()
    tags.start("title", {})
    for _ in range(1000):
        tags.data(b"x" * 1000)
        assert sum(map(len, tags._text or ())) <= longest
    assert not tags.is_in_text
    tags.end("title")
    assert tags.found().title == ""


def test_references_are_resolved_in_a_title_and_nowhere_in_a_script() -> None:
    assert text_of("title", "a &amp; b &copy\r\n").title == "a & b ©"
    assert text_of("script", "&amp;\r\n\0", type="application/ld+json").json_ld == (
        "&amp;\n\ufffd",
    )


def test_metas_links_and_scripts_are_kept_up_to_their_limits() -> None:
    tags = Tags()
    for _ in range(2000):
        tags.start(*meta(name="a", content="x"))
        tags.start("link", {"rel": "icon", "href": "/"})
        tags.start("script", {"type": "application/ld+json"})
        tags.end("script")
    page = tags.found()
    assert len(page.metas) == limits.MAX_OTHER_METAS
    assert len(page.links) == limits.MAX_LINKS
    assert len(page.json_ld) == limits.MAX_SCRIPTS


def test_a_thousand_authors_leave_room_for_the_card() -> None:
    tags = Tags()
    for _ in range(1000):
        tags.start(*meta(name="citation_author", content="x"))
    tags.start(*meta(property="og:title", content="Title"))
    assert tags.found().metas[-1] == ("og:title", "Title")


def test_of_the_terms_of_a_property_the_first_are_kept() -> None:
    page = found(meta(property=" ".join(f"a{number}" for number in range(10_000)), content="x"))
    assert page.metas == tuple((f"a{number}", "x") for number in range(limits.MAX_TERMS))


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
    tags = Tags()
    for event in events:
        tags.start(*event)
    assert tags.missing == missing


def test_a_password_is_asked_for_by_an_input_of_that_type() -> None:
    assert found(("input", {"type": " Password"})).has_password
    assert not found(("input", {"type": "text", "name": "password"}), ("input", {})).has_password


def test_it_knows_where_the_last_tags_ended_that_say_something() -> None:
    tags = Tags()
    for tags.at, event in enumerate(
        [
            meta(name="description", content="x"),
            meta(name="keywords", content="x"),
            ("link", {"rel": "stylesheet", "href": "/"}),
            ("p", {}),
        ]
    ):
        tags.start(*event)
    assert (tags.essential_at, tags.head_at) == (0, 2)
    tags.at = 9
    tags.meta("og:image", "/x")
    assert (tags.essential_at, tags.head_at) == (9, 9)


TAGS = st.sampled_from(["html", "base", "meta", "link", "title", "script", "svg", "template", "p"])
NAMES = st.sampled_from(
    ["name", "property", "itemprop", "http-equiv", "rel", "type", "href", "lang"]
)
VALUES = st.text(max_size=9) | st.sampled_from(["og:title", "icon", "alternate", "viewport", "\n"])


@given(st.lists(st.tuples(TAGS, st.dictionaries(NAMES | st.just("content"), VALUES), VALUES)))
def test_no_tag_is_too_odd(events: list[tuple[str, dict[str, str], str]]) -> None:
    tags = Tags()
    for name, attributes, text in events:
        tags.start(name, attributes)
        tags.data(text.encode())
        if name != "template":
            tags.end(name)
    page = tags.found()
    assert all(name and name == name.lower() and content for name, content in page.metas)
    assert all(link.rel and link.href for link in page.links)
    assert page.title == page.title.strip()
