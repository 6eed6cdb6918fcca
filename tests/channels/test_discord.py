"""Discord gets an embed whose markdown says only what the page's words say."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.channels import channel
from preview_service.channels.base import Card, Picture
from preview_service.channels.discord import embed, embed_in, escape, paste_in, say, words
from preview_service.channels.fit import split_text
from preview_service.model import Delivery, Image, Look, Preview, Status, Way
from preview_service.outcome import Hop, Outcome
from preview_service.renderer import render

DISCORD = channel("discord")
URL = "https://shop.example/p/42"
IMAGE = Image(url="https://cdn.example/42.jpg", source_url="https://cdn.example/42.jpg")
NOBODY = {"parse": []}
SHOE = Card(
    url=URL,
    host="shop.example",
    title="Trail shoe 42",
    description="Light trail shoe, in stock.",
    site_name="Acme",
    image=Picture(url="https://cdn.example/42.webp"),
)


def page(**changes: Any) -> Preview:
    known = {"host": "shop.example", "title": "Trail shoe 42", "image": IMAGE} | changes
    return Preview(url=URL, **known)


def outcome(**changes: Any) -> Outcome:
    return Outcome(status=Status.COMPLETE, preview=page(**changes))


def shown(text: str) -> str:
    """What Discord shows of *text*: a backslash before punctuation is gone."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


def test_a_card_is_an_embed_that_mentions_nobody() -> None:
    assert embed(SHOE) == {
        "embeds": [
            {
                "author": {"name": "Acme"},
                "title": "Trail shoe 42",
                "url": "https://shop.example/p/42",
                "description": "Light trail shoe, in stock.",
                "image": {"url": "https://cdn.example/42.webp"},
                "footer": {"text": "shop.example"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_nothing_is_said_twice() -> None:
    bare = Card(url=URL, host="shop.example", title="shop.example", site_name="shop.example")
    assert embed(bare)["embeds"] == [{"title": "shop.example", "url": URL}]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Trail shoe 42 (red) - new!", "Trail shoe 42 (red) - new!"),
        ("*b* __u__ ~~s~~ ||x|| `c`", r"\*b\* \_\_u\_\_ \~\~s\~\~ \|\|x\|\| \`c\`"),
        ("[click](https://evil.example)", r"\[click](https\://evil.example)"),
        ("<@123> <#4> <t:5> <:e:6> @everyone", r"\<\@123> \<#4> \<t:5> \<:e:6> \@everyone"),
        ("C:\\temp\\*", r"C:\\temp\\\*"),
        ("# head", r"\# head"),
        ("-# small", r"\-# small"),
        ("> quote", r"\> quote"),
        ("1. one", r"1\. one"),
        ("10. ten", r"10\. ten"),
        ("100. no list of ours", "100. no list of ours"),
        ("at 1. of May", "at 1. of May"),
    ],
)
def test_markdown_is_shown_as_it_is_written(text: str, written: str) -> None:
    assert escape(text) == written
    assert shown(escape(text)) == text


@given(st.text(st.sampled_from("ab1. \\*_~`|[]()<>@#-+:/\n") | st.characters(codec="utf-8")))
def test_what_is_escaped_reads_as_before(text: str) -> None:
    assert shown(escape(text)) == text
    assert "://" not in escape(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"Look: {URL}_a_b* and *this*", rf"Look: {URL}_a_b* and \*this\*"),
        (f"**{URL}** now", rf"\*\*{URL} \*\* now"),
        (f"`{URL}`", rf"\`{URL} \`"),
        (f"(see {URL}).", f"(see {URL})."),
        (f"<{URL}> quietly", f"<{URL}> quietly"),
        (f"[x]({URL})<@1>", rf"\[x]({URL})\<\@1>"),
        ("ftp://shop.example/", r"ftp\://shop.example/"),
        ("- one\n- two", "\\- one\n\\- two"),
    ],
)
def test_links_among_words_stay_links(text: str, written: str) -> None:
    assert words(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (URL, f"<{URL}>"),
        (f"Have a look: {URL} and tell me", f"Have a look: <{URL}> and tell me"),
        (f"({URL}), {URL}!", f"(<{URL}>), <{URL}>!"),
        (f"{URL}。ありがとう", f"<{URL}>。ありがとう"),
        (f"**{URL}**", rf"\*\*<{URL}>\*\*"),
        (f"See {URL}?utm_source=x&gclid=3 now", f"See <{URL}?utm_source=x&gclid=3> now"),
        ("https://Shop.Example/p/42", "<https://Shop.Example/p/42>"),
        (f"{URL}#red", f"<{URL}#red>"),
        (f"{URL}/red {URL}?a=1 {URL}0", f"{URL}/red {URL}?a=1 {URL}0"),
        (f"<{URL}>", f"<{URL}>"),
        ("https://other.example/ *x*", r"https://other.example/ \*x\*"),
    ],
)
def test_the_link_of_a_card_is_not_unfurled_beside_it(text: str, written: str) -> None:
    message = embed_in(SHOE, text)
    assert message == {
        "content": written,
        "embeds": embed(SHOE)["embeds"],
        "allowed_mentions": NOBODY,
    }


def test_where_there_is_no_room_for_brackets_there_are_none() -> None:
    text = f"{URL} ".ljust(1998, "x")
    assert embed_in(SHOE, text)["content"].startswith(f"<{URL}> ")
    text = f"{URL} ".ljust(1999, "x")
    assert embed_in(SHOE, text)["content"] == text


PIECES = st.sampled_from(
    [URL, f"{URL}/", "*", "_", "`", "<", ">", "@", " ", "\n", "shoe", "。", "1."]
)


@given(st.lists(PIECES).map("".join))
def test_nothing_of_an_agents_words_is_lost(text: str) -> None:
    for message in (embed_in(SHOE, text), paste_in(SHOE, text), say(text)):
        written = iter(message["content"])
        assert all(char in written for char in text)


@given(st.text(st.sampled_from("ab *_[\n"), min_size=1900, max_size=4100))
def test_long_words_are_split_as_they_are_written(text: str) -> None:
    assert DISCORD.longest_text
    pieces = list(split_text(text, DISCORD.longest_text))
    assert "".join(pieces) == text
    assert all(len(say(piece)["content"]) <= 2000 for piece in pieces)


def test_words_are_not_unfurled_and_a_pasted_link_is() -> None:
    assert say(f"*{URL}") == {
        "content": rf"\*{URL}",
        "flags": 4,
        "allowed_mentions": NOBODY,
    }
    assert paste_in(SHOE, f"@here {URL}") == {
        "content": rf"\@here {URL}",
        "allowed_mentions": NOBODY,
    }


def test_a_title_cut_is_as_long_as_it_is_written() -> None:
    (first,) = render(outcome(title="*" * 300), URL, DISCORD).message["embeds"]
    assert first["title"] == r"\*" * 127 + "…"


def test_all_of_an_embed_is_at_most_6000_characters() -> None:
    full = {"title": "t" * 256, "description": "d" * 4096, "site_name": "s" * 256}
    fits = render(outcome(**full, host="h" * 1392), URL, DISCORD)
    assert fits.fit == ()
    over = render(outcome(**full, host="h" * 1393), URL, DISCORD)
    (act,) = over.fit
    assert (act.field, act.action, act.limit, act.because) == ("description", "cut", 6000, "embeds")


@pytest.mark.parametrize(
    ("image", "has_image"),
    [
        ("https://cdn.example/42.avif", True),
        ("http://cdn.example/42.gif", True),
        ("https://cdn.example/42.svg", False),
        ("https://cdn.example/".ljust(2048, "x"), True),
        ("https://cdn.example/".ljust(2049, "x"), False),
    ],
)
def test_images_of_an_embed(image: str, has_image: bool) -> None:
    rendered = render(outcome(image=Image(url=image, source_url=image)), URL, DISCORD, Way.CARD)
    assert ("image" in rendered.message["embeds"][0]) is has_image
    assert rendered.customer_sees.look is (Look.LARGE_CARD if has_image else Look.SMALL_CARD)


@pytest.mark.parametrize(
    ("chars", "way", "delivery"),
    [
        (2048, Way.CARD, Delivery.CARD),
        (2049, Way.CARD, Delivery.TEXT),
        (2000, Way.PASTE, Delivery.PASTE_PREVIEW),
        (2001, Way.PASTE, Delivery.TEXT),
    ],
)
def test_links_too_long(chars: int, way: Way, delivery: Delivery) -> None:
    assert render(outcome(), f"{URL}?".ljust(chars, "x"), DISCORD, way).delivery is delivery


def test_a_link_too_long_to_paste_is_a_card() -> None:
    assert render(outcome(image=None), f"{URL}?".ljust(2048, "x"), DISCORD).message["embeds"]


TAGS = ("og:title", "og:image")
HOPS = tuple(Hop(url=URL, status=301) for _ in range(6))
WIDE = Image(url="https://cdn.example/".ljust(2049, "x"), source_url="", media_type="image/png")
TOLD = Image(url=IMAGE.url, source_url="", alt="a" * 4097)


@pytest.mark.parametrize(
    ("changes", "facts", "look", "because"),
    [
        ({}, {}, Look.LARGE_CARD, ()),
        ({}, {"redirects": HOPS[:5]}, Look.LARGE_CARD, ()),
        ({}, {"redirects": HOPS}, Look.PLAIN_LINK, ("over_5_redirects",)),
        ({}, {"ms": 10_000}, Look.LARGE_CARD, ()),
        ({}, {"ms": 10_001}, Look.PLAIN_LINK, ("response_over_10_s",)),
        ({}, {"bytes_to_metadata": 50_000_001}, Look.PLAIN_LINK, ("tags_after_50_mb",)),
        ({"site_name": "s" * 256}, {}, Look.LARGE_CARD, ()),
        ({"site_name": "s" * 257}, {}, Look.PLAIN_LINK, ("site_name_over_256_characters",)),
        ({"image": WIDE}, {}, Look.PLAIN_LINK, ("url_over_2048_characters",)),
        ({"image": TOLD}, {}, Look.PLAIN_LINK, ("image_alt_over_4096_characters",)),
        ({"image": None}, {}, Look.SMALL_CARD, ("no_image",)),
        ({"title": None}, {}, Look.PLAIN_LINK, ("no_title",)),
        ({}, {"tags": ("title", "og:image")}, Look.PLAIN_LINK, ("no_title_tags",)),
        ({}, {"tags": ("title", "meta:description", "og:image")}, Look.LARGE_CARD, ()),
        ({}, {"tags": ("twitter:title", "body:img")}, Look.SMALL_CARD, ("no_image_tags",)),
    ],
)
def test_what_is_seen_of_a_pasted_link(
    fetched: Callable[..., Outcome],
    changes: dict[str, Any],
    facts: dict[str, Any],
    look: Look,
    because: tuple[str, ...],
) -> None:
    known = fetched(page(**changes), **{"tags": TAGS} | facts)
    seen = render(known, URL, DISCORD, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


def test_what_is_cut_of_a_pasted_link_is_told() -> None:
    rendered = render(outcome(title="é" * 36, description="x" * 351), URL, DISCORD, Way.PASTE)
    assert [(act.field, act.limit, act.unit, act.was) for act in rendered.fit] == [
        ("title", 70, "utf8_bytes", 72),
        ("description", 350, "utf8_bytes", 351),
    ]
