"""E-mails that hold a card: the look in fixed points, and nothing in it but what was meant."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from preview_service.channels import channel
from preview_service.channels.base import Card, Picture
from preview_service.channels.email import card, say, words_and_card

EMAIL = channel("email")
URL = "https://shop.example/p/42?a=1&b='2'"
FULL = Card(
    url=URL,
    host="shop.example",
    title="Trail shoe 42",
    description="Light trail shoe, in stock.",
    site_name="Acme",
    lang="en",
    image=Picture(url="https://cdn.example/42.jpg?w=1&h=2", width=1200, height=630, alt="A shoe"),
)


def but(**changes: Any) -> Card:
    return Card(**({name: getattr(FULL, name) for name in FULL.__struct_fields__} | changes))


def tree(message: dict[str, Any]) -> Any:
    """The page, read as strictly as XML is: each element closed, each attribute quoted."""
    return etree.fromstring(message["html"])


def shape(message: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Elements and the names of their attributes, as a browser's lenient eye finds them."""
    return [
        (str(element.tag), sorted(element.keys()))
        for element in html.document_fromstring(message["html"]).iter()
    ]


def test_subject_and_text_say_what_the_page_shows() -> None:
    message = card(FULL)
    assert message["subject"] == "Trail shoe 42"
    assert message["text"] == f"Trail shoe 42\nLight trail shoe, in stock.\n{URL}"
    page = tree(message)
    assert page.findtext(".//h2/a") == "Trail shoe 42"
    assert page.findtext(".//p[@class='about']") == "Light trail shoe, in stock."
    assert [span.text for span in page.iterfind(".//span")] == ["Acme", "shop.example"]
    assert {link.get("href") for link in page.iter("a")} == {URL}


def test_the_picture_says_its_size_and_what_is_on_it() -> None:
    (image,) = tree(card(FULL)).iter("img")
    assert {name: image.get(name) for name in ("src", "alt", "width", "height")} == {
        "src": "https://cdn.example/42.jpg?w=1&h=2",
        "alt": "A shoe",
        "width": "558",
        "height": "293",
    }
    assert "height:auto" in image.get("style")


def test_a_picture_of_no_words_is_called_by_the_title() -> None:
    (image,) = tree(card(but(image=Picture(url="https://cdn.example/42.jpg")))).iter("img")
    assert image.get("alt") == "Trail shoe 42"
    assert image.get("height") is None


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((300, 250), ("558", "465")),
        ((299, 200), ("96", "64")),
        ((400, 400), ("96", "96")),
        ((400, 1600), ("30", "120")),
        ((60, 40), ("60", "40")),
        ((1, 5000), ("1", "120")),
        ((80, None), ("80", None)),
    ],
)
def test_small_and_tall_pictures_stand_beside_the_words(
    size: tuple[int, int | None], shown: tuple[str, str | None]
) -> None:
    picture = Picture(url="https://cdn.example/42.jpg", width=size[0], height=size[1])
    (image,) = tree(card(but(image=picture))).iter("img")
    assert (image.get("width"), image.get("height")) == shown


def test_a_page_of_no_words_is_its_host_once() -> None:
    bare = Card(url="https://shop.example/", host="shop.example", title="shop.example")
    page = tree(card(bare))
    assert "".join(page.find("body").itertext()).split() == ["shop.example"]
    assert card(bare)["text"] == "shop.example\nhttps://shop.example/"


def test_a_title_is_read_from_its_own_side() -> None:
    page = tree(card(but(title="חדש: Trail shoe", lang="he")))
    assert (page.get("dir"), page.get("lang")) == ("rtl", "he")
    assert page.find(".//table").get("dir") == "rtl"
    assert page.find(".//h2").get("dir") == "rtl"
    assert page.find(".//p[@class='about']").get("dir") == "ltr"
    assert "text-align:right" in page.find(".//h2/..").get("style")


@pytest.mark.parametrize("tag", ['en" onload="x', "en_US", "e", "", None, "en-", "x" * 99, "en\n"])
def test_what_is_no_language_is_none(tag: str | None) -> None:
    assert not tree(card(but(lang=tag))).xpath("//@lang")


def test_nothing_is_loaded_but_the_picture() -> None:
    page = tree(card(FULL))
    assert not {"script", "link", "iframe", "base", "form"} & {each.tag for each in page.iter()}
    assert "url(" not in card(FULL)["html"]
    assert "@import" not in card(FULL)["html"]
    assert [each.tag for each in page.iter() if each.get("src")] == ["img"]
    assert all(each.get("role") == "presentation" for each in page.iter("table"))


def test_words_stand_above_the_card_line_for_line() -> None:
    text = f"Hi <Ann>,\n\nlook at {URL}.\nIt is red & light: http://a.example/.\n \nBen\n"
    message = words_and_card(FULL, text)
    assert message["subject"] == "Trail shoe 42"
    assert message["text"].startswith(text)
    assert message["text"].endswith(f"\nTrail shoe 42\nLight trail shoe, in stock.\n{URL}")
    page = tree(message)
    words = page.findall(".//p[@class='words']")
    assert ["".join(each.itertext()) for each in words] == [
        "Hi <Ann>,",
        f"look at {URL}.\nIt is red & light: http://a.example/.",
        "Ben",
    ]
    links = [link.get("href") for each in words for link in each.iter("a")]
    assert links == [URL, "http://a.example/"]
    assert len(words[1].findall("br")) == 1
    assert [each.tag for each in page.find("body/div")] == ["p", "p", "p", "table"]
    # The page's language is the page's: nobody says what an agent writes in.
    assert page.get("lang") is None
    assert page.find(".//table").get("lang") == "en"


def test_words_are_read_from_their_own_side() -> None:
    page = tree(words_and_card(FULL, f"שלום\n\nHello {URL}"))
    assert page.get("dir") == "rtl"
    assert [each.get("dir") for each in page.iterfind(".//p[@class='words']")] == ["rtl", "ltr"]
    assert page.find(".//table").get("dir") == "ltr"


def test_words_alone_have_their_first_line_for_a_subject() -> None:
    text = "Have a look: https://shop.example/p/42\nBye"
    assert say(text) == {"subject": "Have a look: shop.example", "text": text}
    assert say(f"Trail shoe 42\n{URL}")["subject"] == card(FULL)["subject"]


HOSTILE = [
    "\"'></a></td><script>alert(1)</script>",
    "</title></style><!-- --><img src=x onerror=alert(1)>",
    "]]><![CDATA[ &amp; &lt;b&gt; <!DOCTYPE x> <?php ?>",
    "{title} {0} {{x}} %s",
    "\x00\x08\x0b\x1b\x85\ufffe\ufdd0 \ud800 x",
]
TEXTS = st.text() | st.sampled_from(HOSTILE) | st.text(st.sampled_from("<>\"'&;/=!-[]{} a\0"))


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_makes_an_element_or_an_attribute(
    title: str, about: str, name: str, alt: str, words: str
) -> None:
    picture = Picture(url=f"https://cdn.example/{alt}", width=1200, height=630, alt=alt or "x")
    # What is empty has no place on the page, so it would be another shape.
    texts = {"title": f"t{title}", "description": f"d{about}", "site_name": f"s{name}"}
    hostile = but(**texts, image=picture, url=f"https://shop.example/{title}")
    assert shape(card(hostile)) == shape(card(FULL))
    tree(card(hostile))
    tree(words_and_card(hostile, words))
    tags = {tag for tag, _ in shape(words_and_card(hostile, words))}
    assert tags <= {tag for tag, _ in shape(card(FULL))} | {"br"}


@given(st.text())
def test_no_text_ends_the_subject(text: str) -> None:
    subject = say(text).get("subject", "")
    assert not re.search(r"[\r\n\x00-\x1f\x7f]", subject)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject
    assert mail["Subject"] == subject


def test_the_parts_make_an_email() -> None:
    mail = EmailMessage(policy=SMTP)
    message = card(but(title="Schuh №42 👟 " * 10, description="靴" * 300))
    mail["Subject"] = message["subject"]
    mail.set_content(message["text"])
    mail.add_alternative(message["html"], subtype="html")
    assert max(map(len, mail.as_bytes().splitlines())) <= 998


def test_the_longest_words_are_not_clipped() -> None:
    limit = EMAIL.longest_text
    assert limit
    url = "https://shop.example/?" + "&" * 2026
    largest = but(
        url=url,
        title="靴" * 150,
        description="&" * 300,
        site_name="靴" * 100,
        image=Picture(url="https://cdn.example/" + "a" * 2000, alt="靴" * 300),
    )
    for text in ("&" * 14_000, "a\n" * 7_000, "https://a.example/ " * 736, "靴" * 4_666):
        assert limit.allows(text)
        assert len(words_and_card(largest, text)["html"].encode()) <= 102_000
