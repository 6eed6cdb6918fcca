"""Which of a page's pictures show its subject, and where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.pictures import MAX_PICTURES, Picture, best_pictures, picture, words


def read(*tags: dict[str, str], is_main: bool = False, link: str | None = None) -> Picture | None:
    return picture(tags, is_main=is_main, link=link)


def chosen(*pictures: Picture | None) -> list[str]:
    return [src for src, _ in best_pictures([each for each in pictures if each])]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("siteNav", ["site", "nav"]),
        ("site-nav_2 x", ["site", "nav", "2", "x"]),
        ("/img/logo7.PNG", ["img", "logo", "png"]),
        ("canvas", ["canvas"]),
        ("", []),
    ],
)
def test_names_are_read_as_words(name: str, expected: list[str]) -> None:
    assert words(name) == expected


def test_a_picture_has_an_address_a_text_and_a_size() -> None:
    tag = {"src": " a/shoe.jpg ", "alt": " A  shoe ", "width": "640", "height": "480px"}
    assert read(tag) == Picture("a/shoe.jpg", "A shoe", 640 * 480, is_main=False, is_teaser=False)


@pytest.mark.parametrize(
    "tag",
    [
        {},
        {"src": ""},
        {"src": "data:image/gif;base64,R0lGODlhAQABAAAAACw="},
        {"src": "//:0"},
        {"src": "shoe.svg"},
        {"src": "counter.php"},
        {"src": "x" * 3000},
        {"src": "shoe.jpg", "width": "1", "height": "1"},
        {"src": "shoe.jpg", "width": "0"},
        {"src": "shoe.jpg", "height": "99px"},
        {"src": "strip.jpg", "width": "970", "height": "200"},
        {"src": "/images/logo.jpg"},
        {"src": "/siteLogo2.jpg"},
        {"src": "https://pixel.ads.example/p.jpg"},
        {"src": "/themes/x/photo.jpg"},
        {"src": "shoe.jpg", "class": "user-avatar"},
        {"src": "shoe.jpg", "id": "logo"},
        {"src": "shoe.jpg", "alt": "Logo"},
    ],
)
def test_decoration_is_no_picture(tag: dict[str, str]) -> None:
    assert read(tag) is None


@pytest.mark.parametrize(
    "tag",
    [
        {"data-src": "shoe.jpg"},
        {"src": "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "data-original": "shoe.jpg"},
        {"src": "/img/blank.gif", "data-lazy-src": "shoe.jpg"},
        {"srcset": "s.jpg 320w, shoe.jpg 1280w, m.jpg 640w"},
        {"data-srcset": "shoe.jpg 2x, s.jpg"},
        {"srcset": "shoe.jpg"},
        {"src": "shoe.jpg", "srcset": "l.jpg 2x"},
        {"src": "shoe.jpg", "width": "100%"},
    ],
)
def test_a_picture_that_comes_late_is_found(tag: dict[str, str]) -> None:
    found = read(tag)
    assert found is not None
    assert found.src == "shoe.jpg"


def test_a_picture_element_s_sources_stand_in() -> None:
    found = read({"alt": "x"}, {"srcset": "a,b.webp 1x, c.webp 2x"}, {"srcset": "d.jpg"})
    assert found is not None
    assert found.src == "c.webp"


def test_the_largest_of_the_main_content_comes_first() -> None:
    small = read({"src": "small.jpg", "width": "150"}, is_main=True)
    large = read({"src": "large.jpg", "width": "600"}, is_main=True)
    around = read({"src": "around.jpg", "width": "900"})
    assert chosen(around, small, large, large) == ["large.jpg", "small.jpg", "around.jpg"]


def test_a_picture_that_leads_elsewhere_is_another_page_s() -> None:
    teaser = read({"src": "teaser.jpg", "width": "900"}, link="/other-story")
    zoomed = read({"src": "zoomed.jpg"}, link="/files/zoomed-large.JPG?x")
    assert chosen(teaser, zoomed) == ["zoomed.jpg", "teaser.jpg"]


def test_gif_and_png_are_taken_for_decoration_unless_something_speaks_for_them() -> None:
    assert chosen(read({"src": "a.gif"}, is_main=True), read({"src": "b.png"})) == []
    assert chosen(read({"src": "a.gif", "width": "300"})) == ["a.gif"]
    assert chosen(read({"src": "b.png"}, is_main=True)) == ["b.png"]


def test_few_are_enough() -> None:
    assert len(chosen(*(read({"src": f"{n}a.jpg"}) for n in range(9)))) == MAX_PICTURES


NAMES = st.sampled_from(
    ["src", "srcset", "data-src", "data-srcset", "width", "height", "alt", "id"]
)
VALUES = st.text() | st.from_regex(r"[a-c,. 0-9wx]{0,40}", fullmatch=True)


@given(st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=3), st.booleans(), VALUES)
def test_any_attributes_give_a_picture_or_nothing(
    tags: list[dict[str, str]], is_main: bool, link: str
) -> None:
    found = picture(tags, is_main=is_main, link=link)
    if found is not None:
        assert found.src == found.src.strip() != ""
        assert found.area >= 0
        assert len(best_pictures([found])) <= 1
