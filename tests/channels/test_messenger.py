"""Messenger gets a template for the link: a URL in a text is drawn as words."""

from collections.abc import Callable
from typing import Any

import pytest

from preview_service.channels import channel
from preview_service.channels.base import Channel, Permission
from preview_service.model import Delivery, Image, Look, Preview, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

URL = "https://shop.example/p/42"
ENHANCED = channel("enhanced_facebook_messenger")
STANDARD = channel("standard_facebook_messenger")


def outcome(*, image: str | None = "https://cdn.example/42.jpg", **changes: Any) -> Outcome:
    facts = {key: changes.pop(key) for key in ("bytes", "media_type") if key in changes}
    texts = {"title": "Trail shoe 42", "description": "Light trail shoe, in stock."} | changes
    picture = Image(url=image, source_url=image, **facts) if image else None
    preview = Preview(url=URL, host="shop.example", image=picture, **texts)
    return Outcome(status=Status.COMPLETE, preview=preview)


def element(rendered: Rendered) -> dict[str, Any]:
    (only,) = rendered.message["message"]["attachment"]["payload"]["elements"]
    assert isinstance(only, dict)
    return only


def test_a_template_with_one_element_that_opens_the_link() -> None:
    rendered = render(outcome(), URL, ENHANCED)
    assert rendered.delivery is Delivery.CARD
    assert rendered.customer_sees.look is Look.LARGE_CARD
    assert rendered.message == {
        "messaging_type": "RESPONSE",
        "message": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "generic",
                    "elements": [
                        {
                            "title": "Trail shoe 42",
                            "subtitle": "Light trail shoe, in stock.",
                            "image_url": "https://cdn.example/42.jpg",
                            "default_action": {"type": "web_url", "url": URL},
                            "buttons": [{"type": "web_url", "url": URL, "title": "Open link"}],
                        }
                    ],
                },
            }
        },
    }


def test_without_image_the_card_is_small_and_still_more_than_its_title() -> None:
    rendered = render(outcome(image=None, description=None), URL, ENHANCED)
    assert (rendered.customer_sees.look, rendered.customer_sees.because) == (
        Look.SMALL_CARD,
        ("no_image",),
    )
    assert element(rendered).keys() == {"title", "default_action", "buttons"}


@pytest.mark.parametrize(("field", "key"), [("title", "title"), ("description", "subtitle")])
def test_80_characters_are_shown(field: str, key: str) -> None:
    whole = render(outcome(**{field: "x" * 80}), URL, ENHANCED)
    assert element(whole)[key] == "x" * 80
    assert whole.fit == ()
    cut = render(outcome(**{field: "x" * 81}), URL, ENHANCED)
    assert element(cut)[key] == "x" * 79 + "…"
    assert [(act.field, act.limit, act.was) for act in cut.fit] == [(field, 80, 81)]


@pytest.mark.parametrize(
    ("facts", "has_image"),
    [
        ({"bytes": 8_000_000}, True),
        ({"bytes": 8_000_001}, False),
        ({"image": "http://cdn.example/42.jpg"}, True),
        ({"media_type": "image/png"}, True),
        ({"media_type": "image/webp"}, False),
    ],
)
def test_images_it_takes(facts: dict[str, Any], has_image: bool) -> None:
    assert ("image_url" in element(render(outcome(**facts), URL, ENHANCED))) is has_image


def test_nothing_is_pasted_because_nothing_would_be_drawn() -> None:
    rendered = render(outcome(), URL, ENHANCED, Way.PASTE)
    assert (rendered.delivery, rendered.customer_sees.look) == (Delivery.TEXT, Look.PLAIN_LINK)
    assert rendered.message == {
        "messaging_type": "RESPONSE",
        "message": {"text": f"Trail shoe 42\n{URL}"},
    }


def test_the_component_is_a_picture_with_the_link() -> None:
    content = render(outcome(), URL, ENHANCED, Way.COMPONENT).message["staticContent"]
    assert content["formatType"] == "Media"
    assert content["mediaAsset"]["assetUrl"] == "https://cdn.example/42.jpg"
    (link,) = content["linkItems"]
    assert link == {
        "itemType": "TitleLinkItem",
        "titleItem": {"itemType": "TitleItem", "title": "Trail shoe 42"},
        "url": URL,
    }


@pytest.mark.parametrize("image", [None, "http://cdn.example/42.jpg"])
def test_a_component_without_picture_is_text(image: str | None) -> None:
    content = render(outcome(image=image), URL, ENHANCED, Way.COMPONENT).message["staticContent"]
    assert content == {"formatType": "Text", "text": f"Trail shoe 42\n{URL}"}


def test_components_keep_the_published_schema(
    every_rendering: Callable[[Channel], list[Rendered]],
    salesforce_kinds: Callable[[Any], set[str]],
) -> None:
    components = [
        rendered.message
        for rendered in every_rendering(ENHANCED)
        if "staticContent" in rendered.message
    ]
    met = set.union(*(salesforce_kinds(message) for message in components))
    assert met >= {"StaticContentMedia", "StaticContentText"}


@pytest.mark.parametrize("way", Way)
def test_the_standard_channel_has_words_alone(way: Way) -> None:
    rendered = render(outcome(), URL, STANDARD, way)
    assert rendered.delivery is Delivery.TEXT
    assert rendered.message == STANDARD.say(f"Trail shoe 42\n{URL}")
    assert STANDARD.component_formats is None


def test_a_text_is_2000_characters_at_most() -> None:
    (limit,) = STANDARD.text_limits
    assert limit.allows("x" * 2000)
    assert not limit.allows("x" * 2001)
    assert STANDARD.longest_text == limit == ENHANCED.longest_text


def test_reps_need_the_messaging_permission() -> None:
    assert ENHANCED.permission is STANDARD.permission is Permission.MESSAGING


def test_words_around_a_link_are_a_message_of_their_own() -> None:
    """Meta takes either a text or an attachment."""
    assert all(method.with_text is None for method in ENHANCED.methods)
