"""What makes a claim fit to be shown: texts, addresses, pixels."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preview_service.model import Claim, Field, Kind, Page
from preview_service.sources.base import (
    MAX_ALT_CHARS,
    MAX_TEXT_CHARS,
    MAX_TYPE_CHARS,
    Media,
    kind_claim,
    media,
    pixels,
    price_claim,
    text_claim,
    url_claim,
)
from preview_service.urls.normalize import resolve

PAGE = Page(
    url="https://shop.example/p/42", base="https://cdn.example/assets/a.html", charset="utf-8"
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1200", 1200),
        (" 1200 ", 1200),
        ("1200px", 1200),
        ("1200 px", 1200),
        ("1200.0", 1200),
        ("1200.5px", 1200),
        ("0630", 630),
        ("1", 1),
        ("100000", 100_000),
        ("100001", None),
        ("0", None),
        ("0.9", None),
        ("-1", None),
        ("+1", None),
        ("", None),
        ("px", None),
        (".5", None),
        ("100%", None),
        ("12em", None),
        ("1e3", None),
        ("1_000", None),
        ("1 200", None),
        ("0x10", None),
        ("nan", None),
        ("inf", None),
        ("²", None),
        ("١٢", None),
        ("１２", None),
        ("9" * 5000, None),
    ],
)
def test_pixels_are_a_decimal_number_that_a_screen_could_have(
    written: str, expected: int | None
) -> None:
    assert pixels(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Trail shoe", "Trail shoe"),
        ("  Trail\n\t shoe \xa0", "Trail shoe"),
        ("Trail\u202e shoe\x00", "Trail shoe"),
        ("half \ud83d a pair", "half a pair"),
        ("&amp; is not decoded again", "&amp; is not decoded again"),
        ("<b>is text</b>", "<b>is text</b>"),
        ("x" * 20_000, "x" * MAX_TEXT_CHARS),
    ],
)
def test_a_text_is_one_clean_line(written: str, expected: str) -> None:
    claim = text_claim(Field.TITLE, written, "og:title")
    assert claim == Claim(field=Field.TITLE, value=expected, source="og:title")


@pytest.mark.parametrize(
    "written", ["", " \n\t", "\xa0", "\u200b", "\u202e\u202c", "\x00", "\ud83d"]
)
def test_nothing_to_be_seen_is_no_claim(written: str) -> None:
    assert text_claim(Field.TITLE, written, "og:title") is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("b.png", "https://cdn.example/assets/b.png"),
        (" \n/b.png\t", "https://cdn.example/b.png"),
        ("//img.example/b.png", "https://img.example/b.png"),
        ("HTTP://IMG.example:80/b.png", "http://img.example/b.png"),
        ("https://img.example/ü b.png", "https://img.example/%C3%BC%20b.png"),
        ("?size=2", "https://cdn.example/assets/a.html?size=2"),
        ("https:\\\\img.example\\b.png", "https://img.example/b.png"),
    ],
)
def test_an_address_is_absolute_and_seen_from_the_base(reference: str, expected: str) -> None:
    claim = url_claim(Field.IMAGE, reference, "og:image", PAGE)
    assert claim == Claim(field=Field.IMAGE, value=expected, source="og:image")


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "  ",
        "javascript:alert(1)",
        "data:image/png;base64,AA==",
        "blob:https://cdn.example/1",
        "file:///etc/passwd",
        "ftp://img.example/b.png",
        "mailto:a@b.example",
        "https://",
        "https://[::1",
        "https://user:secret@img.example/b.png",
        "https://img.example:99999/b.png",
        "https://img.example/" + "x" * 2048,
    ],
)
def test_what_cannot_be_asked_for_over_http_is_no_claim(reference: str) -> None:
    assert url_claim(Field.IMAGE, reference, "og:image", PAGE) is None


@pytest.mark.parametrize("base", ["", "a.example", "https://[", "\ud800", "data:,x"])
def test_what_is_relative_to_nothing_is_no_claim(base: str) -> None:
    page = Page(url=base, base=base, charset="utf-8")
    assert url_claim(Field.IMAGE, "/b.png", "og:image", page) is None


def test_a_base_with_a_password_lends_it_to_nobody() -> None:
    base = "https://user:secret@shop.example/"
    page = Page(url=base, base=base, charset="utf-8")
    assert url_claim(Field.IMAGE, "/b.png", "og:image", page) is None


def test_an_address_keeps_what_is_said_about_it() -> None:
    about = Media(width=3, height=2, media_type="image/png", alt="A shoe")
    assert url_claim(Field.IMAGE, "/b.png", "og:image", PAGE, about) == Claim(
        field=Field.IMAGE,
        value="https://cdn.example/b.png",
        source="og:image",
        width=3,
        height=2,
        media_type="image/png",
        alt="A shoe",
    )


def test_media_is_read_from_strings_and_kept_short() -> None:
    assert media() == Media()
    assert media(
        width="3px", height="tall", media_type=" Image/PNG\x00 ", alt=" A\n shoe "
    ) == Media(width=3, media_type="image/png", alt="A shoe")
    long = media(media_type="x" * 400, alt="x" * 400)
    assert long == Media(media_type="x" * MAX_TYPE_CHARS, alt="x" * MAX_ALT_CHARS)


def test_a_kind_that_nobody_knows_is_no_claim() -> None:
    assert kind_claim(None, "og:type") is None
    assert kind_claim(Kind.BOOK, "og:type") == Claim(
        field=Field.KIND, value="book", source="og:type"
    )


# What a browser would change, hidden in what it would not: dots, numbers, ports, Punycode, escapes.
PARTS = (
    *(
        "a",
        "Z",
        "0",
        "-",
        ".",
        "..",
        "/",
        "/./",
        "?",
        "#",
        "@",
        ":",
        "~",
        "|",
        "%",
        "%2e",
        " ",
        "\n",
    ),
    *("'", '"', "\\", "[", "]", "ü", "xn--", "XN--", "example", ".example", "127.1", "0x7f"),
)
REFERENCES = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
SCHEMES = st.sampled_from(
    [
        *("http://", "https://", "https://img.example/", "HTTPS://", "https:/", "", "/", "//"),
        "//img.example/",
    ]
)


@given(scheme=SCHEMES, rest=REFERENCES)
@example(scheme="https://", rest="img.example/a/../b.png")
@example(scheme="https://", rest="img.example/%2e%2e/b.png")
@example(scheme="https://", rest="img.0x7f/b.png")
@example(scheme="https://", rest="xn--a.example/b.png")
@example(scheme="https://", rest="img.example:443/b.png")
@example(scheme="https://", rest="img.example/" + "x" * 2048)
@example(scheme="//", rest="img.example/a%20b/%2E/c?d%")
@example(scheme="/", rest="a%2E%2e/../b")
@example(scheme="/", rest="x" * 2047)
def test_an_address_is_what_the_url_standard_makes_of_it(scheme: str, rest: str) -> None:
    claim = url_claim(Field.IMAGE, scheme + rest, "og:image", PAGE)
    reference = (scheme + rest).strip()
    expected = resolve(PAGE.base, reference) if reference else None
    assert (claim.value if claim else None) == expected


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        (Field.AUTHOR, "Ada Lovelace", "Ada Lovelace"),
        (Field.AUTHOR, "AC/DC", "AC/DC"),
        (Field.AUTHOR, "Acme.example", "Acme.example"),
        (Field.AUTHOR, "https://social.example/ada", None),
        (Field.AUTHOR, "Ada https://social.example/ada", None),
        (Field.AUTHOR, "social.example/ada", None),
        (Field.AUTHOR, "www.social.example", None),
        (Field.AUTHOR, "null", None),
        (Field.AUTHOR, "Undefined", None),
        (Field.LANG, "en", "en"),
        (Field.LANG, "zh-Hant-TW", "zh-Hant-TW"),
        (Field.LANG, "es-419", "es-419"),
        (Field.LANG, "de-DE-1996", "de-DE-1996"),
        (Field.LANG, "pt_BR", "pt_BR"),
        (Field.LANG, "deutsch", None),
        (Field.LANG, "utf-8", None),
        (Field.LANG, "en, fr", None),
        (Field.LANG, "{{ lang }}", None),
        (Field.THEME_COLOR, "#FFF", "#fff"),
        (Field.THEME_COLOR, "#00204080", "#00204080"),
        (Field.THEME_COLOR, "rgba(255, 255, 255, 0.98)", "rgba(255, 255, 255, 0.98)"),
        (Field.THEME_COLOR, "hsl(120deg 75% 25%)", "hsl(120deg 75% 25%)"),
        (Field.THEME_COLOR, "Teal", "teal"),
        (Field.THEME_COLOR, "#12345", None),
        (Field.THEME_COLOR, "002f5b", None),
        (Field.THEME_COLOR, "red; background: url(//a.example)", None),
        (Field.THEME_COLOR, "rgb(var(--x))", None),
        (Field.AVAILABILITY, "https://schema.org/InStock", "in stock"),
        (Field.AVAILABILITY, "instock", "in stock"),
        (Field.AVAILABILITY, "In Stock", "in stock"),
        (Field.AVAILABILITY, "oos", "out of stock"),
        (Field.AVAILABILITY, "schema:PreOrder", None),
        (Field.AVAILABILITY, "ask in the shop", None),
    ],
)
def test_a_field_has_its_shape(field: Field, written: str, expected: str | None) -> None:
    claim = text_claim(field, written, "x")
    assert (claim.value if claim else None) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("49.90", "EUR", "49.90 EUR"),
        (" 1\u202f299,00 ", "SEK\n", "1 299,00 SEK"),
        ("49.90 €", "€", "49.90 €"),
        ("0", "USD", "0 USD"),
        ("49.90", "", None),
        ("", "EUR", None),
        ("free", "EUR", None),
        ("nan", "EUR", None),
    ],
)
def test_a_price_is_a_figure_with_its_currency(
    amount: str, currency: str, expected: str | None
) -> None:
    claim = price_claim(amount, currency, "x")
    assert (claim.value if claim else None) == expected
