"""Cutting to a channel's limits, and saying so."""

import msgspec
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from preview_service.channels.base import Card, Limit, Method, PictureRules
from preview_service.channels.fit import cut, fit_message, fit_text, one_line, split_text
from preview_service.channels.units import Unit
from preview_service.model import Delivery, FitAction, Image, Preview, Way

URL = "https://shop.example/p/42"
FAMILY = "👨‍👩‍👧‍👦"
SMS = (Limit(max=160, unit=Unit.SEPTETS), Limit(max=70, unit=Unit.UTF16))


def method(picture: PictureRules | None = None, **limits: Limit) -> Method:
    return Method(
        ways=(Way.CARD,),
        delivery=Delivery.CARD,
        format="test",
        render=lambda card: {"title": card.title, "about": card.description},
        limits=limits,
        picture=picture,
    )


def fitted(preview: Preview, way: Method) -> tuple[Card, tuple[FitAction, ...]]:
    fit = fit_message(preview, URL, way)
    assert fit.card is not None
    return fit.card, fit.done


@pytest.mark.parametrize(
    ("text", "room", "unit", "kept"),
    [
        ("The lightest trail shoe", 20, Unit.CHARACTERS, "The lightest trail…"),
        ("The lightest trail shoe", 19, Unit.CHARACTERS, "The lightest trail…"),
        ("The lightest trail shoe", 18, Unit.CHARACTERS, "The lightest…"),
        ("The lightest, trail shoe", 14, Unit.CHARACTERS, "The lightest…"),
        ("The lightest trail shoe", 18, Unit.SEPTETS, "The lightest..."),
        ("Donaudampfschiffahrt", 10, Unit.CHARACTERS, "Donaudamp…"),
        ("A Donaudampfschiffahrt", 10, Unit.CHARACTERS, "A Donauda…"),
        ("軽量トレイルシューズ", 5, Unit.GRAPHEMES, "軽量トレ…"),
        ("軽量トレイルシューズ", 10, Unit.UTF8_BYTES, "軽量…"),
        ("shoe👟👟", 7, Unit.UTF16, "shoe👟…"),
        ("shoe👟👟", 6, Unit.UTF16, "shoe…"),
        (f"us{FAMILY}{FAMILY}", 15, Unit.UTF16, f"us{FAMILY}…"),
        (f"us{FAMILY}{FAMILY}", 13, Unit.UTF16, "us…"),
        ("🇩🇪🇫🇷🇮🇹", 9, Unit.UTF16, "🇩🇪🇫🇷…"),
        ("🇩🇪🇫🇷🇮🇹", 8, Unit.UTF16, "🇩🇪…"),
        ("cafe\u0301s", 5, Unit.UTF16, "caf…"),
        ("👍🏽👍🏽👍🏽", 8, Unit.UTF16, "👍🏽…"),
        ("[42] {red}", 8, Unit.SEPTETS, "[42..."),
        ("Z" + "\u0301" * 50, 20, Unit.UTF16, ""),
        ("shoe", 1, Unit.CHARACTERS, ""),
        ("shoes", 3, Unit.SEPTETS, ""),
        ("shoe", -5, Unit.CHARACTERS, ""),
        ("......", 3, Unit.CHARACTERS, ""),
    ],
)
def test_cutting(text: str, room: int, unit: Unit, kept: str) -> None:
    assert cut(text, room, unit) == kept


PIECES = [
    "shoe",
    " ",
    "-",
    ".",
    "é",
    "e\u0301",
    "靴",
    "👟",
    FAMILY,
    "🇩🇪",
    "👍🏽",
    "क्षि",
    "Z\u0321\u0353",
    "א",
]
texts = st.lists(st.sampled_from(PIECES) | st.characters(max_codepoint=0x5FF, codec="utf-8")).map(
    "".join
)
units = st.sampled_from([unit for unit in Unit if unit is not Unit.SEPTETS])


def length(text: str, unit: Unit) -> int:
    match unit:
        case Unit.UTF8_BYTES:
            return len(text.encode())
        case Unit.GRAPHEMES:
            return len(regex.findall(r"\X", text))
        case _:
            return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


@given(texts, units, st.integers(-3, 40))
def test_what_is_cut_fits_and_ends_behind_a_whole_grapheme(
    text: str, unit: Unit, room: int
) -> None:
    text = one_line(text) or ""
    if length(text, unit) <= room or not text:
        return
    kept = cut(text, room, unit)
    assert length(kept, unit) <= max(room, 0)
    head = kept.removesuffix("…")
    ends = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    assert text.startswith(head)
    assert len(head) in ends


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, None),
        ("", None),
        (" \t\n", None),
        ("\u200f\u0001", None),
        ("\u200b", None),
        (" \u200d\u00a0\ufeff\u200c ", None),
        ("Trail\r\n\tshoe\u2028 42 ", "Trail shoe 42"),
        ("12\u00a0€", "12 €"),
        ("\u202eeohs\u202c \u2066x\u2069", "eohs x"),
        ("a\ud83db", "ab"),
        (FAMILY, FAMILY),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_text_becomes_one_visible_line(text: str | None, line: str | None) -> None:
    assert one_line(text) == line


def test_what_fits_is_left_alone() -> None:
    preview = Preview(url=URL, host="shop.example", title="Trail shoe", description="Light.")
    card, done = fitted(preview, method(title=Limit(max=10), description=Limit(max=6)))
    assert (card.title, card.description, done) == ("Trail shoe", "Light.", ())


def test_each_cut_is_listed_with_its_limit() -> None:
    preview = Preview(url=URL, host="shop.example", title="Trail shoe 42", description="x" * 312)
    card, done = fitted(preview, method(description=Limit(max=80)))
    assert card.description == "x" * 79 + "…"
    assert done == (
        FitAction(field="description", action="cut", limit=80, unit="characters", was=312),
    )


def test_a_page_without_title_is_called_by_its_host() -> None:
    card, done = fitted(Preview(url=URL, host="shop.example"), method(title=Limit(max=40)))
    assert card.title == "shop.example"
    assert done == (FitAction(field="title", action="filled", because="required"),)


def test_a_title_of_which_nothing_fits_gives_way_to_the_host() -> None:
    preview = Preview(url=URL, host="shop.example", title="Z" + "\u0301" * 90)
    card, done = fitted(preview, method(title=Limit(max=40)))
    assert card.title == "shop.example"
    assert done == (
        FitAction(field="title", action="dropped", limit=40, unit="characters", was=91),
        FitAction(field="title", action="filled", because="required"),
    )


def test_the_url_to_send_is_not_the_previews() -> None:
    """A short link stays the short link that was pasted; the host is where it leads."""
    preview = Preview(url="https://shop.example/p/42", host="shop.example")
    card = fit_message(preview, "https://sho.rt/x", method()).card
    assert card is not None
    assert (card.url, card.host) == ("https://sho.rt/x", "shop.example")


def test_a_link_that_is_not_percent_encoded_goes_another_way() -> None:
    way = method(url=Limit(max=30, uri_only=True))
    fit = fit_message(Preview(url=URL, host="shop.example"), "https://shop.example/a|b", way)
    assert fit.card is None
    assert fit.done == (FitAction(field="url", action="refused", because="not_percent_encoded"),)
    assert fit_message(Preview(url=URL, host="shop.example"), URL, way).card is not None


def image(url: str = "https://cdn.example/42.jpg", **facts: object) -> Preview:
    picture = Image(url=url, source_url=url, **facts)  # type: ignore[arg-type]
    return Preview(url=URL, host="shop.example", title="Trail shoe", image=picture)


JPEG_PNG = PictureRules(
    media_types=frozenset({"image/jpeg", "image/png"}), https=True, max_bytes=600
)


@pytest.mark.parametrize("field", ["title", "description", "alt"])
def test_what_is_required_and_cannot_be_filled_makes_the_message_impossible(field: str) -> None:
    fit = fit_message(image(), URL, method(JPEG_PNG, **{field: Limit(max=1, required=True)}))
    assert fit.card is None
    assert fit.done[-1] == FitAction(field=field, action="refused", because="required")


def test_an_image_without_a_required_description_gets_the_hosts_name() -> None:
    card, done = fitted(image(), method(JPEG_PNG, alt=Limit(max=300, required=True)))
    assert card.image is not None
    assert card.image.alt == "shop.example"
    assert done == (FitAction(field="alt", action="filled", because="required"),)


GSM = Limit(max=20, unit=Unit.SEPTETS)


@pytest.mark.parametrize(
    ("title", "fits", "acts"),
    [
        ("Trail shoe [42]", "Trail shoe [42]", []),
        ("“Trail” – shoe…", '"Trail" - shoe...', ["transliterated"]),
        ("The lightest trail shoe", "The lightest...", ["cut"]),
        ("The “lightest” trail shoe", 'The "lightest"...', ["transliterated", "cut"]),
        ("حذاء الجري", "shop.example", ["dropped", "filled"]),
        ("👟", "shop.example", ["dropped", "filled"]),
    ],
)
def test_a_field_of_the_sms_alphabet(title: str, fits: str, acts: list[str]) -> None:
    preview = Preview(url=URL, host="shop.example", title=title)
    card, done = fitted(preview, method(title=GSM))
    assert (card.title, [act.action for act in done]) == (fits, acts)


@given(texts)
def test_a_field_of_the_sms_alphabet_is_never_written_outside_it(title: str) -> None:
    preview = Preview(url=URL, host="shop.example", title=title)
    card, _ = fitted(preview, method(title=GSM))
    assert GSM.allows(card.title)


@pytest.mark.parametrize(
    "preview",
    [
        image(),
        image("https://cdn.example/42.PNG?v=1#x.svg"),
        image("https://cdn.example/42.webp", media_type="image/png"),
        image("https://cdn.example/42", media_type="IMAGE/JPG; charset=binary"),
        image("https://cdn.example/42"),
        image("https://cdn.example/42.jpg", media_type="photo"),
        image(bytes=600),
        image(bytes=0),
    ],
)
def test_images_a_channel_takes(preview: Preview) -> None:
    card, done = fitted(preview, method(JPEG_PNG))
    assert card.image is not None
    assert done == ()


@pytest.mark.parametrize(
    ("preview", "act"),
    [
        (image("http://cdn.example/42.jpg"), {"because": "scheme"}),
        (image("data:image/png;base64,AA"), {"because": "scheme"}),
        (image("https://cdn.example/42.svg"), {"because": "media_type"}),
        (image("https://cdn.example/42.jpg", media_type="image/webp"), {"because": "media_type"}),
        (image(bytes=601), {"limit": 600, "unit": "bytes", "was": 601}),
    ],
)
def test_images_a_channel_refuses(preview: Preview, act: dict[str, object]) -> None:
    card, done = fitted(preview, method(JPEG_PNG))
    assert card.image is None
    assert done == (FitAction(field="image", action="dropped", **act),)  # type: ignore[arg-type]


def test_an_image_address_that_is_not_percent_encoded_is_refused() -> None:
    rules = PictureRules(media_types=JPEG_PNG.media_types, uri_only=True)
    card, done = fitted(image("https://cdn.example/靴.jpg"), method(rules))
    assert card.image is None
    assert done == (FitAction(field="image", action="dropped", because="not_percent_encoded"),)
    card, done = fitted(image("https://cdn.example/%E9%9D%B4.jpg"), method(rules))
    assert card.image is not None


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://cdn.example/42.JPG?v=1", True),
        ("https://cdn.example/42.png", False),
        ("https://cdn.example/42?f=42.jpg", False),
        ("https://cdn.example/jpg", False),
    ],
)
def test_an_address_must_end_as_the_rules_say(url: str, is_sent: bool) -> None:
    rules = PictureRules(media_types=frozenset({"image/jpeg"}), extensions=frozenset({"jpg"}))
    card, done = fitted(image(url, media_type="image/jpeg"), method(picture=rules))
    assert (card.image is not None) is is_sent
    dropped = FitAction(field="image", action="dropped", because="extension")
    assert done == (() if is_sent else (dropped,))


def test_a_card_is_in_the_pages_language() -> None:
    preview = Preview(url=URL, host="shop.example", title="Schuh", lang="de")
    assert fitted(preview, method())[0].lang == "de"


def test_an_image_of_unknown_type_is_judged_by_what_the_message_will_call_it() -> None:
    png = PictureRules(media_types=frozenset({"image/png"}), assumed_type="image/jpeg")
    card, done = fitted(image("https://cdn.example/42"), method(png))
    assert card.image is None
    assert done == (FitAction(field="image", action="dropped", because="media_type"),)


def test_a_message_without_images_refuses_none() -> None:
    card, done = fitted(image("http://cdn.example/42.svg"), method())
    assert card.image is not None
    assert done == ()


def test_the_media_type_is_what_is_declared_else_the_extensions() -> None:
    def media_type(preview: Preview) -> str | None:
        card, _ = fitted(preview, method())
        return card.image and card.image.media_type

    assert media_type(image("https://cdn.example/a.jpg", media_type="image/webp")) == "image/webp"
    assert media_type(image("https://cdn.example/a.jpeg")) == "image/jpeg"
    assert media_type(image("https://cdn.example/a")) is None


@pytest.mark.parametrize(
    ("title", "url", "text"),
    [
        (None, URL, URL),
        (" \n", URL, URL),
        ("Trail shoe 42", URL, f"Trail shoe 42\n{URL}"),
        # Fits one UCS-2 segment as it is, so its typography stays.
        ("“Trail shoe – 42”", URL, f"“Trail shoe – 42”\n{URL}"),
        # Would need two as it is.
        (
            "“Trail shoe – 42” in all sizes, shipped today…",
            URL,
            f'"Trail shoe - 42" in all sizes, shipped today...\n{URL}',
        ),
        ("x" * 134, URL, "x" * 134 + f"\n{URL}"),
        ("x" * 135, URL, "x" * 131 + f"...\n{URL}"),
        ("shoe " * 40, URL, "shoe " * 25 + f"shoe...\n{URL}"),
        # 44 UTF-16 units are left beside the URL.
        ("靴" * 44, URL, "靴" * 44 + f"\n{URL}"),
        ("靴" * 45, URL, "靴" * 43 + f"…\n{URL}"),
        ("👟" * 30, URL, "👟" * 21 + f"…\n{URL}"),
        # The URL alone takes the segment, or nearly.
        ("Trail shoe 42", "https://shop.example/" + "a" * 130, "https://shop.example/" + "a" * 130),
        ("Trail shoe 42", "https://shop.example/" + "a" * 300, "https://shop.example/" + "a" * 300),
        (
            "حذاء الجري الجبلي الخفيف",
            "https://shop.example/" + "a" * 40,
            "https://shop.example/" + "a" * 40,
        ),
        # A backtick is not in the alphabet, so this URL can only go as UCS-2.
        (
            "Trail shoe " * 9,
            "https://shop.example/?q=`",
            "Trail shoe Trail shoe Trail shoe Trail shoe…\nhttps://shop.example/?q=`",
        ),
    ],
)
def test_an_sms_is_one_segment_when_it_can_be(title: str | None, url: str, text: str) -> None:
    assert fit_text(title, url, SMS)[0] == text


def test_what_was_done_to_a_text_is_listed() -> None:
    assert fit_text("Trail shoe 42", URL, SMS)[1] == ()
    assert fit_text("“Trail shoe – 42” " * 9, URL, SMS)[1] == (
        FitAction(field="title", action="transliterated", limit=160, unit="septets"),
        FitAction(field="text", action="cut", limit=160, unit="septets", was=187),
    )
    assert fit_text("Trail shoe 42", "https://shop.example/" + "a" * 300, SMS)[1] == (
        FitAction(field="title", action="dropped", limit=160, unit="septets", because="url_length"),
    )


def test_a_title_that_cannot_be_written_is_left_out() -> None:
    """A partner that takes the GSM alphabet alone."""
    text, done = fit_text("حذاء", URL, (Limit(max=160, unit=Unit.SEPTETS),))
    assert text == URL
    assert done == (FitAction(field="title", action="dropped", because="alphabet"),)


@given(texts, st.sampled_from([URL, "https://shop.example/?q=`", "https://shop.example/[~]"]))
def test_a_text_with_a_short_link_is_always_one_segment(title: str, url: str) -> None:
    text, _ = fit_text(title, url, SMS)
    assert text == url or text.endswith(f"\n{url}")
    assert any(limit.allows(text) for limit in SMS)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("*", "\\*")


ESCAPED = Limit(max=40, escape=escape)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Light & fast", f"Light & fast\n{URL}"),
        ("Light & fast & new", f"Light &…\n{URL}"),
        ("*" * 8, f"{'*' * 8}\n{URL}"),
        ("*" * 9, f"{'*' * 7}…\n{URL}"),
    ],
)
def test_a_text_fits_as_it_is_written(title: str, text: str) -> None:
    fitted_text, _ = fit_text(title, URL, (msgspec.structs.replace(ESCAPED, max=42),))
    assert fitted_text == text
    assert len(escape(fitted_text)) <= 42


@given(st.text(st.sampled_from("ab &*👟"), max_size=200))
def test_pieces_fit_as_they_are_written_and_nothing_is_lost(text: str) -> None:
    pieces = list(split_text(text, ESCAPED))
    assert "".join(pieces) == text
    assert all(ESCAPED.allows(piece) for piece in pieces)


def test_a_link_is_not_split() -> None:
    text = f"{'word ' * 6}{URL} and more words behind it"
    start = text.index(URL)
    pieces = list(split_text(text, ESCAPED, ((start, start + len(URL)),)))
    assert "".join(pieces) == text
    assert sum(URL in piece for piece in pieces) == 1
