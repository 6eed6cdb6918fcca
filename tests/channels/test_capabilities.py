"""Which restrictions on a format can be kept by what is sent."""

from typing import Any

import msgspec
import pytest

from preview_service.channels.capabilities import (
    ArrayRestriction,
    Format,
    MimeTypeRestriction,
    Place,
    StringFieldRestriction,
)
from preview_service.errors import BadSettings

IMAGE = "$.staticContent.image"
TITLE = "$.staticContent.linkItem.titleItem.title"


def form(format_type: str, *rows: tuple[str, dict[str, Any]]) -> Format:
    found = {
        "formatType": format_type,
        "capabilityFieldRestriction": [
            {"fieldJsonPath": path, "restriction": restriction} for path, restriction in rows
        ],
    }
    return msgspec.convert(found, Format)


def text(length: int, encoding: str = "UTF8") -> dict[str, Any]:
    return {
        "fieldRestrictionType": "StringFieldRestriction",
        "encoding": encoding,
        "maxLength": length,
    }


def required(value: bool) -> dict[str, Any]:
    return {"fieldRestrictionType": "RequiredFieldRestriction", "fieldRequired": value}


def pixels(x: float, y: float) -> dict[str, Any]:
    return {
        "fieldRestrictionType": "DimensionRestriction",
        "dimensionType": "PIXEL",
        "x": x,
        "y": y,
    }


def media_type(name: str) -> dict[str, Any]:
    return {"fieldRestrictionType": "MimeTypeRestriction", "mimeType": name}


def items(most: int) -> dict[str, Any]:
    return {"fieldRestrictionType": "ArrayRestriction", "maxItems": most}


def test_restrictions_are_found_by_where_they_stand() -> None:
    known = form("RichLink", (TITLE, text(40)), (IMAGE, required(True)), (TITLE, items(1)))
    known.check()
    assert list(known.find(StringFieldRestriction, Place.TITLE)) == [
        StringFieldRestriction(encoding="UTF8", max_length=40)
    ]
    assert list(known.find(ArrayRestriction, Place.TITLE)) == [ArrayRestriction(max_items=1)]
    assert list(known.find(StringFieldRestriction, Place.DESCRIPTION)) == []
    assert known.requires(Place.IMAGE)
    assert not known.requires(Place.TITLE)


def test_a_file_may_be_of_several_types() -> None:
    known = form("RichLink", (IMAGE, media_type("image/png")), (IMAGE, media_type("image/gif")))
    known.check()
    found = known.find(MimeTypeRestriction, Place.IMAGE, Place.MEDIA_TYPE)
    assert [each.mime_type for each in found] == ["image/png", "image/gif"]


def test_a_picture_may_be_of_types_that_are_none() -> None:
    path = "$.staticContent.mediaAsset"
    form("Media", (path, media_type("image/png")), (path, media_type("video/mp4"))).check()


def test_a_field_that_is_never_sent_may_be_limited() -> None:
    form("RichLink", ("$.staticContent.text", text(1))).check()
    form("RichLink", ("$.staticContent.video", required(False))).check()


@pytest.mark.parametrize(
    ("known", "named"),
    [
        (form("Text", (TITLE, text(40))), "unknown path; the paths are \\$.staticContent.text"),
        (form("RichLink", ("title", text(40))), "RichLink: title: unknown path"),
        (form("RichLink", (f"{TITLE}.x", text(40))), "unknown path"),
        (form("RichLink", (IMAGE, text(40))), "StringFieldRestriction does not go"),
        (form("RichLink", (TITLE, media_type("image/png"))), "MimeTypeRestriction does not go"),
        (form("RichLink", (TITLE, pixels(9, 9))), "DimensionRestriction does not go"),
        (form("RichLink", ("$.staticContent.linkItem", text(9))), "does not go"),
        (form("RichLink", ("$.staticContent.video", required(True))), "never sent"),
        (form("Media", ("$.staticContent.linkItems.titleItem.subTitle", required(True))), "never"),
        (form("RichLink", (IMAGE, media_type("image/jpg"))), "goes out as image/jpeg"),
        (form("RichLink", (IMAGE, media_type("video/mp4"))), "RichLink: mimeType: no picture"),
        (form("Text", ("$.staticContent.text", text(8))), "text: maxLength: no link is shorter"),
        (form("RichLink", (f"{IMAGE}.assetUrl", text(8))), "assetUrl: maxLength: no link"),
        (form("RichLink", (IMAGE, pixels(0.5, 100))), "smaller than a pixel"),
        (form("RichLink", (f"{IMAGE}.assetUrl", text(99, "GSM"))), "assetUrl: encoding"),
        (
            form("RichLink", (TITLE, text(40)), (TITLE, text(50, "GSM"))),
            "title: StringField.* once",
        ),
        (form("RichLink", (IMAGE, pixels(9, 9)), (IMAGE, pixels(8, 8))), "PIXEL is restricted"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(known: Format, named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        known.check()


@pytest.mark.parametrize(
    ("path", "restriction", "named"),
    [
        (TITLE, text(0), "maxLength"),
        (TITLE, text(2**31), "maxLength"),
        (TITLE, text(4) | {"encoding": "LATIN1"}, "encoding"),
        (TITLE, text(4) | {"minLength": 5}, "minLength"),
        (TITLE, {"fieldRestrictionType": "StringFieldRestriction", "encoding": "GSM"}, "maxLength"),
        (TITLE, {"fieldRestrictionType": "TypeRestriction", "type": "x"}, "fieldRestrictionType"),
        (TITLE, {}, "fieldRestrictionType"),
        (IMAGE, media_type(""), "mimeType"),
        (IMAGE, media_type("png"), "mimeType"),
        (IMAGE, media_type("image/PNG"), "mimeType"),
        (IMAGE, media_type("image/*"), "mimeType"),
        (IMAGE, {"fieldRestrictionType": "FileSizeRestriction", "maxSizeInKb": 0}, "maxSizeInKb"),
        (IMAGE, pixels(0, 100), "`\\$.*x"),
        (IMAGE, pixels(100, -1), "`\\$.*y"),
        (IMAGE, pixels(float("nan"), 1), "x"),
        (IMAGE, pixels(float("inf"), 1), "x"),
        (IMAGE, pixels(1, 1) | {"dimensionType": "CM"}, "dimensionType"),
        (IMAGE, required(True) | {"fieldRequired": "yes"}, "fieldRequired"),
        (IMAGE, items(0), "maxItems"),
    ],
)
def test_a_restriction_that_is_none_is_refused_by_name(
    path: str, restriction: dict[str, Any], named: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        form("RichLink", (path, restriction)).check()
