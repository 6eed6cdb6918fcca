"""The vendors' published schemas and the nasty cards, for the tests of channels."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from preview_service.channels.base import Channel
from preview_service.model import Claim, Field, Preview, Reason, Rendered, Status, Way
from preview_service.outcome import FetchReport, Outcome, Purpose, Trail
from preview_service.renderer import render

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT.parent / "shared/conformance/vendor-schemas"
COMPONENTS = "salesforce-conversation-public-components.yaml"
CARDS = sorted((ROOT / "fixtures/cards").glob("*.json"))


@cache
def _read(file: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((SCHEMAS / file).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506


@pytest.fixture
def published() -> Callable[[str], Any]:
    """A vendor's schema file, read once; the test is skipped where the folder is absent."""
    if not SCHEMAS.exists():
        pytest.skip("the vendors' schemas are not in ../shared/conformance/vendor-schemas")
    return _read


# Which schema an object keeps, by the field that tells its kind (OpenAPI's discriminator).
KINDS = {
    "messageType": {"StaticContentMessage": "StaticContentMessage"},
    "formatType": {
        "Links": "StaticContentLinks",
        "Media": "StaticContentMedia",
        "RichLink": "StaticContentRichLink",
        "Text": "StaticContentText",
    },
    "itemType": {"TitleLinkItem": "TitleLinkItem", "TitleItem": "TitleItem"},
    "assetType": {"ImageAsset": "ImageAsset"},
}


def _objects(message: Any) -> Iterator[dict[str, Any]]:
    if isinstance(message, list):
        for value in message:
            yield from _objects(value)
    if isinstance(message, dict):
        yield message
        for value in message.values():
            yield from _objects(value)


@pytest.fixture
def salesforce_kinds(published: Callable[[str], Any]) -> Callable[..., set[str]]:
    """Checks each object in a message against Salesforce's schema of its kind; the kinds met."""

    def check(message: Any, file: str = COMPONENTS) -> set[str]:
        components = published(file)["components"]
        met = set()
        for item in _objects(message):
            for field, kinds in KINDS.items():
                if field in item:
                    kind = kinds[item[field]]
                    schema = {"$ref": f"#/components/schemas/{kind}", "components": components}
                    Draft202012Validator(schema).validate(item)
                    met.add(kind)
        return met

    return check


@pytest.fixture
def every_rendering() -> Callable[[Channel], list[Rendered]]:
    """What *channel* sends for every nasty card, asked for in each way, and as mere words."""

    def rendered(channel: Channel) -> list[Rendered]:
        previews = [msgspec.json.decode(card.read_bytes(), type=Preview) for card in CARDS]
        good = [
            render(Outcome(status=Status.COMPLETE, preview=preview), preview.url, channel, way)
            for preview in previews
            for way in Way
        ]
        failed = [
            render(
                Outcome(status=Status.UNAVAILABLE, preview=preview, reason=Reason.TIMEOUT),
                preview.url,
                channel,
            )
            for preview in previews
        ]
        return good + failed

    return rendered


@pytest.fixture
def fetched() -> Callable[..., Outcome]:
    """An outcome whose fetch is known: the tags of the page, and what its report says."""

    def outcome(
        preview: Preview, tags: tuple[str, ...] = (), bytes_to_metadata: int = 900, **report: Any
    ) -> Outcome:
        said = tuple(Claim(field=Field.TITLE, value="said", source=tag) for tag in tags)
        page = FetchReport(url=preview.url, purpose=Purpose.PAGE, **{"status": 200} | report)
        return Outcome(
            status=Status.COMPLETE,
            preview=preview,
            bytes_to_metadata=bytes_to_metadata,
            trail=Trail(claims={Field.TITLE: said}, fetches=(page,)),
        )

    return outcome
