"""An outcome and the time → how long it stays true; pure rules, the clock is an argument.

A good outcome is fresh for as long as its server says, within bounds; then it is shown while it is
looked at again (RFC 5861 §3), and shown instead of a failure that passes (§4). Negative answers are
kept too, graded by what they say about the target: a name that does not exist changes slowly, a
timeout passes (RFC 9520 §3 for DNS, RFC 9111 §4.2.2 for heuristic freshness).
https://www.rfc-editor.org/rfc/rfc9111 https://www.rfc-editor.org/rfc/rfc5861
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

import msgspec

from preview_service.cache.freshness import heard, wishes
from preview_service.cache.key import address_of, key_of, language_of
from preview_service.cache.store import decoded
from preview_service.errors import BadURL
from preview_service.model import Field, Reason, Status
from preview_service.outcome import Origin, Outcome
from preview_service.page.addresses import is_same_site
from preview_service.page.waits import retry_after_s
from preview_service.settings import CacheSettings
from preview_service.urls.normalize import normalize

MINUTE: Final = 60.0
JITTER: Final = 0.2
DOUBLING_LIMIT_S: Final = 15 * MINUTE

# Seconds a failure is kept. Those in DOUBLING are kept twice as long each time they repeat.
NEGATIVE_S: Final[dict[Reason, float]] = {
    Reason.BLOCKED_ADDRESS: 10 * MINUTE,
    Reason.BLOCKED_BY_POLICY: 10 * MINUTE,
    Reason.SIDE_EFFECT_URL: 10 * MINUTE,
    # Long enough that a crowd asking for one link is one question, and no longer.
    Reason.OVERLOADED: 1,
    Reason.DNS: 5 * MINUTE,
    Reason.CONNECT: 30,
    Reason.TLS: 30,
    Reason.TIMEOUT: 30,
    Reason.TOO_MANY_REDIRECTS: 10 * MINUTE,
    Reason.UNSUPPORTED_TYPE: 60 * MINUTE,
    Reason.UNSUPPORTED_ENCODING: 60 * MINUTE,
    Reason.CHALLENGE: 15 * MINUTE,
    Reason.LOGIN_WALL: 15 * MINUTE,
    Reason.CONSENT_WALL: 15 * MINUTE,
    Reason.SOFT_404: 10 * MINUTE,
    Reason.NO_METADATA: 10 * MINUTE,
    Reason.UNREADABLE: 10 * MINUTE,
}
DOUBLING: Final = frozenset({Reason.CONNECT, Reason.TLS, Reason.TIMEOUT})

REFUSED_STATUSES: Final = frozenset({401, 403, 429, 451})
REFUSED_S: Final = 15 * MINUTE
GONE_S: Final = 10 * MINUTE
SERVER_ERROR_S: Final = MINUTE
OK: Final = 200
SERVER_ERROR: Final = 500
# The longest that a failure is remembered (`NEGATIVE_S`, `waits.MAX_RETRY_S`), jitter included.
MAX_PAUSE_S: Final = 60 * MINUTE * (1 + JITTER)
# A page that broke off was read up to there; the next reading may see all of it.
PARTIAL_S: Final = 10 * MINUTE


# Failures that are over soon, or so they say: what was good before is likely to be so again.
PASSING: Final = frozenset(
    {Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.OVERLOADED}
)
TOO_MANY_REQUESTS: Final = 429
ASKED_TO_WAIT: Final = frozenset({403, 429, 503})

# An entry from further ahead was written before a clock was set back.
MAX_SKEW_S: Final = MINUTE
# A page that never changes is read anew all the same, since what reads it does change.
RENEWED_AT_MOST_S: Final = 7 * 24 * 60 * MINUTE


class Use(Enum):
    """What to do with an entry that was found."""

    HIT = auto()
    """It is fresh."""
    HOLD = auto()
    """It is stale, but asking again failed a moment ago."""
    BEHIND = auto()
    """It is stale: answer with it, and ask again meanwhile."""
    ASK = auto()
    """It is too old, or a failure whose time is up: ask again first."""


class Entry(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="is", tag="entry/2"
):
    """An outcome as kept, with its times in Unix seconds.

    `stored_at`: when it was last known to be true; `made_at`: when the page was last read for it.
    Stale it is shown until `revalidate_until` while it is asked again, until `error_until` where
    asking fails or takes too long. `failed` is the last failure, its own or one it stands in for,
    `failures` how often in a row it was that one, and until `retry_at` it is not asked again.
    `refreshed_at`: when a caller last had it made anew. `aliases`: other keys that it is good for.
    """

    outcome: Outcome
    stored_at: float
    fresh_until: float
    made_at: float = 0.0
    revalidate_until: float = 0.0
    error_until: float = 0.0
    failed: Reason | None = None
    failures: int = 0
    retry_at: float = 0.0
    refreshed_at: float = 0.0
    aliases: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.outcome.reason is None

    def is_fresh(self, now: float) -> bool:
        return self.stored_at - MAX_SKEW_S <= now < self.fresh_until

    def is_held(self, now: float) -> bool:
        """Whether it is not asked again yet; no farther ahead than any pause may be."""
        return 0 < self.retry_at - now <= MAX_PAUSE_S

    def stands_in(self, now: float) -> bool:
        """Whether it is better than a failure that passes, or than no answer in time."""
        return self.is_good and now < self.error_until

    def keep_s(self, now: float) -> float:
        """Seconds that it is worth keeping, so that a failure that repeats is known to repeat."""
        end = max(self.fresh_until, self.revalidate_until, self.error_until, self.retry_at)
        return end - now + DOUBLING_LIMIT_S

    def known(self, now: float) -> Origin | None:
        """By what to ask whether the page has changed; None where it must be read anew."""
        is_whole = self.outcome.status is Status.COMPLETE and self.outcome.http_status == OK
        if not is_whole or not 0 <= now - self.made_at < RENEWED_AT_MOST_S:
            return None
        origin = self.outcome.origin
        return None if origin.headers.keys().isdisjoint(("etag", "last-modified")) else origin

    def may_refresh(self, now: float, every_s: float) -> bool:
        """Whether a caller may have it made anew, as of the last time that one had."""
        return not 0 <= now - self.refreshed_at < every_s


class _Stamp(msgspec.Struct, tag_field="is", tag=Entry.__struct_config__.tag):
    """As much of an `Entry` as tells one from the next; the rest is skipped unread."""

    stored_at: float


_stamp: Final = msgspec.msgpack.Decoder(_Stamp).decode


def stored_at(value: bytes) -> float | None:
    """When the entry that *value* is was stored; None if it is none."""
    stamp = decoded(value, _stamp)
    return None if stamp is None else stamp.stored_at


class Alias(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="alias/2"):
    """Stands where the entry at the key `of` is good for this key too, while that says so."""

    of: str


def use(entry: Entry | None, now: float) -> Use:
    """What to do with *entry*, found at *now*."""
    if entry is None:
        return Use.ASK
    if entry.is_fresh(now):
        return Use.HIT
    if entry.stands_in(now) and entry.is_held(now):
        return Use.HOLD
    return Use.BEHIND if entry.is_good and now < entry.revalidate_until else Use.ASK


def landed(
    outcome: Outcome,
    *,
    now: float,
    settings: CacheSettings,
    spread: float,
    before: Entry | None = None,
) -> Entry:
    """What to keep of *outcome*: itself, or what was good *before* and outlasts its failure.

    *spread* in -1…1 places a failure within the jitter: many links of a site fail in one moment,
    and must not all be tried again in another.
    """
    if outcome.reason is None:
        return _good(outcome, now, settings)
    failed = outcome.reason
    repeats = before is not None and before.failed is failed
    failures = before.failures + 1 if before is not None and repeats else 1
    retry_at = now + _pause_s(outcome, failures, spread, now)
    if before is not None and before.stands_in(now) and is_passing(outcome):
        return msgspec.structs.replace(before, failed=failed, failures=failures, retry_at=retry_at)
    return Entry(
        outcome=outcome,
        stored_at=now,
        fresh_until=retry_at,
        made_at=now,
        failed=failed,
        failures=failures,
    )


def renewed(
    before: Entry, headers: Mapping[str, str], *, now: float, settings: CacheSettings
) -> Entry:
    """*before* as of *now*, its page unchanged as the *headers* of the answer 304 say.

    They take the place of those before: https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
    """
    old = before.outcome.origin
    stay = {name: value for name, value in old.headers.items() if name not in ("age", "date")}
    origin = heard(old.url, {**stay, **headers})
    outcome = msgspec.structs.replace(before.outcome, origin=origin)
    return msgspec.structs.replace(_good(outcome, now, settings), made_at=before.made_at)


def is_passing(outcome: Outcome) -> bool:
    """Whether *outcome* is a failure that may well be over the next time."""
    status = outcome.http_status or 0
    return outcome.reason is not None and (
        outcome.reason in PASSING or status >= SERVER_ERROR or status == TOO_MANY_REQUESTS
    )


def aliases(key: str, outcome: Outcome) -> tuple[str, ...]:
    """The other keys that *outcome*, made for *key*, answers: of its own site, never another's.

    Where its redirects ended, and the address that the page gives as its own if that is the same
    path with fewer parameters: a page may not speak for its neighbours.
    """
    if outcome.reason is not None or outcome.preview is None:
        return ()
    asked, final = address_of(key), outcome.preview.url
    claims = outcome.trail.claims.get(Field.CANONICAL, ())
    canonical = _key(claims[0].value) if claims else None
    found = [final] if is_same_site(asked, final) else []
    if canonical is not None and is_same_site(asked, final) and _is_shorter(canonical, final):
        found.append(canonical)
    return tuple(key_of(each, language_of(key)) for each in dict.fromkeys(found) if each != asked)


def _key(address: str) -> str | None:
    try:
        return normalize(address).key
    except BadURL:
        return None


def _is_shorter(address: str, than: str) -> bool:
    """Whether *address* is *than* without some of its parameters, on the same site."""
    path, _, query = address.partition("?")
    longer_path, _, longer_query = than.partition("?")
    return (
        is_same_site(address, than)
        and path.split("/", 3)[3:] == longer_path.split("/", 3)[3:]
        and set(filter(None, query.split("&"))) <= set(longer_query.split("&"))
    )


def _good(outcome: Outcome, now: float, settings: CacheSettings) -> Entry:
    asks = wishes(outcome.origin.headers, now)
    fresh_s = lifetime_s(outcome, 0, _within(asks.fresh_s, settings))
    fresh_until = now + fresh_s
    behind_s = _at_most(asks.stale_while_revalidate_s, settings.stale_while_revalidate_s)
    error_s = _at_most(asks.stale_if_error_s, settings.stale_if_error_s)
    return Entry(
        outcome=outcome,
        stored_at=now,
        fresh_until=fresh_until,
        made_at=now,
        revalidate_until=fresh_until + (0.0 if asks.is_strict else behind_s),
        error_until=fresh_until + error_s,
    )


def _within(wished_s: float | None, settings: CacheSettings) -> float:
    wished_s = settings.fresh_s if wished_s is None else wished_s
    return min(max(wished_s, settings.fresh_min_s), settings.fresh_s)


def _at_most(wished_s: float | None, most_s: float) -> float:
    return most_s if wished_s is None else min(wished_s, most_s)


def _pause_s(outcome: Outcome, failures: int, spread: float, now: float) -> float:
    if outcome.http_status in ASKED_TO_WAIT:
        asked_s = retry_after_s(outcome.origin.headers, now)
        if asked_s is not None:
            return asked_s * (1 + JITTER * abs(spread))  # later, but never sooner than it asked
    return lifetime_s(outcome, failures, 0) * (1 + JITTER * spread)


def lifetime_s(outcome: Outcome, failures: int, fresh_s: float) -> float:
    """Seconds an outcome is served without looking again, before jitter."""
    if outcome.reason is None:
        return min(PARTIAL_S, fresh_s) if outcome.status is Status.PARTIAL else fresh_s
    if outcome.reason is Reason.HTTP_STATUS:
        return _status_lifetime_s(outcome.http_status or 0, failures)
    seconds = NEGATIVE_S.get(outcome.reason, MINUTE)
    return _doubled(seconds, failures) if outcome.reason in DOUBLING else seconds


def _status_lifetime_s(status: int, failures: int) -> float:
    if status in REFUSED_STATUSES:
        return REFUSED_S
    return _doubled(SERVER_ERROR_S, failures) if status >= SERVER_ERROR else GONE_S


def _doubled(seconds: float, failures: int) -> float:
    # The exponent is bounded so that a site dead for years does not overflow a float.
    return min(seconds * 2.0 ** min(failures - 1, 16), DOUBLING_LIMIT_S)
