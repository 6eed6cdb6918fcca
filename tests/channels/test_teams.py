"""Adaptive Cards as Teams takes them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from preview_service.channels import channel
from preview_service.channels.base import Card, Channel, Picture, json_of
from preview_service.channels.teams import adaptive_card, say, words_and_card
from preview_service.model import Delivery, Image, Look, Preview, Rendered, Status
from preview_service.outcome import Outcome
from preview_service.renderer import render

TEAMS = channel("teams")
URL = "https://shop.example/p/42"
OPEN = {"type": "Action.OpenUrl", "title": "Open link", "url": URL}
FULL = Card(
    url=URL,
    host="shop.example",
    title="Trail shoe 42",
    description="Light trail shoe, in stock.",
    site_name="Acme",
    image=Picture(url="https://cdn.example/42.jpg", alt="A shoe"),
)


def content_of(message: dict[str, Any]) -> Any:
    (attachment,) = message["attachments"]
    return attachment["content"]


def outcome(**image: Any) -> Outcome:
    facts = {"width": 1024, "height": 536, "media_type": "image/jpeg"} | image
    source = facts.pop("url", "https://cdn.example/42.jpg")
    picture = Image(url=source, source_url=source, **facts)
    preview = Preview(url=URL, host="shop.example", title="Trail shoe 42", image=picture)
    return Outcome(status=Status.COMPLETE, preview=preview)


def test_the_card_is_one_attachment_that_opens_the_link() -> None:
    assert adaptive_card(FULL) == {
        "type": "message",
        "summary": "Trail shoe 42",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "fallbackText": f"Trail shoe 42\n{URL}",
                    "body": [
                        {
                            "type": "Container",
                            "selectAction": OPEN,
                            "items": [
                                {
                                    "type": "Image",
                                    "url": "https://cdn.example/42.jpg",
                                    "altText": "A shoe",
                                    "size": "Stretch",
                                },
                                {
                                    "type": "TextBlock",
                                    "text": "Trail shoe 42",
                                    "wrap": True,
                                    "maxLines": 2,
                                    "weight": "Bolder",
                                    "size": "Medium",
                                },
                                {
                                    "type": "TextBlock",
                                    "text": "Light trail shoe, in stock.",
                                    "wrap": True,
                                    "maxLines": 3,
                                    "spacing": "Small",
                                    "isSubtle": True,
                                },
                                {
                                    "type": "TextBlock",
                                    "text": "Acme · shop.example",
                                    "wrap": True,
                                    "maxLines": 1,
                                    "spacing": "Small",
                                    "isSubtle": True,
                                    "size": "Small",
                                },
                            ],
                        }
                    ],
                    "actions": [OPEN],
                },
            }
        ],
    }


def test_a_small_picture_stands_beside_the_words() -> None:
    small = Picture(url="https://cdn.example/42.jpg", width=120, height=120)
    card = Card(url=URL, host="shop.example", title="Trail shoe 42", image=small)
    (columns,) = content_of(adaptive_card(card))["body"][0]["items"]
    picture, words = columns["columns"]
    assert picture == {
        "type": "Column",
        "width": "auto",
        "items": [
            {
                "type": "Image",
                "url": "https://cdn.example/42.jpg",
                "altText": "Trail shoe 42",
                "size": "Medium",
            }
        ],
    }
    assert words["width"] == "stretch"
    assert [item["text"] for item in words["items"]] == ["Trail shoe 42", "shop.example"]


def test_a_page_of_no_words_is_its_host_once() -> None:
    bare = content_of(adaptive_card(Card(url=URL, host="shop.example", title="shop.example")))
    (container,) = bare["body"]
    assert [item["text"] for item in container["items"]] == ["shop.example"]


def test_a_card_is_read_the_way_its_title_is() -> None:
    card = content_of(adaptive_card(Card(url=URL, host="shop.example", title="חדש: Trail shoe")))
    assert (card["rtl"], card["version"]) == (True, "1.5")


@pytest.mark.parametrize(
    "title",
    [
        "*bold*",
        "snake_case_name",
        "[Win](https://evil.example)",
        "C:\\temp",
        "`code`",
        "~~was 42~~",
        "<at>Ann</at>",
        "{{DATE(2026-01-01T00:00:00Z)}}",
        "AT&amp;T",
        "&#91;x&#93;",
        "https://evil.example",
        "www.evil.example",
        "# 42",
        "- 42",
        "+ 42",
        "1. Green",
        "2) Orange",
    ],
)
def test_what_markdown_could_be_made_of_stands_where_there_is_none(title: str) -> None:
    card = content_of(adaptive_card(Card(url=URL, host="shop.example", title=title)))
    assert card["body"][0]["items"][0] == {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": title, "weight": "Bolder", "size": "Medium"}],
    }


@pytest.mark.parametrize(
    "title", ["AT&T", "42 - red", "C++ & C#", "1.5 km", "-5 °C", "Is it {x}?", "(42) ; 50%"]
)
def test_all_else_is_held_to_two_lines(title: str) -> None:
    card = content_of(adaptive_card(Card(url=URL, host="shop.example", title=title)))
    block = card["body"][0]["items"][0]
    assert (block["type"], block["text"], block["maxLines"]) == ("TextBlock", title, 2)


@given(st.text(st.sampled_from("ab *_[]()\\`~<>#-+1.&;{}:/"), min_size=1))
def test_no_title_formats_or_links(title: str) -> None:
    (block,) = content_of(adaptive_card(Card(url=URL, host=title, title=title)))["body"][0]["items"]
    if block["type"] == "TextBlock":
        assert not re.search(r"[*_\[\]\\`<>~]|\{\{|://", block["text"])
    else:
        assert [run["text"] for run in block["inlines"]] == [title]
        assert "selectAction" not in block["inlines"][0]


def test_words_stand_above_the_card_with_their_link_alive() -> None:
    message = words_and_card(FULL, f"Have a look: {URL}\n\nIt is *red*: {URL}, see?")
    assert message["summary"] == "Have a look: shop.example"
    first, second, card = content_of(message)["body"]
    assert first == {"type": "TextBlock", "text": f"Have a look: [{URL}]({URL})", "wrap": True}
    assert second == {
        "type": "RichTextBlock",
        "inlines": [
            {"type": "TextRun", "text": "It is *red*: "},
            {"type": "TextRun", "text": URL, "color": "Accent", "selectAction": OPEN},
            {"type": "TextRun", "text": ", see?"},
        ],
    }
    assert (card["type"], card["separator"]) == ("Container", True)


def test_lines_of_one_paragraph_stand_together() -> None:
    body = content_of(say("Hello\nAnn\n\nBye"))["body"]
    assert [block.get("spacing") for block in body] == [None, "None", None]


def test_a_link_on_its_own_line_is_whole() -> None:
    url = 'https://shop.example/"42"<x>'
    title, (link,) = (
        block.get("text") or block["inlines"] for block in content_of(say(f"Shoe\n{url}"))["body"]
    )
    assert title == "Shoe"
    assert (link["text"], link["selectAction"]["url"]) == (url, url)


@pytest.mark.parametrize("behind", [".", "!", ")", "を見て", "…"])
def test_what_an_agent_says_behind_a_link_is_not_of_it(behind: str) -> None:
    (block,) = content_of(say(f"{URL}{behind}"))["body"]
    assert block["text"] == f"[{URL}]({URL}){behind}"


def test_links_glued_to_each_other_are_links_each() -> None:
    (block,) = content_of(say(f"{URL},{URL}/red"))["body"]
    assert block["text"] == f"[{URL}]({URL}),[{URL}/red]({URL}/red)"


@pytest.mark.parametrize("url", [f"{URL}?a_b", f"{URL}(1)", f"{URL}?a=1&lt;=2", f"{URL}/[x]y"])
def test_a_link_that_markdown_would_mangle_is_an_action(url: str) -> None:
    (block,) = content_of(say(url))["body"]
    (run,) = block["inlines"]
    assert (run["text"], run["selectAction"]["url"]) == (url, url)


def test_the_longest_words_fit_beside_the_largest_card() -> None:
    limit = TEAMS.longest_text
    assert limit
    url = "https://shop.example/" + "a" * 2027
    card = Card(
        url=url,
        host="h" * 253,
        title="靴" * 150,
        description="靴" * 300,
        site_name="靴" * 100,
        image=Picture(url="https://cdn.example/" + "i" * 2000, alt="靴" * 300),
    )
    many = ("https://a.example/_" + "a" * 150 + " ") * 20
    for text in ("a\n" * 1750, "https://a.example/ " * 184, many, f"{url} a_b", '"' * 3500):
        assert limit.allows(text)
        assert len(json_of(words_and_card(card, text)).encode()) <= 28_000
        assert len(json_of(say(text)).encode()) <= 28_000


@pytest.mark.parametrize(
    ("image", "because"),
    [
        ({}, None),
        ({"width": 1025}, "pixels_wide"),
        ({"width": 1024, "height": 853}, None),
        ({"height": 1025}, "pixels_high"),
        ({"bytes": 1_000_000}, None),
        ({"bytes": 1_000_001}, "bytes"),
        ({"media_type": "image/gif"}, None),
        ({"media_type": "image/webp"}, "media_type"),
        ({"url": "http://cdn.example/42.jpg"}, "scheme"),
    ],
)
def test_the_documented_pictures(image: dict[str, Any], because: str | None) -> None:
    rendered = render(outcome(**image), URL, TEAMS)
    assert rendered.delivery is Delivery.CARD
    look = Look.SMALL_CARD if because else Look.LARGE_CARD
    assert rendered.customer_sees.look is look
    assert [act.because or act.unit for act in rendered.fit] == ([because] if because else [])


def test_every_card_keeps_the_published_schema(
    published: Callable[[str], Any], every_rendering: Callable[[Channel], list[Rendered]]
) -> None:
    validator = Draft6Validator(published("adaptive-card-1.5.json"))
    cards = [content_of(each.message) for each in every_rendering(TEAMS)]
    cards.append(content_of(words_and_card(FULL, f"Look *here*: {URL}\n\n{URL}_x (see)")))
    for card in cards:
        validator.validate(card)
    assert len(cards) > 100
