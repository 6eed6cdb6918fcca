"""One URL's requests, few and each reported, and extras whose failure costs nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from preview_service.errors import FetchFailed, TimedOut, TooManyRedirects
from preview_service.fetch.base import NO_HEADERS, Fetched, Fetcher, Sink
from preview_service.model import Reason
from preview_service.outcome import FetchReport, Origin, Purpose
from preview_service.sources.sites import Sites
from preview_service.workers import WorkerFailed

EXTRA_TIMEOUT_S: Final = 3.0
"""What may be waited for anything beside the page."""

RESERVE_S: Final = 0.2
"""Left of the whole time to make a preview of what came."""

_SERVER_ERROR: Final = 500
# Failures that may be over when the preview is made again.
_PASSING: Final = frozenset(
    {Reason.TIMEOUT, Reason.CONNECT, Reason.DNS, Reason.TLS, Reason.OVERLOADED}
)

T = TypeVar("T")


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How a preview is asked for: headers for all of its requests, and the page as it is known."""

    headers: Mapping[str, str] = NO_HEADERS
    known: Origin | None = None


class Trip:
    """At most *max_requests*, and the time until *deadline* by the event loop's clock.

    `is_incomplete`: an extra was late or failed, and might not the next time.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        sites: Sites,
        reports: list[FetchReport],
        deadline: float,
        how: Asking = Asking(),  # noqa: B008 - frozen
        *,
        max_requests: int,
    ) -> None:
        self._fetcher = fetcher
        self._how = how
        self._sites = sites
        self._reports = reports
        self._deadline = deadline - RESERVE_S
        self._requests_left = max_requests
        self.is_incomplete = False

    @property
    def is_spent(self) -> bool:
        """Whether no request is left; nor will there be the next time."""
        return not self._requests_left

    async def attempt(self, work: Callable[..., Awaitable[T]], *given: Any) -> T | None:
        """What *work* brings, if it is soon enough; it costs nothing of what is there already."""
        soon = min(asyncio.get_running_loop().time() + EXTRA_TIMEOUT_S, self._deadline)
        try:
            async with asyncio.timeout_at(soon):
                return await work(*given)
        except FetchFailed as error:
            self.is_incomplete |= error.reason in _PASSING or (error.status or 0) >= _SERVER_ERROR
        except (TimeoutError, WorkerFailed):
            self.is_incomplete = True
        return None

    async def fetch(
        self,
        url: str,
        sink: Sink,
        purpose: Purpose,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Fetched:
        """Ask for *url* with the headers of its site and *headers*; raise `FetchFailed`.

        The page itself may be known already: raise `NotModified` if it is as it was.
        """
        if self.is_spent:
            raise TooManyRedirects("it takes too many requests")
        self._requests_left -= 1
        sent = {**self._how.headers, **self._sites.rule(url).headers, **headers}
        known = self._how.known if purpose is Purpose.PAGE else None
        try:
            fetched = await self._fetcher.fetch(
                url, sink, sent, known, is_picture=purpose is Purpose.IMAGE
            )
        except FetchFailed as error:
            self.refuse(url, purpose, error)
            raise
        except asyncio.CancelledError:
            self.refuse(url, purpose, TimedOut("it was given up before it answered"))
            raise
        self._reports.append(_ended(url, purpose, fetched))
        return fetched

    def refuse(self, url: str, purpose: Purpose, error: FetchFailed) -> None:
        """Report a request that came to nothing, or was not made."""
        self._reports.append(
            FetchReport(
                url=url,
                purpose=purpose,
                status=error.status,
                reason=Reason(error.reason),
                detail=str(error),
            )
        )


def _ended(url: str, purpose: Purpose, fetched: Fetched) -> FetchReport:
    return FetchReport(
        url=url,
        purpose=purpose,
        status=fetched.status,
        bytes=fetched.bytes,
        ms=fetched.ms,
        redirects=fetched.redirects,
        final_url=fetched.url if fetched.redirects else None,
        reason=Reason(fetched.cut) if fetched.cut else None,
    )
