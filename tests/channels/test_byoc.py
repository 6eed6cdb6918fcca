"""What a partner who brings the channel is sent, and may itself send, by Salesforce's schemas."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from preview_service.channels import CHANNELS
from preview_service.channels.base import Channel
from preview_service.channels.byoc import MEDIA
from preview_service.channels.fit import fit_message
from preview_service.model import Delivery, Image, Look, Preview, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

OUTBOUND = "salesforce-outbound-custom-event-payload.yaml"
INBOUND = "salesforce-inbound-interaction-api.yaml"
MEMBERS = [channel for channel in CHANNELS.values() if channel.family == "byoc"]
URL = "https://shop.example/p/42"
PICTURE = Image(url="https://cdn.example/42.png", source_url="https://cdn.example/42.png")
SHOE = Preview(url=URL, host="shop.example", title="Trail shoe 42", image=PICTURE)
FOUND = Outcome(status=Status.COMPLETE, preview=SHOE)


@pytest.fixture(params=MEMBERS, ids=lambda channel: channel.name)
def member(request: pytest.FixtureRequest) -> Channel:
    assert isinstance(request.param, Channel)
    return request.param


def format_of(rendered: Rendered) -> str:
    return str(rendered.message["staticContent"]["formatType"])


def test_what_goes_out_keeps_the_outbound_schema(
    member: Channel,
    every_rendering: Callable[[Channel], list[Rendered]],
    salesforce_kinds: Callable[..., set[str]],
) -> None:
    met = [salesforce_kinds(rendered.message, OUTBOUND) for rendered in every_rendering(member)]
    assert set.union(*met) >= {"StaticContentRichLink", "StaticContentLinks", "StaticContentText"}


def test_media_keeps_the_outbound_schema(salesforce_kinds: Callable[..., set[str]]) -> None:
    message = fit_message(SHOE, URL, MEDIA).message
    assert salesforce_kinds(message, OUTBOUND) == {
        "StaticContentMessage",
        "StaticContentMedia",
        "ImageAsset",
        "TitleLinkItem",
        "TitleItem",
    }


def test_links_and_text_are_what_a_partner_sends_in(
    member: Channel,
    every_rendering: Callable[[Channel], list[Rendered]],
    salesforce_kinds: Callable[..., set[str]],
    published: Callable[[str], Any],
) -> None:
    components = published(INBOUND)["components"]
    request = Draft202012Validator(
        {"$ref": "#/components/schemas/InteractionRequestJson", "components": components}
    )
    entry = Draft202012Validator({"$ref": "#/components/schemas/Message", "components": components})
    met = set()
    for rendered in every_rendering(member):
        if format_of(rendered) == "RichLink":
            continue
        payload = {
            "id": rendered.message["id"],
            "entryType": "Message",
            "abstractMessage": rendered.message,
        }
        interaction = {
            "timestamp": 1790000000000,
            "interactionType": "EntryInteraction",
            "payload": payload,
        }
        request.validate({"to": "address", "from": "customer", "interactions": [interaction]})
        entry.validate(payload)
        met |= salesforce_kinds(rendered.message, INBOUND)
    assert met == {"StaticContentMessage", "StaticContentLinks", "StaticContentText"}


@pytest.mark.parametrize(
    ("way", "format_type", "delivery"),
    [
        (Way.AUTO, "RichLink", Delivery.CARD),
        (Way.COMPONENT, "RichLink", Delivery.CARD),
        (Way.CARD, "RichLink", Delivery.CARD),
        (Way.PASTE, "Links", Delivery.PASTE_PREVIEW),
    ],
)
def test_each_way_has_its_format(
    member: Channel, way: Way, format_type: str, delivery: Delivery
) -> None:
    rendered = render(FOUND, URL, member, way)
    assert (format_of(rendered), rendered.delivery) == (format_type, delivery)


def test_a_pasted_link_is_the_link_alone(member: Channel) -> None:
    message = render(FOUND, URL, member, Way.PASTE).message
    assert message["staticContent"] == {"formatType": "Links", "links": [{"url": URL}]}


@pytest.mark.parametrize(
    ("preview", "way", "look", "because"),
    [
        (SHOE, Way.CARD, Look.LARGE_CARD, ()),
        (SHOE, Way.PASTE, Look.LARGE_CARD, ()),
        (
            Preview(url=URL, host="shop.example", title="Shoe"),
            Way.CARD,
            Look.SMALL_CARD,
            ("no_image",),
        ),
        (
            Preview(url=URL, host="shop.example", image=PICTURE),
            Way.PASTE,
            Look.PLAIN_LINK,
            ("no_title",),
        ),
        (
            Preview(
                url=URL,
                host="shop.example",
                title="Shoe",
                image=Image(url="http://cdn.example/42.png", source_url=URL),
            ),
            Way.PASTE,
            Look.SMALL_CARD,
            ("image_not_https",),
        ),
    ],
)
def test_what_is_left_of_a_card(
    member: Channel, preview: Preview, way: Way, look: Look, because: tuple[str, ...]
) -> None:
    found = Outcome(status=Status.COMPLETE, preview=preview)
    seen = render(found, URL, member, way).customer_sees
    assert (seen.look, seen.because) == (look, because)
