"""Channel → what its users may know of it: ways, limits with their units and sources, rules."""

import msgspec

from preview_service.channels.base import (
    Channel,
    Excess,
    Method,
    Permission,
    PictureRules,
    is_of,
)
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Look, Way


class LimitInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`channels.base.Limit` as data; `excess` is what the channel itself does with more."""

    max: int
    unit: Unit
    required: bool
    bmp_only: bool
    uri_only: bool
    excess: Excess | None
    source: str | None
    confirmed: bool


class MessageLimitInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on several fields together, or on the whole message."""

    name: str
    limit: LimitInfo


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A bound the channel puts on the page, and what the customer sees beyond it."""

    name: str
    min: float | None
    max: float | None
    leaves: Look
    source: str | None
    confirmed: bool


class MethodInfo(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"wholes": "message_limits", "picture": "image"},
):
    """One way to send a link; `format` is the vendor's name of the message."""

    ways: tuple[Way, ...]
    delivery: Delivery
    format: str
    docs: str | None
    takes_text: bool
    limits: dict[str, LimitInfo]
    wholes: tuple[MessageLimitInfo, ...]
    picture: PictureRules | None
    rules: tuple[RuleInfo, ...]


class ChannelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, its ways in order of preference; words are always the last of `deliveries`."""

    name: str
    label: str
    family: str
    permission: Permission
    docs: str | None
    deliveries: tuple[Delivery, ...]
    component_formats: tuple[str, ...] | None
    methods: tuple[MethodInfo, ...]
    text_limits: tuple[LimitInfo, ...]
    longest_text: LimitInfo | None
    can_edit: bool | None
    can_edit_source: str | None
    notes: tuple[str, ...]


def describe(channel: Channel) -> ChannelInfo:
    """What *channel* takes and shows, without the functions that make its messages."""
    return msgspec.convert(channel, ChannelInfo, from_attributes=True)


COLUMNS = ("Channel", "Delivers, best first", "Component", "Card's texts", "Picture", "Messages")


def as_row(channel: Channel) -> tuple[str, ...]:
    """*channel* as a line of a table under `COLUMNS`."""
    ways = [method for method in channel.methods if is_of(method, Way.AUTO)]
    card = next((method for method in ways if method.delivery is Delivery.CARD), None)
    formats = dict.fromkeys(method.format for method in ways)
    return (
        channel.name,
        ", ".join(channel.deliveries),
        ", ".join(channel.component_formats or ()) or "–",
        _texts(card) if card else "–",
        _picture(card.picture) if card and card.picture else "–",
        "; ".join(formats) or "text",
    )


# Characters are what everybody expects.
_UNITS = {Unit.GRAPHEMES: " graphemes", Unit.UTF8_BYTES: " bytes", Unit.SEPTETS: " septets"}


def _texts(method: Method) -> str:
    told = [
        f"{field} {limit.max}{_UNITS.get(limit.unit, '')}"
        for field, limit in method.limits.items()
        if field in ("title", "description")
    ]
    return ", ".join(told) or "–"


def _picture(rules: PictureRules) -> str:
    types = ", ".join(sorted(kind.rpartition("/")[2] for kind in rules.media_types))
    size = f", {rules.max_bytes / 1_000_000:g} MB" if rules.max_bytes else ""
    pixels = f", {rules.max_width} px" if rules.max_width else ""
    return f"{'inside, ' if rules.is_inline else ''}{types}{size}{pixels}"
