"""An outcome and the time → how long it stays true; pure rules, the clock is an argument.

Negative answers are kept too, graded by what they say about the target: a name that does not exist
changes slowly, a timeout passes (RFC 9520 §3 for DNS, RFC 9111 §4.2.2 for heuristic freshness).
"""

from typing import Final

import msgspec

from preview_service.model import Reason, Status
from preview_service.outcome import Outcome

MINUTE: Final = 60.0
JITTER: Final = 0.2
DOUBLING_LIMIT_S: Final = 15 * MINUTE

# Seconds a failure is kept. Those in DOUBLING are kept twice as long each time they repeat.
NEGATIVE_S: Final[dict[Reason, float]] = {
    Reason.BLOCKED_ADDRESS: 10 * MINUTE,
    Reason.BLOCKED_BY_POLICY: 10 * MINUTE,
    Reason.SIDE_EFFECT_URL: 10 * MINUTE,
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
# A page that broke off was read up to there; the next reading may see all of it.
PARTIAL_S: Final = 10 * MINUTE


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome as kept: Unix seconds, and how often in a row it has been this failure."""

    outcome: Outcome
    stored_at: float
    fresh_until: float
    failures: int = 0

    def is_fresh(self, now: float) -> bool:
        return now < self.fresh_until


def entry(
    outcome: Outcome, *, now: float, fresh_s: float, spread: float, before: Entry | None = None
) -> Entry:
    """Keep *outcome* from *now* on; *spread* in -1…1 places a failure within the jitter.

    Many links of a site fail in one moment, and must not all be tried again in another.
    """
    failures = 0
    jitter = 0.0
    if outcome.reason is not None:
        jitter = JITTER * spread
        repeats = before is not None and before.outcome.reason == outcome.reason
        failures = before.failures + 1 if before is not None and repeats else 1
    kept_s = lifetime_s(outcome, failures, fresh_s) * (1 + jitter)
    return Entry(outcome=outcome, stored_at=now, fresh_until=now + kept_s, failures=failures)


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
    return _doubled(SERVER_ERROR_S, failures) if status >= 500 else GONE_S


def _doubled(seconds: float, failures: int) -> float:
    # The exponent is bounded so that a site dead for years does not overflow a float.
    return min(seconds * 2.0 ** min(failures - 1, 16), DOUBLING_LIMIT_S)
