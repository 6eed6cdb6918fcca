"""Every channel there is, by the name callers give."""

from collections.abc import Mapping
from typing import Final

from preview_service.channels.apple import ENHANCED_APPLE
from preview_service.channels.base import Channel
from preview_service.channels.byoc import BYOC, BYOC_CCAAS
from preview_service.channels.discord import DISCORD
from preview_service.channels.email import EMAIL
from preview_service.channels.enhanced_chat import (
    ENHANCED_IN_APP_CHAT,
    ENHANCED_WEB_CHAT_V1,
    ENHANCED_WEB_CHAT_V2,
)
from preview_service.channels.generic import GENERIC
from preview_service.channels.instagram import INSTAGRAM
from preview_service.channels.line import ENHANCED_LINE
from preview_service.channels.messenger import (
    ENHANCED_FACEBOOK_MESSENGER,
    STANDARD_FACEBOOK_MESSENGER,
)
from preview_service.channels.partners import NO_PARTNERS, Partners
from preview_service.channels.rcs import RCS
from preview_service.channels.slack import SLACK
from preview_service.channels.sms import ENHANCED_SMS, STANDARD_SMS
from preview_service.channels.teams import TEAMS
from preview_service.channels.telegram import TELEGRAM
from preview_service.channels.viber import VIBER
from preview_service.channels.whatsapp import ENHANCED_WHATSAPP
from preview_service.errors import UnknownChannel

ALL: Final = "all"
"""In place of a name: every channel, side by side."""

CHANNELS: Final[Mapping[str, Channel]] = {
    channel.name: channel
    for channel in (
        ENHANCED_IN_APP_CHAT,
        ENHANCED_WEB_CHAT_V1,
        ENHANCED_WEB_CHAT_V2,
        ENHANCED_WHATSAPP,
        STANDARD_FACEBOOK_MESSENGER,
        ENHANCED_FACEBOOK_MESSENGER,
        STANDARD_SMS,
        ENHANCED_SMS,
        ENHANCED_APPLE,
        ENHANCED_LINE,
        BYOC,
        BYOC_CCAAS,
        RCS,
        TELEGRAM,
        SLACK,
        DISCORD,
        TEAMS,
        VIBER,
        INSTAGRAM,
        EMAIL,
        GENERIC,
    )
}


def select(
    name: str, partner: str | None = None, partners: Partners = NO_PARTNERS
) -> Mapping[str, Channel]:
    """The channel of that name by its name, or with `ALL` each, as *partner* takes it.

    Raise `UnknownChannel`, `UnknownPartner`, or `BadRequest` if the partner is not of that channel.
    """
    if name == ALL:
        return CHANNELS if partner is None else partners.among(CHANNELS, partner)
    return {name: one(name, partner, partners)}


def one(name: str, partner: str | None, partners: Partners) -> Channel:
    """The channel of that name alone, as *partner* takes it; raise as `select` does."""
    base = channel(name)
    return base if partner is None else partners.channel(base, partner)


def channel(name: str) -> Channel:
    """The channel of that name; raise `UnknownChannel` naming those there are."""
    try:
        return CHANNELS[name]
    except KeyError:
        known = ", ".join(sorted(CHANNELS))
        raise UnknownChannel(
            f"there is no channel of that name; the channels are {known}"
        ) from None
