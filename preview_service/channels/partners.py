"""A TOML file of partner profiles → the byoc channel each partner has, and what registers it.

Of a partner's message formats those that can carry a link are told, in the words of the payload
that registers them at Salesforce (`channels.capabilities`), so that one file serves both:

    [[partner]]
    name = "acme"
    channel = "both"                       # byoc, byoc_ccaas or both
    integration_namespace = "acmens"       # or the organization's id
    channel_definition = "Acme_Channel"    # developer name of the ConversationChannelDefinition

    [[partner.formats]]
    formatType = "Text"                    # which each partner has; and RichLink, Links, Media

    [[partner.formats.capabilityFieldRestriction]]
    fieldJsonPath = "$.staticContent.text"
    [partner.formats.capabilityFieldRestriction.restriction]
    fieldRestrictionType = "StringFieldRestriction"
    encoding = "UTF8"
    maxLength = 4000
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec.structs import replace

from preview_service.channels.base import Channel, Limit, Method, PictureRules
from preview_service.channels.capabilities import (
    CARD_TEXTS,
    DOCS,
    DimensionRestriction,
    FileSizeRestriction,
    Format,
    MimeTypeRestriction,
    Place,
    StringFieldRestriction,
)
from preview_service.channels.units import Unit
from preview_service.errors import BadRequest, BadSettings, UnknownPartner
from preview_service.model import Reason
from preview_service.settings import check_once, rows_of

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]+\Z", max_length=64)]
_DeveloperName = Annotated[str, msgspec.Meta(min_length=1, max_length=240)]


class Partner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the file."""

    name: _Name
    integration_namespace: _DeveloperName
    channel_definition: _DeveloperName
    formats: tuple[Format, ...]
    label: str | None = None
    channel: Literal["byoc", "byoc_ccaas", "both"] = "both"
    app_type: Literal["custom", "agent", "chatbot", "conversation", "live_message", "iamessage"] = (
        "custom"
    )

    @property
    def channels(self) -> tuple[str, ...]:
        return ("byoc", "byoc_ccaas") if self.channel == "both" else (self.channel,)


# Whether characters or bytes of the encoding are meant is not said: bytes are never fewer.
_UNITS: Final = {"UTF8": Unit.UTF8_BYTES, "GSM": Unit.SEPTETS, "UCS2": Unit.UTF16}


class Partners:
    """The profiles of a file, by name."""

    def __init__(self, partners: tuple[Partner, ...]) -> None:
        self._by_name = {partner.name: partner for partner in partners}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def channel(self, base: Channel, name: str) -> Channel:
        """*base* as that partner takes it: in its formats, within its restrictions."""
        partner = self._named(name)
        if base.name not in partner.channels:
            raise BadRequest(
                f"that partner goes with the channel {' or '.join(partner.channels)} only"
            )
        formats = {form.format_type: form for form in partner.formats}
        text = next(formats["Text"].find(StringFieldRestriction, Place.TEXT), None)
        return replace(
            base,
            label=f"{base.label} ({partner.label or partner.name})",
            methods=tuple(
                _restricted(method, formats[found])
                for method in base.methods
                if (found := method.format.rpartition("/")[2]) in formats
            ),
            component_formats=tuple(f for f in base.component_formats or () if f in formats),
            text_limits=(_limit(text),) if text else base.text_limits,
            longest_text=_limit(text) if text else base.longest_text,
            text_only=Reason.PARTNER_TEXT_ONLY,
        )

    def among(self, channels: Mapping[str, Channel], name: str) -> dict[str, Channel]:
        """*channels*, those that the partner serves as it takes them."""
        served = self._named(name).channels
        return {
            each: self.channel(base, name) if each in served else base
            for each, base in channels.items()
        }

    def channels(self, bases: Mapping[str, Channel]) -> Iterator[Channel]:
        """Each partner's channels, made of *bases*."""
        for partner in self._by_name.values():
            for base in partner.channels:
                yield self.channel(bases[base], partner.name)

    def registration(self, name: str) -> dict[str, Any]:
        """The body of `PATCH /api/v1/capabilities` for that partner."""
        partner = self._named(name)
        capabilities = {
            "channelType": "custom",
            "customIntegration": {
                "customIntegrationType": "CustomChannelIntegration",
                "integrationNamespace": partner.integration_namespace,
                "conversationChannelDefinitionDevName": partner.channel_definition,
            },
            "messageTypeCapabilities": [
                {
                    "messageType": "StaticContentMessage",
                    "formatTypeCapabilities": msgspec.json.decode(
                        msgspec.json.encode(partner.formats)
                    ),
                }
            ],
        }
        return {
            "capabilities": {
                "appType": partner.app_type,
                "channelCapabilities": [capabilities],
            }
        }

    def _named(self, name: str) -> Partner:
        try:
            return self._by_name[name]
        except KeyError:
            known = f"the partners are {', '.join(sorted(self._by_name))}"
            raise UnknownPartner(
                f"there is no partner of that name; {known if self._by_name else 'there are none'}"
            ) from None


NO_PARTNERS: Final = Partners(())


def parse(document: bytes) -> Partners:
    """The profiles in *document*; raise `BadSettings` naming the partner and the field."""
    rows = rows_of(document, "partners", "partner")
    partners = tuple(_partner(row, number) for number, row in enumerate(rows, 1))
    check_once("partners: name", [partner.name for partner in partners])
    return Partners(partners)


def _partner(row: Any, number: int) -> Partner:
    name = row.get("name") if isinstance(row, dict) else None
    where = f"partners: {name}" if isinstance(name, str) else f"partners: row {number}"
    try:
        partner = msgspec.convert(row, Partner)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{where}: {error}") from error
    formats = [form.format_type for form in partner.formats]
    check_once(f"{where}: formatType", formats)
    if "Text" not in formats:
        raise BadSettings(f"{where}: formats: Text is missing, which is always the last resort")
    for form in partner.formats:
        try:
            form.check()
        except BadSettings as error:
            raise BadSettings(f"{where}: {error}") from error
    return partner


def _limit(length: StringFieldRestriction, *, required: bool = False) -> Limit:
    return Limit(
        max=length.max_length,
        unit=_UNITS[length.encoding],
        required=required,
        source=DOCS,
    )


def _restricted(method: Method, form: Format) -> Method:
    """*method* within what the partner says of its format, in place of our own prudence."""
    limits = dict(method.limits)
    for place in CARD_TEXTS:
        known = limits.get(place)
        # A link is always there, and nothing can stand in for it.
        required = place is not Place.URL and form.requires(place)
        required = required or (known is not None and known.required)
        length = next(form.find(StringFieldRestriction, place), None)
        if length is not None:
            limits[place.value] = _limit(length, required=required)
        elif known is not None:
            limits[place.value] = replace(known, required=required)
    picture = method.picture and _picture(method.picture, form)
    return replace(method, limits=limits, picture=picture)


def _picture(rules: PictureRules, form: Format) -> PictureRules:
    sizes = [size.max_size_in_kb * 1000 for size in form.find(FileSizeRestriction, Place.IMAGE)]
    types = [
        found.mime_type for found in form.find(MimeTypeRestriction, Place.IMAGE, Place.MEDIA_TYPE)
    ]
    lengths = [text.max_length for text in form.find(StringFieldRestriction, Place.IMAGE_URL)]
    dimensions = {
        found.dimension_type: found for found in form.find(DimensionRestriction, Place.IMAGE)
    }
    pixels, ratio = dimensions.get("PIXEL"), dimensions.get("RATIO")
    return replace(
        rules,
        media_types=frozenset(types) or rules.media_types,
        is_required=rules.is_required or form.requires(Place.IMAGE),
        max_bytes=sizes[0] if sizes else rules.max_bytes,
        max_width=int(pixels.x) if pixels else rules.max_width,
        max_height=int(pixels.y) if pixels else rules.max_height,
        max_aspect=ratio.x / ratio.y if ratio else rules.max_aspect,
        max_url=lengths[0] if lengths else rules.max_url,
        source=DOCS,
    )
