"""An outcome and its renderings → the JSON answered.

The structs here are the HTTP contract of what goes out; `api.requests` has what comes in.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from preview_service.channels import ALL
from preview_service.channels import channel as find_channel
from preview_service.channels.base import Channel
from preview_service.image_proxy import NO_OFFER, Offer
from preview_service.model import (
    Claim,
    Delivery,
    Field,
    FitAction,
    Forecast,
    Preview,
    Reason,
    Rendered,
    Status,
    Way,
)
from preview_service.outcome import FetchReport, Judgement, Outcome, Purpose
from preview_service.renderer import render, render_all
from preview_service.upgrader import Parts, RichLink, Words

# What these say about an internal address is not for every caller to learn.
TELLING_REASONS: Final = frozenset({Reason.BLOCKED_ADDRESS, Reason.DNS, Reason.CONNECT, Reason.TLS})


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that did not win, and why."""

    value: str
    source: str
    because: str


class ExplainedField(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value comes from, and what else the page said.

    `raw` is the value as it was declared, where it was made fit to be shown. Without a value there
    is none that will do.
    """

    value: str | None
    source: str | None
    raw: str | UnsetType = UNSET
    rejected: tuple[Rejected, ...] = ()


class CacheDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The key an outcome is kept under and what the cache did with it."""

    key: str
    state: str


class CacheNote(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer came from, a `State`, how old it is and how long it will do; whole seconds.

    `note` is there if a caller who asked for a new preview got the kept one: `refresh_too_soon`, or
    `refresh_pending` where making it takes longer than the caller waits.
    """

    state: str
    age_s: int = 0
    fresh_for_s: int = 0
    note: str | UnsetType = UNSET


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How the answer came about."""

    fields: dict[Field, ExplainedField]
    verdict: Judgement | None
    fetches: tuple[FetchReport, ...]
    cache: CacheDecision


class LateCard(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the answer that follows will be posted to that webhook, and under which id."""

    webhook: str
    id: str | None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one channel."""

    url: str
    channel: str
    status: Status
    delivery: Delivery
    reason: Reason | None
    message: dict[str, Any]
    text: str
    preview: Preview | None
    customer_sees: Forecast
    fit: tuple[FitAction, ...]
    can_edit: bool | None
    late_card: LateCard | UnsetType = UNSET
    explain: Explanation | UnsetType = UNSET
    cache: CacheNote | UnsetType = UNSET


class Share(Rendered, frozen=True, kw_only=True):
    """One channel's share of an answer, and whether it can be replaced once it is sent."""

    can_edit: bool | None


class AnswerForAll(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for `channel=all`: each channel's share by name."""

    url: str
    channel: str
    status: Status
    reason: Reason | None
    preview: Preview | None
    messages: dict[str, Share]
    late_card: LateCard | UnsetType = UNSET
    explain: Explanation | UnsetType = UNSET
    cache: CacheNote | UnsetType = UNSET


def public(reason: Reason | None, *, is_admin: bool) -> Reason | None:
    """The reason as this caller may know it."""
    return Reason.UNREACHABLE if not is_admin and reason in TELLING_REASONS else reason


def explanation(outcome: Outcome, key: str, state: str, *, is_admin: bool) -> Explanation:
    """The trail of *outcome*, told to this caller."""
    return Explanation(
        fields={
            field: _explained(claims, outcome.trail.refused)
            for field, claims in outcome.trail.claims.items()
        },
        verdict=outcome.trail.judgement,
        fetches=tuple(_told(report, is_admin=is_admin) for report in outcome.trail.fetches),
        cache=CacheDecision(key=key, state=state),
    )


def _explained(claims: tuple[Claim, ...], refused: Mapping[str, str]) -> ExplainedField:
    winner = next((claim for claim in claims if claim.value not in refused), None)
    return ExplainedField(
        value=None if winner is None else winner.value,
        source=None if winner is None else winner.source,
        raw=winner.raw if winner and winner.raw is not None else UNSET,
        rejected=tuple(
            Rejected(
                value=claim.value,
                source=claim.source,
                because=refused.get(claim.value) or _why_not(claim, winner),
            )
            for claim in claims
            if claim is not winner
        ),
    )


def _why_not(claim: Claim, winner: Claim | None) -> str:
    if winner is None:
        return "no picture"
    if claim.value == winner.value:
        return f"the same as {winner.source}"
    return f"another {winner.source}" if claim.source == winner.source else f"after {winner.source}"


def _told(report: FetchReport, *, is_admin: bool) -> FetchReport:
    # What a page only names may be inside: whether looking it up took long is not for all.
    is_named = report.purpose is not Purpose.PAGE and report.reason is Reason.TIMEOUT
    if is_named and not is_admin:
        return FetchReport(url=report.url, purpose=report.purpose, reason=Reason.TIMEOUT)
    if is_admin or report.reason not in TELLING_REASONS:
        return report
    # Times and hops tell a closed port from a filtered one as well as the reason would.
    return FetchReport(url=report.url, purpose=report.purpose, reason=Reason.UNREACHABLE)


class LinkPart(Answer, frozen=True, kw_only=True, tag_field="kind", tag="link"):
    """A link of a text that makes a card: the answer `/preview` gives, in its place."""


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="text"):
    """A piece of a text as it stands there, and the message that carries it."""

    text: str
    message: dict[str, Any]


class Upgraded(msgspec.Struct, frozen=True, kw_only=True):
    """The messages to send for a text, in order, and the text itself."""

    parts: tuple[TextPart | LinkPart, ...]
    text: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is about: the URL as pasted (`sent`) and as it goes out, and for whom.

    `offer` is what the messages may carry of its picture.
    """

    url: str
    sent: str
    channel: str
    channels: Mapping[str, Channel]
    way: Way = Way.AUTO
    is_admin: bool = False
    offer: Offer = NO_OFFER


def answer(
    outcome: Outcome,
    asked: Asked,
    explain: Explanation | UnsetType = UNSET,
    late_card: LateCard | UnsetType = UNSET,
) -> Answer | AnswerForAll:
    """The answer to what was *asked*: of its one channel, or of all side by side."""
    preview = outcome.preview and asked.offer.public(outcome.preview)
    if asked.channel == ALL:
        messages = render_all(outcome, asked.url, asked.channels, asked.way, asked.offer)
        return AnswerForAll(
            url=asked.sent,
            channel=ALL,
            status=outcome.status,
            reason=public(outcome.reason, is_admin=asked.is_admin),
            preview=preview,
            messages={name: _share(rendered, name, asked) for name, rendered in messages.items()},
            late_card=late_card,
            explain=explain,
        )
    to = asked.channels[asked.channel]
    rendered = render(outcome, asked.url, to, asked.way, asked.offer)
    return Answer(
        url=asked.sent,
        channel=asked.channel,
        status=outcome.status,
        delivery=rendered.delivery,
        reason=public(rendered.reason, is_admin=asked.is_admin),
        message=rendered.message,
        text=rendered.text,
        preview=preview,
        customer_sees=rendered.customer_sees,
        fit=rendered.fit,
        can_edit=asked.channels[asked.channel].can_edit,
        late_card=late_card,
        explain=explain,
    )


def _share(rendered: Rendered, name: str, asked: Asked) -> Share:
    told = {
        **msgspec.structs.asdict(rendered),
        "reason": public(rendered.reason, is_admin=asked.is_admin),
    }
    return Share(**told, can_edit=asked.channels[name].can_edit)


def upgraded(text: str, channel: str, parts: Parts, *, now: float) -> Upgraded:
    """The answer about a *text* and its *parts* on a *channel*, as of *now* in Unix seconds."""
    told = (
        TextPart(text=part.text, message=part.message)
        if isinstance(part, Words)
        else _link_part(part, channel, now)
        for part in parts
    )
    return Upgraded(parts=tuple(told), text=text)


def _link_part(part: RichLink, channel: str, now: float) -> LinkPart:
    sight = part.sight
    preview = sight.outcome.preview
    return LinkPart(
        url=part.url,
        channel=channel,
        status=sight.outcome.status,
        delivery=part.rendered.delivery,
        reason=part.rendered.reason,
        message=part.rendered.message,
        text=part.rendered.text,
        preview=part.offer.public(preview) if preview else None,
        customer_sees=part.rendered.customer_sees,
        fit=part.rendered.fit,
        can_edit=find_channel(channel).can_edit,
        cache=cache_note(sight.state, sight.stored_at, sight.fresh_until, now),
    )


def cache_note(
    state: str, stored_at: float, fresh_until: float, now: float, note: str | None = None
) -> CacheNote:
    """How old an answer is and how long it will do, all in Unix seconds; 0: it is not kept."""
    told = UNSET if note is None else note
    if not fresh_until:
        return CacheNote(state=state, note=told)
    return CacheNote(
        state=state,
        age_s=max(0, int(now - stored_at)),
        fresh_for_s=max(0, ceil(fresh_until - now)),
        note=told,
    )
