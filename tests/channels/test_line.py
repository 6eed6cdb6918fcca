"""LINE gets a Flex bubble where its picture is small enough, else unfurls the link by itself."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from preview_service.channels import channel
from preview_service.channels.base import Card, Channel, Picture
from preview_service.channels.line import flex, paste_in
from preview_service.model import Delivery, Image, Look, Preview, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

URL = "https://shop.example/p/42"
LINE = channel("enhanced_line")
REFERENCE = "#/components/schemas/"


def outcome(image: str | None = "https://cdn.example/42.jpg", **changes: Any) -> Outcome:
    facts = {"width": 1024, "height": 536}
    facts |= {key: changes.pop(key) for key in ("width", "height", "bytes") if key in changes}
    texts = {"title": "Trail shoe 42", "description": "Light trail shoe, in stock."} | changes
    picture = Image(url=image, source_url=image, **facts) if image else None
    preview = Preview(url=URL, host="shop.example", image=picture, **texts)
    return Outcome(status=Status.COMPLETE, preview=preview)


def card(**changes: Any) -> Card:
    return Card(**({"url": URL, "host": "shop.example", "title": "Trail shoe 42"} | changes))


def test_a_bubble_with_picture_words_and_button() -> None:
    rendered = render(outcome(), URL, LINE)
    assert (rendered.delivery, rendered.customer_sees.look) == (Delivery.CARD, Look.LARGE_CARD)
    assert rendered.message == {
        "type": "flex",
        "altText": f"Trail shoe 42 {URL}",
        "contents": {
            "type": "bubble",
            "hero": {
                "type": "image",
                "url": "https://cdn.example/42.jpg",
                "size": "full",
                "aspectRatio": "1024:536",
                "aspectMode": "cover",
                "action": {"type": "uri", "uri": URL},
            },
            "body": {
                "type": "box",
                "layout": "vertical",
                "contents": [
                    {
                        "type": "text",
                        "text": "Trail shoe 42",
                        "weight": "bold",
                        "wrap": True,
                        "maxLines": 2,
                    },
                    {
                        "type": "text",
                        "text": "Light trail shoe, in stock.",
                        "size": "sm",
                        "color": "#666666",
                        "margin": "sm",
                        "wrap": True,
                        "maxLines": 3,
                    },
                    {
                        "type": "text",
                        "text": "shop.example",
                        "size": "xs",
                        "color": "#666666",
                        "margin": "md",
                    },
                ],
            },
            "footer": {
                "type": "box",
                "layout": "vertical",
                "contents": [
                    {
                        "type": "button",
                        "style": "link",
                        "action": {"type": "uri", "label": "Open link", "uri": URL},
                    }
                ],
            },
        },
    }


def test_a_host_is_not_said_twice() -> None:
    message = flex(card(title="shop.example"))
    assert message["altText"] == URL
    (only,) = message["contents"]["body"]["contents"]
    assert only["text"] == "shop.example"
    assert "hero" not in message["contents"]


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [
        (800, 600, "800:600"),
        (300, 900, "300:900"),
        (300, 901, "300:900"),
        (1, 1024, "1:3"),
        (1024, 1, "1024:1"),
        (800, None, "191:100"),
        (None, None, "191:100"),
    ],
)
def test_the_picture_keeps_its_proportions_as_far_as_it_may(
    width: int | None, height: int | None, ratio: str
) -> None:
    picture = Picture(url="https://cdn.example/42.jpg", width=width, height=height)
    assert flex(card(image=picture))["contents"]["hero"]["aspectRatio"] == ratio


@pytest.mark.parametrize(
    ("facts", "has_image"),
    [
        ({}, True),
        ({"width": 1025}, False),
        ({"height": 1024}, True),
        ({"height": 1025}, False),
        ({"bytes": 10_000_000}, True),
        ({"bytes": 10_000_001}, False),
        ({"image": "https://cdn.example/42.png"}, True),
        ({"image": "https://cdn.example/42.gif"}, False),
        ({"image": "http://cdn.example/42.jpg"}, False),
        ({"image": "https://cdn.example/靴.jpg"}, False),
        ({"image": "https://cdn.example/42.jpg?" + "x" * 1973}, True),
        ({"image": "https://cdn.example/42.jpg?" + "x" * 1974}, False),
    ],
)
def test_images_a_bubble_takes(facts: dict[str, Any], has_image: bool) -> None:
    rendered = render(outcome(**facts), URL, LINE, Way.CARD)
    assert ("hero" in rendered.message["contents"]) is has_image


def test_a_picture_too_large_for_a_bubble_is_left_to_line_itself() -> None:
    rendered = render(outcome(width=1200, height=630), URL, LINE)
    assert rendered.delivery is Delivery.PASTE_PREVIEW
    assert rendered.message == {"type": "text", "text": URL}
    assert rendered.customer_sees.look is Look.LARGE_CARD


@pytest.mark.parametrize(
    ("known", "look", "because"),
    [
        (outcome(), Look.LARGE_CARD, ()),
        (outcome(description=None), Look.LARGE_CARD, ()),
        (outcome(image=None), Look.SMALL_CARD, ("no_image",)),
        (outcome(title=None), Look.PLAIN_LINK, ("no_title",)),
    ],
)
def test_what_line_draws_of_a_pasted_link(
    known: Outcome, look: Look, because: tuple[str, ...]
) -> None:
    seen = render(known, URL, LINE, Way.PASTE).customer_sees
    assert (seen.look, seen.because) == (look, because)


@pytest.mark.parametrize(
    ("url", "delivery"),
    [
        (f"{URL}?{'x' * 974}", Delivery.CARD),
        (f"{URL}?{'x' * 975}", Delivery.PASTE_PREVIEW),
        (f"{URL}?a|b", Delivery.PASTE_PREVIEW),
        (f"{URL}?a%7Cb", Delivery.CARD),
        (f"{URL}?{'x' * 4974}", Delivery.PASTE_PREVIEW),
        (f"{URL}?{'x' * 4975}", Delivery.TEXT),
    ],
)
def test_links_that_a_bubble_cannot_open_are_pasted(url: str, delivery: Delivery) -> None:
    rendered = render(outcome(), url, LINE)
    assert rendered.delivery is delivery
    if delivery is Delivery.CARD:
        bubble = rendered.message["contents"]
        actions = [bubble["hero"]["action"], bubble["footer"]["contents"][0]["action"]]
        assert [action["uri"] for action in actions] == [url, url]


def test_the_largest_bubble_is_within_the_limits_of_a_message() -> None:
    """Whatever a title is written in, the notification has room for the longest link."""
    url = f"{URL}?{'x' * 974}"
    rendered = render(outcome(title="靴" * 999, description='"' * 999), url, LINE)
    assert rendered.message["altText"] == "靴" * 199 + f"… {url}"
    assert {act.field for act in rendered.fit} == {"title", "description"}


def test_an_agents_words_go_out_with_the_link_among_them() -> None:
    assert paste_in(card(), f"Have a look: {URL} – nice") == {
        "type": "text",
        "text": f"Have a look: {URL} – nice",
    }


def test_the_component_is_text_alone() -> None:
    rendered = render(outcome(), URL, LINE, Way.COMPONENT)
    assert rendered.message["staticContent"] == {
        "formatType": "Text",
        "text": f"Trail shoe 42\n{URL}",
    }
    assert any("ai.agent_response_ref_rich_link" in note for note in LINE.notes)


@cache
def strict(schemas: Callable[[str], Any]) -> Draft202012Validator:
    """LINE's schemas so that an object is held to the one of its `type`, and to no other fields.

    A discriminator says which (https://spec.openapis.org/oas/v3.0.3#discriminator-object), which
    JSON Schema does not read: a place where any kind may stand gets the choice spelled out.
    """
    found: dict[str, Any] = schemas("line-messaging-api.yml")["components"]["schemas"]
    kinds = {name: s["discriminator"] for name, s in found.items() if "discriminator" in s}
    spelled = {name: chosen(schema, kinds) for name, schema in found.items()}
    for name, kind in kinds.items():
        key = kind["propertyName"]
        spelled[f"any {name}"] = {
            "required": [key],
            "properties": {key: {"enum": [*kind["mapping"]]}},
            "allOf": [
                {
                    "if": {"properties": {key: {"const": value}}},
                    "then": {"$ref": target, "unevaluatedProperties": False},
                }
                for value, target in kind["mapping"].items()
            ],
        }
    return Draft202012Validator(
        {"$ref": f"{REFERENCE}any Message", "components": {"schemas": spelled}}
    )


def chosen(schema: Any, kinds: dict[str, Any], *, is_base: bool = False) -> Any:
    """*schema* with "any X" wherever it refers to an X, but for what it is itself made of."""
    if isinstance(schema, list):
        return [chosen(each, kinds, is_base=is_base) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).removeprefix(REFERENCE)
    if name in kinds and not is_base:
        return {"$ref": f"{REFERENCE}any {name}"}
    return {key: chosen(value, kinds, is_base=key == "allOf") for key, value in schema.items()}


def test_every_message_keeps_the_published_schema(
    every_rendering: Callable[[Channel], list[Rendered]],
    published: Callable[[str], Any],
    salesforce_kinds: Callable[[Any], set[str]],
) -> None:
    validator = strict(published)
    met = set()
    for rendered in every_rendering(LINE):
        if "staticContent" in rendered.message:
            met |= salesforce_kinds(rendered.message)
        else:
            validator.validate(rendered.message)
            met.add(rendered.message["type"])
    assert met == {"flex", "text", "StaticContentMessage", "StaticContentText"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("type",), "bubble"),
        (("contents", "type"), "flex"),
        (("contents", "hero", "aspectMode"), "contain"),
        (("contents", "hero", "ratio"), "1:1"),
        (("contents", "footer", "contents", 0, "action", "type"), "url"),
        (("contents", "body", "contents", 0, "maxLines"), "2"),
    ],
)
def test_the_schema_can_refuse(
    path: tuple[str | int, ...], value: str, published: Callable[[str], Any]
) -> None:
    message: Any = flex(card(image=Picture(url="https://cdn.example/42.jpg")))
    strict(published).validate(message)
    holder = message
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    with pytest.raises(ValidationError):
        strict(published).validate(message)
