"""Salesforce's Enhanced Chat messages, against its own published schema."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from jsonschema import Draft202012Validator

from preview_service.channels import CHANNELS
from preview_service.channels.base import Card, Channel, Picture
from preview_service.channels.enhanced_chat import rich_link, say
from preview_service.model import Outcome, Preview, Reason, Status
from preview_service.renderer import render

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT.parent / "shared/conformance/vendor-schemas"
CARDS = sorted((ROOT / "fixtures/cards").glob("*.json"))
MEMBERS = [channel for channel in CHANNELS.values() if channel.family == "enhanced_chat"]

# Which schema an object keeps, by the field that tells its kind (OpenAPI's discriminator).
KINDS = {
    "messageType": {"StaticContentMessage": "StaticContentMessage"},
    "formatType": {"RichLink": "StaticContentRichLink", "Text": "StaticContentText"},
    "itemType": {"TitleLinkItem": "TitleLinkItem", "TitleItem": "TitleItem"},
    "assetType": {"ImageAsset": "ImageAsset"},
}


@cache
def published(file: str) -> Any:
    if not SCHEMAS.exists():
        pytest.skip("the vendors' schemas are not in ../shared/conformance/vendor-schemas")
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((SCHEMAS / file).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506


def objects(message: Any) -> Iterator[dict[str, Any]]:
    if isinstance(message, dict):
        yield message
        for value in message.values():
            yield from objects(value)


def validate(message: dict[str, Any], file: str) -> set[str]:
    """Check each object in *message* against the schema of its kind; the kinds that were met."""
    components = published(file)["components"]
    met = set()
    for item in objects(message):
        for field, kinds in KINDS.items():
            if field in item:
                kind = kinds[item[field]]
                schema = {"$ref": f"#/components/schemas/{kind}", "components": components}
                Draft202012Validator(schema).validate(item)
                met.add(kind)
    return met


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda channel: channel.name)
def test_cards_and_texts_keep_the_published_schema(member: Channel, card: Path) -> None:
    preview = msgspec.json.decode(card.read_bytes(), type=Preview)
    best = render(Outcome(status=Status.COMPLETE, preview=preview), preview.url, member)
    failed = Outcome(status=Status.UNAVAILABLE, preview=preview, reason=Reason.TIMEOUT)
    text = render(failed, preview.url, member)
    file = "salesforce-conversation-public-components.yaml"
    assert {"StaticContentRichLink", "TitleLinkItem", "TitleItem"} <= validate(best.message, file)
    assert validate(text.message, file) == {"StaticContentMessage", "StaticContentText"}


def test_the_schema_can_refuse() -> None:
    message = rich_link(Card(url="https://shop.example/", host="shop.example", title="Shoe"))
    del message["id"]
    from jsonschema import ValidationError

    with pytest.raises(ValidationError, match="'id' is a required property"):
        validate(message, "salesforce-conversation-public-components.yaml")


def test_a_rich_link() -> None:
    picture = Picture(url="https://cdn.example/42.png", media_type="image/png", alt="A shoe")
    message = rich_link(
        Card(
            url="https://shop.example/p/42",
            host="shop.example",
            title="Trail shoe 42",
            description="Light trail shoe, in stock.",
            image=picture,
        )
    )
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
