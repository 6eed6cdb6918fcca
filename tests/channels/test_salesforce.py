"""Salesforce's messages, against its own published schema."""

from collections.abc import Callable
from uuid import UUID

import pytest

from preview_service.channels.base import Card, Picture
from preview_service.channels.salesforce import links, media, rich_link, say

SHOE = Card(
    url="https://shop.example/p/42",
    host="shop.example",
    title="Trail shoe 42",
    description="Light trail shoe, in stock.",
    image=Picture(url="https://cdn.example/42.png", media_type="image/png", alt="A shoe"),
)


@pytest.mark.parametrize("render", [rich_link, media, links])
def test_each_format_keeps_the_published_schema(
    render: Callable[[Card], dict[str, object]], salesforce_kinds: Callable[..., set[str]]
) -> None:
    assert "StaticContentMessage" in salesforce_kinds(render(SHOE))


def test_the_schema_can_refuse(salesforce_kinds: Callable[..., set[str]]) -> None:
    message = rich_link(SHOE)
    del message["id"]
    from jsonschema import ValidationError

    with pytest.raises(ValidationError, match="'id' is a required property"):
        salesforce_kinds(message)


def test_a_rich_link() -> None:
    message = rich_link(SHOE)
    assert UUID(message.pop("id")).version == 5
    assert UUID(message["staticContent"]["image"].pop("id")).version == 5
    assert message == {
        "messageType": "StaticContentMessage",
        "staticContent": {
            "formatType": "RichLink",
            "image": {
                "assetType": "ImageAsset",
                "mimeType": "image/png",
                "assetUrl": "https://cdn.example/42.png",
                "description": "A shoe",
            },
            "linkItem": {
                "itemType": "TitleLinkItem",
                "titleItem": {
                    "itemType": "TitleItem",
                    "title": "Trail shoe 42",
                    "subTitle": "Light trail shoe, in stock.",
                },
                "url": "https://shop.example/p/42",
            },
        },
    }


def test_an_image_of_unknown_type_is_called_jpeg() -> None:
    card = Card(
        url="https://shop.example/",
        host="shop.example",
        title="Shoe",
        image=Picture(url="https://cdn.example/42"),
    )
    assert rich_link(card)["staticContent"]["image"]["mimeType"] == "image/jpeg"


def test_ids_name_the_content() -> None:
    assert say("Have a look")["id"] == say("Have a look")["id"]
    assert say("Have a look")["id"] != say("Have a look!")["id"]
