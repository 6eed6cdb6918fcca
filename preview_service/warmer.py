"""Lines with URLs → the cache filled with their previews, and a result for each line.

https://github.com/ndjson/ndjson-spec. Nobody pasted these links, so that robots.txt is obeyed
(https://www.rfc-editor.org/rfc/rfc9309), and a few at a time are asked for, since the same turns
serve those who wait for an answer.
"""

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
)
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from preview_service.cache.key import bucket
from preview_service.channels import select
from preview_service.channels.partners import NO_PARTNERS
from preview_service.errors import (
    BadRequest,
    BadURL,
    Blocked,
    BlockedByPolicy,
    CallerError,
    FetchFailed,
    Overloaded,
)
from preview_service.fetch.guard import Guard
from preview_service.fetch.robots import Robots
from preview_service.image_proxy import ImageProxy
from preview_service.model import Reason, Status
from preview_service.previewer import Previewer, Sight, failure
from preview_service.settings import PreviewSettings
from preview_service.telemetry.logs import logger
from preview_service.urls.normalize import MAX_LENGTH, Url, normalize

MAX_LINE_BYTES: Final = 32 * 1024
"""Room for the longest URL, each of its characters escaped."""

PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Between tries at what there was no room for."""

ERROR: Final = "error"
"""The status of a line that asks for nothing that can be done; the others are `Status`."""

_BOM: Final = b"\xef\xbb\xbf"
_FORBIDDEN: Final = "the site's robots.txt forbids it, or cannot be read"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what was given and its number, counted from 1."""

    number: int
    text: bytes


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line asks for: as `/preview`, its pictures as *channel* takes them."""

    url: str
    channel: str | None = None
    lang: str | None = None


class Warmed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a line.

    `status` is a `Status` or `ERROR`, `reason` a `Reason` or the code of the caller's mistake,
    `state` the cache's `State`, None where it was not asked. `url`, `channel`, `lang` are as given.
    """

    url: str | None
    status: str
    reason: str | None
    state: str | None
    ms: int
    line: int
    channel: str | UnsetType = UNSET
    lang: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The last line: results by status, and whether all that was sent was read and answered."""

    done: int
    counts: dict[str, int]
    ms: int
    is_whole: bool


class Tally:
    """Counts results into a `Summary`."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._started = clock()
        self.counts: dict[str, int] = {}

    def add(self, result: Warmed) -> None:
        self.counts[result.status] = self.counts.get(result.status, 0) + 1

    def summary(self, *, is_whole: bool = True) -> Summary:
        return Summary(
            done=sum(self.counts.values()),
            counts=self.counts,
            ms=_ms(self._clock() - self._started),
            is_whole=is_whole,
        )


class Warmer:
    """Makes previews ahead, so many at once in all as the settings say."""

    def __init__(
        self,
        previewer: Previewer,
        images: ImageProxy,
        guard: Guard,
        robots: Robots,
        settings: PreviewSettings,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._previewer = previewer
        self._images = images
        self._guard = guard
        self._robots = robots
        self._at_once = settings.warm_at_once
        self._turns = asyncio.Semaphore(settings.warm_at_once)
        # Nobody waits for a message: the work itself ends in half of it.
        self._wait_s = 2 * settings.preview_timeout_s
        self._sleep = sleep

    async def warm(self, lines: AsyncIterable[Line]) -> AsyncGenerator[Warmed, None]:
        """A result for each of *lines*, as they come; lines are taken as there is room for them.

        Whoever stops listening must close it: then no more work is begun.
        """
        source = aiter(lines)
        reading: asyncio.Task[Line | None] | None = asyncio.create_task(_next(source))
        working: set[asyncio.Task[Warmed]] = set()
        try:
            while reading is not None or working:
                is_full = reading is None or len(working) >= self._at_once
                await asyncio.wait(
                    working if is_full else {*working, *filter(None, (reading,))},
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in [each for each in working if each.done()]:
                    working.discard(task)
                    yield task.result()
                if reading is None or is_full or not reading.done():
                    continue
                line, reading = reading.result(), None
                if line is not None:
                    working.add(asyncio.create_task(self._warmed(line)))
                    reading = asyncio.create_task(_next(source))
        finally:
            left = [*working, *filter(None, (reading,))]
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def close(self) -> None:
        await self._robots.close()

    async def _warmed(self, line: Line) -> Warmed:
        async with self._turns:
            started = time.perf_counter()
            wanted = sight = None
            status: str = ERROR
            reason: str | None = "internal_error"
            try:
                wanted = read(line.text)
                sight, detail = await self._look(wanted)
                status, reason = sight.outcome.status.value, sight.outcome.reason
            except CallerError as error:
                reason, detail = error.code, str(error)
            except Exception:
                # A defect of ours must not cost the other lines their results.
                logger().exception("warming_crashed", line=line.number)
                detail = "the service failed"
            return Warmed(
                url=wanted.url[:MAX_LENGTH] if wanted else None,
                status=status,
                reason=reason,
                # Without an entry there was no need to ask the cache.
                state=sight.state.value if sight and sight.keys else None,
                ms=_ms(time.perf_counter() - started),
                line=line.number,
                channel=(wanted and wanted.channel) or UNSET,
                lang=(wanted and wanted.lang) or UNSET,
                detail=detail or UNSET,
            )

    async def _look(self, wanted: Wanted) -> tuple[Sight, str]:
        """What is behind the URL, now in the cache, or why it is not asked for."""
        url, language = normalize(wanted.url), bucket(wanted.lang)
        channels = select(wanted.channel or "generic", None, NO_PARTNERS)
        try:
            self._guard.check_url(url)
        except Blocked as error:
            raise BadURL(str(error)) from error
        try:
            self._guard.check_policy(url)
            sight = await self._seen(url, language)
        except FetchFailed as error:
            return Sight(outcome=failure(error)), str(error)
        await self._images.offer(sight.outcome, channels.values(), wait_s=self._wait_s)
        return sight, ""

    async def _seen(self, url: Url, language: str) -> Sight:
        """The same once there is room for it; raise `FetchFailed` if it may not be asked for."""
        for pause_s in (*PAUSES_S, None):
            try:
                if not await self._robots.allowed_by_robots(url):
                    raise BlockedByPolicy(_FORBIDDEN)
                sight = await self._previewer.look(url, wait_s=self._wait_s, language=language)
            except Overloaded:
                if pause_s is None:
                    raise
            else:
                if pause_s is None or sight.outcome.reason is not Reason.OVERLOADED:
                    return sight
            await self._sleep(pause_s)
        raise AssertionError("the last try returns or raises")


def read(text: bytes) -> Wanted:
    """What a line asks for, an object or a plain URL; raise `BadRequest`."""
    if len(text) > MAX_LINE_BYTES:
        raise BadRequest(f"the line is longer than {MAX_LINE_BYTES} bytes")
    text = text.strip()
    try:
        if text.startswith(b"{"):
            return msgspec.json.decode(text, type=Wanted)
        return Wanted(url=text.decode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(f"the line is no object of url, channel and lang: {error}") from error
    except UnicodeDecodeError as error:
        raise BadRequest("the line is not UTF-8") from error


async def lines_of(chunks: AsyncIterable[bytes]) -> AsyncIterator[Line]:
    """The lines in *chunks*, but for empty ones; of a long one as much as shows that it is."""
    splitter = _Splitter()
    async for chunk in chunks:
        for line in splitter.feed(chunk):
            yield line
    for line in splitter.feed(b"\n"):
        yield line


def lines_in(data: bytes, done: frozenset[Wanted] = frozenset()) -> list[Line]:
    """The lines of a whole file, without those that *done* has."""
    return [line for line in _Splitter().feed(data + b"\n") if not _is_in(done, line)]


async def one_by_one(lines: Iterable[Line]) -> AsyncIterator[Line]:
    """*lines* that are there already, as `warm` takes them."""
    for line in lines:
        yield line


def finished(results: bytes) -> frozenset[Wanted]:
    """What a file of results has the end of; what was `pending` then, and torn lines, are not."""
    done = set()
    for line in results.splitlines():
        try:
            row = msgspec.json.decode(line, type=Warmed)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if row.url is not None and row.status != Status.PENDING:
            done.add(Wanted(url=row.url, channel=row.channel or None, lang=row.lang or None))
    return frozenset(done)


class _Splitter:
    """Pieces of bytes → lines, bounded."""

    def __init__(self) -> None:
        self._number = 0
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterable[Line]:
        first, *others = chunk.split(b"\n")
        self._rest += first[: MAX_LINE_BYTES + 1 - len(self._rest)]
        for other in others:
            self._number += 1
            text = bytes(self._rest)
            self._rest = bytearray(other[: MAX_LINE_BYTES + 1])
            if self._number == 1:
                text = text.removeprefix(_BOM)
            if text.strip():
                yield Line(number=self._number, text=text)


async def _next(lines: AsyncIterator[Line]) -> Line | None:
    return await anext(lines, None)


def _is_in(done: frozenset[Wanted], line: Line) -> bool:
    try:
        return bool(done) and read(line.text) in done
    except BadRequest:
        return False  # the mistake is told again


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
