"""Outcome + the link to send + channel → the message that channel can carry.

A card where the page earned one and the channel has one, else words that stand on their own.
"""

from preview_service.channels import CHANNELS
from preview_service.channels.base import Channel, Facts
from preview_service.channels.fit import fit_card, fit_text
from preview_service.channels.predict import forecast
from preview_service.model import (
    Delivery,
    Forecast,
    Look,
    Outcome,
    Preview,
    Reason,
    Rendered,
    Verdict,
)


def render(outcome: Outcome, url: str, channel: Channel) -> Rendered:
    """What to send on *channel* for *url*, which goes out exactly as it is given."""
    preview = _presentable(outcome)
    text, text_fit = fit_text(preview.title if preview else None, url, channel.text_limits)
    if preview is None or outcome.reason or not channel.methods:
        missing = Reason.CHANNEL_TEXT_ONLY if preview else Reason.NO_METADATA
        return Rendered(
            delivery=Delivery.TEXT,
            reason=outcome.reason or missing,
            message=channel.say(text),
            text=text,
            customer_sees=Forecast(look=Look.PLAIN_LINK),
            fit=text_fit,
        )
    method = channel.methods[0]
    card, card_fit = fit_card(preview, url, method)
    facts = Facts(preview=preview, card=card, bytes_to_metadata=outcome.bytes_to_metadata)
    return Rendered(
        delivery=method.delivery,
        reason=None,
        message=method.render(card),
        text=text,
        customer_sees=forecast(method.rules, facts),
        fit=card_fit + text_fit,
    )


def render_all(outcome: Outcome, url: str) -> dict[str, Rendered]:
    """Every channel's rendering, by channel name."""
    return {name: render(outcome, url, channel) for name, channel in CHANNELS.items()}


def _presentable(outcome: Outcome) -> Preview | None:
    """The preview, unless it is a login page's or the like: its words name another thing."""
    preview = outcome.preview
    return preview if preview and preview.verdict is Verdict.OK else None
