"""Slack gets blocks in its own markup, in which a page can neither link nor mention."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.channels import channel
from preview_service.channels.base import Card, Picture
from preview_service.channels.slack import blocks, blocks_in, escape, paste_in, say
from preview_service.model import Delivery, Image, Look, Preview, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

SLACK = channel("slack")
URL = "https://shop.example/p/42"
IMAGE = Image(url="https://cdn.example/42.jpg", source_url="https://cdn.example/42.jpg")
SHOE = Card(
    url=URL,
    host="shop.example",
    title="Trail shoe 42",
    description="Light trail shoe, in stock.",
    image=Picture(url="https://cdn.example/42.jpg", alt="A shoe"),
)


def card(url: str = URL, title: str = "Trail shoe 42", description: str | None = None) -> Card:
    return Card(url=url, host="shop.example", title=title, description=description)


def page(**changes: Any) -> Outcome:
    known = {"title": "Trail shoe 42", "host": "shop.example", "image": IMAGE} | changes
    preview = Preview(url=URL, **known)
    return Outcome(status=Status.COMPLETE, preview=preview)


def test_a_card_is_a_section_with_a_thumbnail_and_the_link_unfurls_no_second_one() -> None:
    assert blocks(SHOE) == {
        "text": "Trail shoe 42 https://shop.example/p/42",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": "*<https://shop.example/p/42|Trail shoe 42>*\n"
                    "Light trail shoe, in stock.",
                    "verbatim": True,
                },
                "accessory": {
                    "type": "image",
                    "image_url": "https://cdn.example/42.jpg",
                    "alt_text": "A shoe",
                },
            }
        ],
    }


def test_a_picture_without_alternative_text_is_called_by_the_title() -> None:
    image = Picture(url="https://cdn.example/42.jpg")
    bare = Card(url=URL, host="shop.example", title="Trail shoe", image=image)
    assert blocks(bare)["blocks"][0]["accessory"]["alt_text"] == "Trail shoe"


@pytest.mark.parametrize(
    ("shown", "mrkdwn"),
    [
        (card(), "*<https://shop.example/p/42|Trail shoe 42>*"),
        (card(title="A <!channel> & <@U1>"), f"*<{URL}|A &lt;!channel&gt; &amp; &lt;@U1&gt;>*"),
        (card(title="B> <https://evil.example|x"), f"*<{URL}|B&gt; &lt;https://evil.example|x>*"),
        (card(title="5 * 3 *"), f"<{URL}|5 * 3 *>"),
        (card(url=f"{URL}?a=1&b=2"), f"*<{URL}?a=1&amp;b=2|Trail shoe 42>*"),
        (card(description="> quoted @here"), f"*<{URL}|Trail shoe 42>*\n&gt; quoted @here"),
    ],
)
def test_markup_of_a_page_is_only_words(shown: Card, mrkdwn: str) -> None:
    (section,) = blocks(shown)["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}


def test_a_link_with_a_bar_stands_by_itself_as_it_is() -> None:
    first, second = blocks(card(url=f"{URL}?at=1|2&x"))["blocks"]
    assert first["text"]["text"] == "*Trail shoe 42*"
    assert second == {
        "type": "section",
        "text": {"type": "mrkdwn", "text": f"{URL}?at=1|2&amp;x"},
    }


@given(st.text())
def test_what_is_escaped_reads_as_before_and_holds_no_control_characters(text: str) -> None:
    assert not {"<", ">"} & set(escape(text))
    assert escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_an_agents_words_stand_above_the_card() -> None:
    message = blocks_in(SHOE, f"Look, <b>: {URL} & tell me")
    words, shown = message["blocks"]
    assert words == {
        "type": "section",
        "text": {"type": "mrkdwn", "text": f"Look, &lt;b&gt;: {URL} &amp; tell me"},
    }
    assert shown == blocks(SHOE)["blocks"][0]
    assert message["text"] == f"Look, &lt;b&gt;: {URL} &amp; tell me"
    assert message["unfurl_links"] is False


def test_long_words_go_into_several_sections_and_no_link_is_split() -> None:
    text = f"{'& ' * 495}{URL}{' word' * 300}"
    *words, _ = blocks_in(SHOE, text)["blocks"]
    written = [section["text"]["text"] for section in words]
    assert len(written) > 1
    assert all(len(each) <= 3000 for each in written)
    assert unescape("".join(written)) == text
    assert any(URL in each for each in written)


def test_pasted_links_unfurl_and_words_do_not() -> None:
    assert paste_in(SHOE, f"Look: {URL}") == {
        "text": f"Look: {URL}",
        "unfurl_links": True,
        "unfurl_media": True,
    }
    assert say("<!channel> &") == {
        "text": "&lt;!channel&gt; &amp;",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_section_is_cut_as_it_is_written() -> None:
    outcome = page(title="&" * 300, description="<" * 1000)
    message = render(outcome, URL, SLACK).message
    section = message["blocks"][0]["text"]["text"]
    assert len(section) <= 3000
    assert section.count("&amp;") == 59
    assert section.endswith("&lt;…")


def test_a_long_link_takes_the_room_of_the_words() -> None:
    url = f"{URL}?q={'x' * 2500}"
    rendered = render(page(description="word " * 200), url, SLACK)
    section = rendered.message["blocks"][0]["text"]["text"]
    assert len(section) <= 3000
    assert f"<{url}|Trail shoe 42>" in section
    assert [(act.field, act.because) for act in rendered.fit] == [("description", "section")]
    assert "accessory" in rendered.message["blocks"][0]


@pytest.mark.parametrize(("chars", "way"), [(2600, Delivery.CARD), (2601, Delivery.PASTE_PREVIEW)])
def test_a_link_too_long_for_a_section_is_pasted(chars: int, way: Delivery) -> None:
    url = f"{URL}?".ljust(chars, "x")
    assert render(page(), url, SLACK).delivery is way


def test_blocks_are_not_larger_than_slack_takes() -> None:
    picture = Image(url=IMAGE.url.ljust(3000, "x"), source_url="", alt='"' * 1000)
    outcome = page(title='"' * 300, description='"' * 690, image=picture)
    rendered = render(outcome, f"{URL}?".ljust(2000, "x"), SLACK)
    assert [(act.field, act.because) for act in rendered.fit] == [("description", "blocks")]
    assert "accessory" in rendered.message["blocks"][0]


DRAWING = Image(url="https://cdn.example/42.svg", source_url="")
TAGS = ("og:title", "og:image")


@pytest.mark.parametrize(
    ("changes", "facts", "look", "because"),
    [
        ({}, {}, Look.LARGE_CARD, ()),
        ({"image": None}, {}, Look.SMALL_CARD, ("no_image",)),
        ({"title": None}, {}, Look.PLAIN_LINK, ("no_title",)),
        ({"image": DRAWING}, {}, Look.SMALL_CARD, ("no_image",)),
        ({}, {"bytes_to_metadata": 32_768}, Look.LARGE_CARD, ()),
        ({}, {"bytes_to_metadata": 32_769}, Look.PLAIN_LINK, ("tags_after_32_kb",)),
        ({}, {"tags": ("og:title", "body:img")}, Look.SMALL_CARD, ("no_image_tags",)),
        ({}, {"tags": ("og:title", "twitter:image:src")}, Look.LARGE_CARD, ()),
    ],
)
def test_what_is_seen_of_a_pasted_link(
    fetched: Callable[..., Outcome],
    changes: dict[str, Any],
    facts: dict[str, Any],
    look: Look,
    because: tuple[str, ...],
) -> None:
    preview = page(**changes).preview
    seen = render(fetched(preview, **{"tags": TAGS} | facts), URL, SLACK, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


def test_a_card_without_a_picture_is_small() -> None:
    seen = render(page(image=None), URL, SLACK).customer_sees
    assert (seen.look, seen.because) == (Look.SMALL_CARD, ("no_image",))
