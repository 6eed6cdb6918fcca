"""Request parameters → `PreviewRequest`; an outcome and its renderings → the JSON answered.

The structs here are the HTTP contract: they validate what comes in and encode what goes out.
"""

from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, UnsetType

from preview_service.channels import CHANNELS, channel
from preview_service.errors import BadRequest, BadURL, NotYet
from preview_service.model import (
    Claim,
    Delivery,
    FetchReport,
    Field,
    FitAction,
    Forecast,
    Judgement,
    Outcome,
    Preview,
    Purpose,
    Reason,
    Rendered,
    Status,
)
from preview_service.renderer import render, render_all

ALL: Final = "all"
MAX_PARAMETERS: Final = 32
# Of queries that are read once: together some megabytes at most.
REMEMBERED_QUERIES: Final = 4096
REMEMBERED_CHARS: Final = 1024

# What these say about an internal address is not for every caller to learn.
TELLING_REASONS: Final = frozenset({Reason.BLOCKED_ADDRESS, Reason.DNS, Reason.CONNECT, Reason.TLS})


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/preview` may be asked; times in milliseconds."""

    url: str
    channel: str = "generic"
    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    explain: bool = False
    lang: str | None = None
    refresh: bool | None = None
    partner: str | None = None
    notify: str | None = None


NOT_YET: Final = ("lang", "refresh", "partner", "notify")
PARAMETERS: Final = PreviewRequest.__struct_fields__
EXPECTED: Final = {
    "url": "text",
    "channel": "text",
    "wait_ms": "a whole number from 0 to 10000",
    "explain": "true or false",
}


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that did not win, and why."""

    value: str
    source: str
    because: str


class ExplainedField(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value comes from, and what else the page said.

    `raw` is the value as it was declared, where it was made fit to be shown.
    """

    value: str
    source: str
    raw: str | UnsetType = UNSET
    rejected: tuple[Rejected, ...] = ()


class CacheDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The key an outcome is kept under and what the cache did with it."""

    key: str
    state: str


class CacheNote(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer came from: `hit`, `miss` or `bypass`; whole seconds."""

    state: str
    age_s: int = 0
    fresh_for_s: int = 0


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How the answer came about."""

    fields: dict[Field, ExplainedField]
    verdict: Judgement | None
    fetches: tuple[FetchReport, ...]
    cache: CacheDecision


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
    explain: Explanation | UnsetType = UNSET
    cache: CacheNote | UnsetType = UNSET


class AnswerForAll(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for `channel=all`: each channel's share by name."""

    url: str
    channel: str
    status: Status
    reason: Reason | None
    preview: Preview | None
    messages: dict[str, Rendered]
    explain: Explanation | UnsetType = UNSET
    cache: CacheNote | UnsetType = UNSET


def request_from_query(query: str) -> PreviewRequest:
    """The request a raw query string makes; raise `CallerError` saying what is wrong with it."""
    return (_remembered if len(query) <= REMEMBERED_CHARS else _from_query)(query)


def _from_query(query: str) -> PreviewRequest:
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict"
        )
    except ValueError as error:
        raise BadRequest("the query string is not UTF-8 or has too many parameters") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise BadRequest("a parameter is given more than once; encode & in url as %26")
    return _checked(parameters, strict=False)


_remembered = lru_cache(maxsize=REMEMBERED_QUERIES)(_from_query)


def request_from_json(body: bytes) -> PreviewRequest:
    """The request a JSON object makes; raise `CallerError` saying what is wrong with it."""
    try:
        parameters = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("the body is not valid JSON") from error
    if not isinstance(parameters, dict):
        raise BadRequest("the body is not a JSON object")
    return _checked(parameters, strict=True)


def _checked(parameters: dict[str, Any], *, strict: bool) -> PreviewRequest:
    unknown = sorted(parameters.keys() - set(PARAMETERS))
    if unknown:
        known = ", ".join(PARAMETERS)
        raise BadRequest(f"unknown parameter {unknown[0]!r}; the parameters are {known}")
    for name in NOT_YET:
        if name in parameters:
            raise NotYet(f"{name} is not supported yet")
    if "url" not in parameters:
        raise BadURL("no url is given")
    try:
        return msgspec.convert(parameters, PreviewRequest, strict=strict)
    except msgspec.ValidationError as error:
        # msgspec names the type that Python wants and ends with the place: "- at `$.wait_ms`".
        name = str(error).rpartition("$.")[2].rstrip("`")
        raise BadRequest(f"{name} must be {EXPECTED[name]}") from error


def public(reason: Reason | None, *, is_admin: bool) -> Reason | None:
    """The reason as this caller may know it."""
    return Reason.UNREACHABLE if not is_admin and reason in TELLING_REASONS else reason


def explanation(outcome: Outcome, key: str, state: str, *, is_admin: bool) -> Explanation:
    """The trail of *outcome*, told to this caller."""
    return Explanation(
        fields={field: _explained(claims) for field, claims in outcome.trail.claims.items()},
        verdict=outcome.trail.judgement,
        fetches=tuple(_told(report, is_admin=is_admin) for report in outcome.trail.fetches),
        cache=CacheDecision(key=key, state=state),
    )


def _explained(claims: tuple[Claim, ...]) -> ExplainedField:
    winner, *others = claims
    return ExplainedField(
        value=winner.value,
        source=winner.source,
        raw=UNSET if winner.raw is None else winner.raw,
        rejected=tuple(
            Rejected(value=claim.value, source=claim.source, because=_why_not(claim, winner))
            for claim in others
        ),
    )


def _why_not(claim: Claim, winner: Claim) -> str:
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


def check_channel(name: str) -> None:
    """Raise `UnknownChannel` unless *name* is a channel's or `all`."""
    if name != ALL:
        channel(name)


def answer(
    outcome: Outcome,
    *,
    name: str,
    url: str,
    sent: str,
    is_admin: bool,
    explain: Explanation | UnsetType = UNSET,
) -> Answer | AnswerForAll:
    """The answer about the URL *sent*, as *url* on the channel *name* or on `all` of them."""
    if name == ALL:
        return AnswerForAll(
            url=sent,
            channel=ALL,
            status=outcome.status,
            reason=public(outcome.reason, is_admin=is_admin),
            preview=outcome.preview,
            messages={
                each: msgspec.structs.replace(
                    rendered, reason=public(rendered.reason, is_admin=is_admin)
                )
                for each, rendered in render_all(outcome, url, CHANNELS).items()
            },
            explain=explain,
        )
    rendered = render(outcome, url, channel(name))
    return Answer(
        url=sent,
        channel=name,
        status=outcome.status,
        delivery=rendered.delivery,
        reason=public(rendered.reason, is_admin=is_admin),
        message=rendered.message,
        text=rendered.text,
        preview=outcome.preview,
        customer_sees=rendered.customer_sees,
        fit=rendered.fit,
        explain=explain,
    )
