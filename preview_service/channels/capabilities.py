"""A message format as a partner registers it at Salesforce → what is restricted in what we send.

https://developer.salesforce.com/docs/service/interaction-service-api/references/interaction-service-reference/api-capabilities.html
and its published schema (github.com/salesforce-misc/interaction-service-apis): the structs here
are its words.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from preview_service.errors import BadSettings

DOCS: Final = (
    "https://developer.salesforce.com/docs/service/interaction-service-api/references/"
    "interaction-service-reference/api-capabilities.html"
)

_Most = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Side = Annotated[float, msgspec.Meta(gt=0, le=100_000)]
_MediaType = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+\Z")]


class _Restriction(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    tag_field="fieldRestrictionType",
    tag=True,
):
    """What a field must keep to."""


class StringFieldRestriction(_Restriction, frozen=True, kw_only=True):
    encoding: Literal["UTF8", "GSM", "UCS2"]
    max_length: _Most


class MimeTypeRestriction(_Restriction, frozen=True, kw_only=True):
    mime_type: _MediaType


class FileSizeRestriction(_Restriction, frozen=True, kw_only=True):
    max_size_in_kb: _Most


class DimensionRestriction(_Restriction, frozen=True, kw_only=True):
    dimension_type: Literal["PIXEL", "RATIO"]
    x: _Side
    y: _Side


class RequiredFieldRestriction(_Restriction, frozen=True, kw_only=True):
    field_required: bool


class ArrayRestriction(_Restriction, frozen=True, kw_only=True):
    max_items: _Most


_R = TypeVar("_R", bound=_Restriction)


class FieldRestriction(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A restriction and where it holds."""

    field_json_path: str
    restriction: (
        StringFieldRestriction
        | MimeTypeRestriction
        | FileSizeRestriction
        | DimensionRestriction
        | RequiredFieldRestriction
        | ArrayRestriction
    )


class Format(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A format of message that a partner takes, and what it must keep to there."""

    format_type: Literal["RichLink", "Links", "Media", "Text"]
    capability_field_restriction: tuple[FieldRestriction, ...] = ()

    def check(self) -> None:
        """Raise `BadSettings` naming a field whose restriction nothing sent from here can keep."""
        subjects = []
        for field in self.capability_field_restriction:
            try:
                _check(_PLACES[self.format_type], field)
            except BadSettings as error:
                where = f"{self.format_type}: {field.field_json_path}"
                raise BadSettings(f"{where}: {error}") from error
            subjects.append(_subject(field))
        for subject in subjects:
            if subjects.count(subject) > 1:
                raise BadSettings(f"{self.format_type}: {subject} is restricted more than once")
        types = [found.mime_type for found in self.find(MimeTypeRestriction, *_OF_PICTURES)]
        if types and not any(kind.startswith("image/") for kind in types):
            raise BadSettings(f"{self.format_type}: mimeType: no picture is of {', '.join(types)}")

    def find(self, kind: type[_R], *places: "Place") -> Iterator[_R]:
        """The restrictions of that kind at *places*."""
        known = _PLACES[self.format_type]
        for field in self.capability_field_restriction:
            if isinstance(field.restriction, kind) and known[field.field_json_path] in places:
                yield field.restriction

    def requires(self, place: "Place") -> bool:
        return any(found.field_required for found in self.find(RequiredFieldRestriction, place))


class Place(StrEnum):
    """What stands at a path of the messages sent from here; texts by the names of
    `Method.limits`.

    `part`: an object or list that is always there; `nothing`: a field that is never sent.
    """

    TEXT = "text"
    TITLE = "title"
    DESCRIPTION = "description"
    ALT = "alt"
    URL = "url"
    IMAGE_URL = "image_url"
    IMAGE = "image"
    MEDIA_TYPE = "media_type"
    PART = "part"
    NOTHING = "nothing"


_OF_PICTURES: Final = (Place.IMAGE, Place.MEDIA_TYPE)
# There a link stands, and none is shorter than this.
_WITH_LINK: Final = (Place.TEXT, Place.URL, Place.IMAGE_URL)
_LEAST_URL: Final = len("http://a/")
CARD_TEXTS: Final = (Place.TITLE, Place.DESCRIPTION, Place.ALT, Place.URL)


def _asset(path: str) -> dict[str, Place]:
    return {
        path: Place.IMAGE,
        f"{path}.mimeType": Place.MEDIA_TYPE,
        f"{path}.assetUrl": Place.IMAGE_URL,
        f"{path}.description": Place.ALT,
    }


def _link_item(path: str, subtitle: Place) -> dict[str, Place]:
    return {
        path: Place.PART,
        f"{path}.url": Place.URL,
        f"{path}.titleItem": Place.PART,
        f"{path}.titleItem.title": Place.TITLE,
        f"{path}.titleItem.subTitle": subtitle,
        f"{path}.titleItem.secondarySubTitle": Place.NOTHING,
        f"{path}.titleItem.tertiarySubTitle": Place.NOTHING,
    }


_PLACES: Final[Mapping[str, Mapping[str, Place]]] = {
    "Text": {"$.staticContent.text": Place.TEXT},
    "Links": {"$.staticContent.links": Place.PART, "$.staticContent.links.url": Place.URL},
    "RichLink": {
        **_link_item("$.staticContent.linkItem", Place.DESCRIPTION),
        **_asset("$.staticContent.image"),
        "$.staticContent.text": Place.NOTHING,
        "$.staticContent.video": Place.NOTHING,
    },
    "Media": {
        **_link_item("$.staticContent.linkItems", Place.NOTHING),
        **_asset("$.staticContent.mediaAsset"),
    },
}

# Salesforce's own samples restrict the number of items of a text: what is no list is one item.
_ANYWHERE: Final = (RequiredFieldRestriction, ArrayRestriction)
_OF_FILES: Final = (MimeTypeRestriction, FileSizeRestriction, DimensionRestriction)
_APPLIES: Final[Mapping[Place, tuple[type[_Restriction], ...]]] = {
    **dict.fromkeys(
        (Place.TEXT, *CARD_TEXTS, Place.IMAGE_URL), (*_ANYWHERE, StringFieldRestriction)
    ),
    Place.IMAGE: (*_ANYWHERE, *_OF_FILES),
    Place.MEDIA_TYPE: (*_ANYWHERE, MimeTypeRestriction),
    Place.PART: _ANYWHERE,
    Place.NOTHING: (*_ANYWHERE, *_OF_FILES, StringFieldRestriction),
}


def _check(places: Mapping[str, Place], field: FieldRestriction) -> None:
    place = places.get(field.field_json_path)
    restriction = field.restriction
    if place is None:
        raise BadSettings(f"unknown path; the paths are {', '.join(places)}")
    if not isinstance(restriction, _APPLIES[place]):
        raise BadSettings(f"{type(restriction).__name__} does not go with this field")
    match restriction:
        case RequiredFieldRestriction(field_required=True) if place is Place.NOTHING:
            raise BadSettings("fieldRequired: the field is never sent from here")
        case StringFieldRestriction(max_length=most) if place in _WITH_LINK and most < _LEAST_URL:
            raise BadSettings(f"maxLength: no link is shorter than {_LEAST_URL}")
        case DimensionRestriction(dimension_type="PIXEL", x=x, y=y) if min(x, y) < 1:
            raise BadSettings("x, y: no picture is smaller than a pixel")
        case MimeTypeRestriction(mime_type="image/jpg"):
            raise BadSettings("mimeType: such a picture goes out as image/jpeg")
        case StringFieldRestriction(encoding="GSM") if place is Place.IMAGE_URL:
            raise BadSettings("encoding: a picture's address is not written in GSM")


def _subject(field: FieldRestriction) -> str:
    """What may be said once of a field; media types add up."""
    match field.restriction:
        case MimeTypeRestriction(mime_type=kind) | DimensionRestriction(dimension_type=kind):
            pass
        case restriction:
            kind = type(restriction).__name__
    return f"{field.field_json_path}: {kind}"
