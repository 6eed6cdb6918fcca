"""URL → Outcome: guard, cache, gathering, preview.

The promise kept here: whatever the target does, `look` comes back with an outcome within the
caller's time. What a target does wrong is a `reason`, never an exception. Work that outlives its
caller goes on until its own time is up and fills the cache for the next one.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final

import msgspec

from preview_service.cache.freshness import heard
from preview_service.cache.key import key_of, language_headers
from preview_service.cache.preview_cache import Changed, Draft, PreviewCache, State
from preview_service.errors import (
    BadURL,
    Blocked,
    FetchFailed,
    NotModified,
    Overloaded,
    TimedOut,
    Unreadable,
)
from preview_service.fetch.guard import Guard
from preview_service.gatherer import Gathered, Gatherer
from preview_service.model import (
    Claim,
    Field,
    Icon,
    Image,
    Kind,
    Metadata,
    Preview,
    Reason,
    Status,
    Verdict,
    Video,
)
from preview_service.outcome import FetchReport, Origin, Outcome, Trail
from preview_service.pictures import Shown
from preview_service.settings import PreviewSettings
from preview_service.telemetry.logs import logger
from preview_service.trip import Asking
from preview_service.urls.normalize import Url, normalize

VERDICT_REASONS: Final[dict[Verdict, Reason | None]] = {
    Verdict.OK: None,
    Verdict.CHALLENGE: Reason.CHALLENGE,
    Verdict.LOGIN_WALL: Reason.LOGIN_WALL,
    Verdict.CONSENT_WALL: Reason.CONSENT_WALL,
    Verdict.SOFT_404: Reason.SOFT_404,
    Verdict.ERROR_PAGE: Reason.HTTP_STATUS,
    Verdict.EMPTY: Reason.NO_METADATA,
}

MAX_TRAIL_CHARS: Final = 8 * 1024
MAX_RAW_CHARS: Final = 1000
"""Of what did not win, and of what was polished: an entry of the cache holds 32 KiB."""

PENDING: Final = Outcome(status=Status.PENDING, reason=Reason.DEADLINE)


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome and its entry's Unix seconds, all 0 while there is no entry yet.

    `same_until`: the next to ask is told the same, as far as this process knows. `keys` are those
    by which the cache tells that it is no longer so.
    """

    outcome: Outcome
    state: State = State.MISS
    note: str | None = None
    stored_at: float = 0.0
    fresh_until: float = 0.0
    same_until: float = 0.0
    keys: tuple[str, ...] = ()

    @property
    def is_hit(self) -> bool:
        return self.state is State.HIT


class Previewer:
    """The pipeline from a URL to what is behind it."""

    def __init__(
        self,
        *,
        gatherer: Gatherer,
        guard: Guard,
        cache: PreviewCache,
        settings: PreviewSettings,
    ) -> None:
        self._gatherer = gatherer
        self._guard = guard
        self._cache = cache
        self._settings = settings
        self._log = logger()

    def check(self, url: Url) -> None:
        """Raise `BadURL` if *url* may not be asked, as far as that is known without the network."""
        try:
            self._guard.check_url(url)
        except Blocked as error:
            raise BadURL(str(error)) from error

    async def look(
        self,
        url: Url,
        *,
        wait_s: float,
        language: str = "",
        refresh: bool = False,
        is_new: bool = False,
    ) -> Sight:
        """What is behind *url*, or `PENDING` after *wait_s*; raise `BadURL` if it may not be asked.

        A refusal that needs no look at the network is the caller's to mend, so it is a `BadURL`.
        *language* is a bucket of `cache.key`; *refresh*: rather anew than from the cache; *is_new*:
        the caller has seen that the cache has nothing.
        """
        self.check(url)
        headers = language_headers(language)
        found = await self._cache.get_or_make(
            key_of(url.key, language),
            lambda known, tell: self._make(url, Asking(headers=headers, known=known), tell),
            wait_s=wait_s,
            refresh=refresh,
            is_new=is_new,
        )
        if found is None:
            return Sight(outcome=PENDING)
        return Sight(
            outcome=found.entry.outcome,
            state=found.state,
            note=found.note,
            stored_at=found.entry.stored_at,
            fresh_until=found.entry.fresh_until,
            same_until=found.same_until,
            keys=found.keys,
        )

    def watch(self, changed: Changed) -> None:
        """Have *changed* called with each key whose outcome is another from then on."""
        self._cache.watch(changed)

    async def settle(self) -> None:
        """Wait for the work that goes on behind answers already given."""
        await self._cache.settle()

    async def close(self) -> None:
        await self._cache.close()
        await self._gatherer.close()

    async def _make(self, url: Url, how: Asking, tell: Callable[[Draft], None]) -> Outcome:
        reports: list[FetchReport] = []

        def so_far(gathered: Gathered) -> None:
            if gathered.is_ok:
                tell(lambda: draft(gathered, tuple(reports)))

        try:
            async with asyncio.timeout(self._settings.preview_timeout_s) as limit:
                deadline = limit.when()
                gathered = await self._gatherer.gather(
                    url, reports, deadline or math.inf, how, so_far
                )
            outcome = assemble(gathered, tuple(reports))
        except NotModified:
            self._log.info("preview_unchanged", host=url.host)
            raise
        except FetchFailed as error:
            outcome = failure(error, tuple(reports))
        except TimeoutError:
            outcome = failure(TimedOut("the preview took too long"), tuple(reports))
        except Exception:
            # A defect of ours must not cost the caller the message, nor stay unseen.
            self._log.exception("preview_crashed", host=url.host)
            outcome = failure(Unreadable("the page could not be read"), tuple(reports))
        if outcome.reason is not Reason.OVERLOADED:  # a flood must not fill the log; the gate tells
            self._log.info(
                "preview_made", host=url.host, status=outcome.status, reason=outcome.reason
            )
        return outcome


def assemble(gathered: Gathered, reports: tuple[FetchReport, ...]) -> Outcome:
    """The outcome of everything that was found."""
    verdict = gathered.judgement.verdict
    reason = VERDICT_REASONS[verdict]
    cut = Reason(gathered.cut) if gathered.cut else None
    if verdict is Verdict.EMPTY and cut:
        # Nothing was found because the body broke off before it said anything.
        reason = cut
    is_partial = cut or gathered.is_incomplete
    copied = gathered.shown.copied if gathered.shown else None
    return Outcome(
        status=Status.UNAVAILABLE if reason else Status.PARTIAL if is_partial else Status.COMPLETE,
        preview=describe(gathered.page.url, gathered.metadata, verdict, gathered.shown),
        reason=reason,
        http_status=gathered.status,
        bytes_to_metadata=gathered.page.bytes_to_metadata,
        picture=copied.picture if copied else None,
        trail=Trail(
            claims=_in_short(gathered.metadata),
            refused=gathered.shown.refused if gathered.shown else {},
            judgement=gathered.judgement,
            fetches=reports,
        ),
        origin=_origin(gathered),
    )


def draft(gathered: Gathered, reports: tuple[FetchReport, ...]) -> Outcome:
    """The outcome of what is there so far, while more is asked for."""
    return msgspec.structs.replace(assemble(gathered, reports), status=Status.PARTIAL)


def _origin(gathered: Gathered) -> Origin:
    fetched = gathered.fetched
    return heard(fetched.url, fetched.headers) if fetched else Origin()


def _in_short(metadata: Metadata) -> dict[Field, tuple[Claim, ...]]:
    """The claims as they are worth keeping: each field's winner, others while there is room."""
    room = MAX_TRAIL_CHARS
    kept: dict[Field, tuple[Claim, ...]] = {}
    for field, (winner, *others) in metadata.claims.items():
        raw = winner.raw and winner.raw[:MAX_RAW_CHARS]
        kept[field] = (msgspec.structs.replace(winner, raw=raw),)
        for claim in others:
            room -= len(claim.value)
            if room < 0:
                break
            kept[field] += (claim,)
    return kept


def describe(
    final_url: str, metadata: Metadata, verdict: Verdict, shown: Shown | None = None
) -> Preview:
    """The public face of *metadata*, for the page that was really read."""
    final = normalize(final_url)
    return Preview(
        url=final.key,
        host=final.host,
        title=metadata.value(Field.TITLE),
        description=metadata.value(Field.DESCRIPTION),
        site_name=metadata.value(Field.SITE_NAME),
        kind=Kind(metadata.value(Field.KIND) or Kind.WEBSITE),
        lang=metadata.value(Field.LANG),
        author=metadata.value(Field.AUTHOR),
        published_at=metadata.value(Field.PUBLISHED_AT),
        sensitive=metadata.best(Field.RATING) is not None,
        image=_declared(metadata) if shown is None else _image(shown),
        icon=_icon(metadata),
        video=_video(metadata),
        verdict=verdict,
    )


def stored(preview: Preview) -> Outcome:
    """The outcome a stored *preview* stands for."""
    reason = VERDICT_REASONS[preview.verdict]
    status = Status.COMPLETE if reason is None else Status.UNAVAILABLE
    return Outcome(status=status, preview=preview, reason=reason)


def failure(error: FetchFailed, reports: tuple[FetchReport, ...] = ()) -> Outcome:
    """The outcome of a fetch that gave nothing; one there was no room for will do better soon."""
    is_ours = isinstance(error, Overloaded)
    return Outcome(
        status=Status.PENDING if is_ours else Status.UNAVAILABLE,
        reason=Reason(error.reason),
        http_status=error.status,
        trail=Trail(fetches=reports),
        origin=Origin(headers={"retry-after": error.retry_after} if error.retry_after else {}),
    )


def _image(shown: Shown) -> Image | None:
    """The picture as it was seen."""
    facts = shown.facts
    if shown.claim is None:
        return None
    if facts is None:
        return _as_declared(shown.claim)
    return Image(
        url=shown.claim.value,
        source_url=shown.claim.value,
        width=facts.width,
        height=facts.height,
        media_type=facts.media_type,
        bytes=shown.bytes,
        alt=shown.claim.alt,
        placeholder=shown.copied.placeholder if shown.copied else None,
        color=shown.copied.color if shown.copied else None,
    )


def _declared(metadata: Metadata) -> Image | None:
    claim = metadata.best(Field.IMAGE)
    return None if claim is None else _as_declared(claim)


def _as_declared(claim: Claim) -> Image:
    return Image(
        url=claim.value,
        source_url=claim.value,
        width=claim.width,
        height=claim.height,
        media_type=claim.media_type,
        alt=claim.alt,
    )


def _icon(metadata: Metadata) -> Icon | None:
    claim = metadata.best(Field.ICON)
    if claim is None:
        return None
    return Icon(url=claim.value, width=claim.width, height=claim.height)


def _video(metadata: Metadata) -> Video | None:
    claim = metadata.best(Field.VIDEO)
    if claim is None:
        return None
    return Video(
        url=claim.value,
        width=claim.width,
        height=claim.height,
        media_type=claim.media_type,
    )
