"""A host to be asked → its turn, or the reason why it is left alone for now.

Turns are few, in all and for each host, and go round the hosts, so that a hundred links to a slow
one cost the others nothing. A host that keeps failing is not asked for a while, then once to see,
and one that says when to come again is not asked before
(https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). What is decided stands in plain classes,
which are told the time; `Gate` only waits.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import ceil
from typing import Final, Generic, TypeVar

from cachetools import LRUCache

from preview_service.errors import (
    BadStatus,
    ConnectFailed,
    DNSFailed,
    FetchFailed,
    Overloaded,
    TimedOut,
    TLSFailed,
)
from preview_service.page.waits import MIN_RETRY_S, retry_after_s
from preview_service.settings import FetchSettings
from preview_service.telemetry.logs import logger
from preview_service.urls.normalize import Url

MAX_FAILURES: Final = 5
FAILURES_WITHIN_S: Final = 60.0
OPEN_S: Final = 30.0
MAX_HOSTS: Final = 5000
"""Hosts in trouble that are remembered; of one that answers nothing is kept."""

TELL_EVERY_S: Final = 1.0
"""A line of the log for all that there was no room for in that time."""

# A refusal of ours, a page that is not there and an answer that is no page say nothing of a host.
COUNTED: Final = (ConnectFailed, DNSFailed, TimedOut, TLSFailed)
# 500 and 501 are about one page; from here on it is the server, or what it stands before.
_SERVER_FAILED: Final = 502
_RETRY_LATER: Final = frozenset({429, 503})

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Who holds a turn and who waits for one, the hosts going round.

    At most *at_once* turns are out, *per_host* of them to one host, and *longest* wait.
    """

    def __init__(self, *, at_once: int, per_host: int, longest: int) -> None:
        self._at_once = at_once
        self._per_host = per_host
        self._longest = longest
        self._out: dict[str, int] = {}
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self.turns_out = 0
        self.length = 0

    def take(self, host: str) -> bool:
        """Give out a turn to *host* if one is free: then nobody waits who could have it."""
        if not self._is_free(host):
            return False
        self._give_out(host)
        return True

    def wait(self, host: str, waiter: T) -> T | None:
        """Let *waiter* wait for *host*; return who goes for it: nobody, another, or itself.

        When all places are taken, the last to come of those who wait for the most wanted host goes,
        unless *host* is as much wanted.
        """
        pushed_out: T | None = None
        if self.length >= self._longest:
            crowd = self._larger_crowd(host)
            if crowd is None:
                return waiter
            pushed_out = crowd.pop()
            self.length -= 1
        self._waiting.setdefault(host, deque()).append(waiter)
        self.length += 1
        return pushed_out

    def has_room(self, host: str) -> bool:
        """Whether one more for *host* would have a turn, or might wait for one."""
        is_free = self.length < self._longest or self._is_free(host)
        return is_free or self._larger_crowd(host) is not None

    def give_back(self, host: str) -> tuple[str, T] | None:
        """Take back a turn of *host*; return who has the next one, and for which host."""
        self.turns_out -= 1
        self._out[host] -= 1
        if not self._out[host]:
            del self._out[host]
        lucky = next(filter(self._is_free, self._waiting), None)
        if lucky is None:
            return None
        waiter = self._waiting[lucky].popleft()
        self._waiting.move_to_end(lucky)
        self._left(lucky)
        self._give_out(lucky)
        return lucky, waiter

    def forget(self, host: str, waiter: T) -> None:
        """*waiter* has given up; it may be gone already."""
        if waiter in self._waiting.get(host, ()):
            self._waiting[host].remove(waiter)
            self._left(host)

    def clear(self, host: str) -> list[T]:
        """Let nobody wait for *host* any more; return those who did."""
        gone = list(self._waiting.pop(host, ()))
        self.length -= len(gone)
        return gone

    def _larger_crowd(self, host: str) -> deque[T] | None:
        """Those who wait for the most wanted host, where that is wanted more than *host*."""
        crowd = max(self._waiting.values(), key=len, default=None)
        if crowd is None or len(crowd) <= len(self._waiting.get(host, ())) + 1:
            return None
        return crowd

    def _is_free(self, host: str) -> bool:
        return self.turns_out < self._at_once and self._out.get(host, 0) < self._per_host

    def _give_out(self, host: str) -> None:
        self.turns_out += 1
        self._out[host] = self._out.get(host, 0) + 1

    def _left(self, host: str) -> None:
        self.length -= 1
        if not self._waiting[host]:
            del self._waiting[host]


class Trouble:
    """What is remembered of one host: when it failed and how, and until when it wants its rest."""

    def __init__(self) -> None:
        self._failed_at: deque[float] = deque(maxlen=MAX_FAILURES)
        self._reason: tuple[type[FetchFailed], int | None] = (ConnectFailed, None)
        self._open_until = 0.0
        self._rests_until = 0.0
        self._rest_status = 0
        self.is_probed = False

    def refusal(self, now: float) -> FetchFailed | None:
        """Why the host may not be asked at *now*, in the words of what it did."""
        if self.is_resting(now):
            return BadStatus(
                "the site asks to be left alone for a while",
                status=self._rest_status,
                retry_after=str(ceil(self._rests_until - now)),
            )
        if not self._open_until or (now >= self._open_until and not self.is_probed):
            return None
        kind, status = self._reason
        return kind(
            "the site kept failing and is left alone for a while",
            status=status,
            retry_after=str(ceil(max(self._open_until - now, MIN_RETRY_S))),
        )

    def begin(self, now: float) -> bool:
        """The host is asked at *now*; True: it was left alone until then, and this is to see."""
        self.is_probed = 0.0 < self._open_until <= now
        return self.is_probed

    def fail(self, error: FetchFailed, now: float) -> None:
        self._reason = type(error), error.status
        self._failed_at.append(now)
        is_full = len(self._failed_at) == MAX_FAILURES
        if self._open_until or (is_full and now - self._failed_at[0] <= FAILURES_WITHIN_S):
            self._open_until = now + OPEN_S

    def recover(self) -> None:
        self._failed_at.clear()
        self._open_until = 0.0

    def rest(self, until: float, status: int) -> None:
        self._rests_until, self._rest_status = until, status

    def is_resting(self, now: float) -> bool:
        return now < self._rests_until


class Hosts:
    """What is remembered of all hosts; *now* is seconds of a clock that never runs backwards."""

    def __init__(self) -> None:
        self._troubled: LRUCache[str, Trouble] = LRUCache(MAX_HOSTS)

    def __len__(self) -> int:
        return len(self._troubled)

    def refusal(self, host: str, now: float) -> FetchFailed | None:
        trouble = self._troubled.get(host)
        return trouble.refusal(now) if trouble else None

    def begin(self, host: str, now: float) -> bool:
        """A request begins; True: it is the one to see whether the host is well again."""
        trouble = self._troubled.get(host)
        return trouble is not None and trouble.begin(now)

    def end_probe(self, host: str) -> None:
        """The request that was to see is over, whatever came of it: another may."""
        if (trouble := self._troubled.get(host)) is not None:
            trouble.is_probed = False

    def fail(self, host: str, error: FetchFailed, now: float) -> None:
        """Count *error* against the host, if it is the host's doing."""
        if isinstance(error, COUNTED) or (error.status or 0) >= _SERVER_FAILED:
            self._trouble(host).fail(error, now)

    def answer(self, host: str, status: int, rest_s: float | None, now: float) -> None:
        """The host answered with *status* and, perhaps, wants *rest_s* seconds of rest."""
        if status >= _SERVER_FAILED:
            self.fail(host, BadStatus("the server failed", status=status), now)
        elif (trouble := self._troubled.get(host)) is not None:
            trouble.recover()
            # One of several answers may be good while another asks for rest.
            if not trouble.is_resting(now):
                del self._troubled[host]
        if rest_s is not None:
            self._trouble(host).rest(now + rest_s, status)

    def _trouble(self, host: str) -> Trouble:
        return self._troubled.setdefault(host, Trouble())


class Turn:
    """Leave to ask a host once; `answer` tells what came, before the body is read."""

    def __init__(self, tell: Callable[[int, str | None], None]) -> None:
        self._tell = tell
        self.has_answer = False

    def answer(self, status: int, retry_after: str | None) -> None:
        """The host's answer began with *status* and that Retry-After field, if any."""
        self.has_answer = True
        self._tell(status, retry_after)


class Gate:
    """Lets requests out in turn; nobody waits longer than half of what a page may take.

    *clock* gives seconds that never run backwards, *unix* those that dates are written in.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        unix: Callable[[], float] = time.time,
    ) -> None:
        self._queue: FairQueue[asyncio.Future[None]] = FairQueue(
            at_once=settings.max_fetches,
            per_host=settings.max_fetches_per_host,
            longest=settings.max_waiting_fetches,
        )
        self._hosts = Hosts()
        self._clock = clock
        self._unix = unix
        # What is left must be enough to ask.
        self._wait_s = settings.page_timeout_s / 2
        self._patience_s = settings.first_byte_timeout_s
        self._refused = 0
        self._told_at = -TELL_EVERY_S
        self._log = logger()

    def __repr__(self) -> str:
        queue = self._queue
        return f"<Gate {queue.turns_out} out, {queue.length} waiting, {len(self._hosts)} troubled>"

    @asynccontextmanager
    async def turn(self, url: Url) -> AsyncIterator[Turn]:
        """A turn to ask the host of *url*; raise `Overloaded`, or what the host is left alone for.

        What is raised inside before there is an answer counts against the host, where it is to
        blame; so does being cancelled, once it has been silent for longer than a server may be.
        """
        host = host_of(url)
        self._check(host)
        await self._enter(host)
        try:
            self._check(host)
            async with self._asking(host) as turn:
                yield turn
        finally:
            self._leave(host)

    @asynccontextmanager
    async def _asking(self, host: str) -> AsyncIterator[Turn]:
        started = self._clock()
        is_probe = self._hosts.begin(host, started)

        def tell(status: int, retry_after: str | None) -> None:
            wanted = status in _RETRY_LATER and retry_after
            rest_s = (
                retry_after_s({"retry-after": retry_after or ""}, self._unix()) if wanted else None
            )
            self._hosts.answer(host, status, rest_s, self._clock())

        turn = Turn(tell)
        try:
            yield turn
        except FetchFailed as error:
            if not turn.has_answer:
                self._hosts.fail(host, error, self._clock())
            raise
        except asyncio.CancelledError:
            silent_s = self._clock() - started
            if not turn.has_answer and silent_s >= self._patience_s:
                self._hosts.fail(host, TimedOut("it never answered"), self._clock())
            raise
        finally:
            if is_probe:
                self._hosts.end_probe(host)
            self._dismiss(host)

    def _check(self, host: str) -> None:
        refusal = self._hosts.refusal(host, self._clock())
        if refusal is not None:
            raise refusal

    def check_room(self, url: Url) -> None:
        """Raise `Overloaded` if `turn` would for lack of room, before anything is done for it."""
        if not self._queue.has_room(host_of(url)):
            raise self._no_room("too many pages are being fetched")

    async def _enter(self, host: str) -> None:
        """Return with a turn of *host* taken; raise `Overloaded`, or what `_check` does."""
        if self._queue.take(host):
            return
        place = asyncio.get_running_loop().create_future()
        pushed_out = self._queue.wait(host, place)
        if pushed_out is place:
            raise self._no_room("too many pages are being fetched")
        if pushed_out is not None and not pushed_out.done():
            pushed_out.set_exception(self._no_room("too many pages of that site are waited for"))
        try:
            async with asyncio.timeout(self._wait_s):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._leave(host)  # the turn came in the very moment of giving up
            else:
                self._queue.forget(host, place)
            if isinstance(error, TimeoutError):
                raise self._no_room("too many pages were being fetched for too long") from error
            raise

    def _no_room(self, sentence: str) -> Overloaded:
        self._refused += 1
        now = self._clock()
        if now - self._told_at >= TELL_EVERY_S:
            self._log.warning("overloaded", refused=self._refused, waiting=self._queue.length)
            self._refused, self._told_at = 0, now
        return Overloaded(sentence)

    def _leave(self, host: str) -> None:
        """Give the turn of *host* back, to the next who still wants one."""
        while (found := self._queue.give_back(host)) is not None:
            host, place = found
            if not place.done():
                place.set_result(None)
                return

    def _dismiss(self, host: str) -> None:
        """Send those away who wait for *host*, if it is not to be asked any more."""
        now = self._clock()
        if self._hosts.refusal(host, now) is None:
            return
        for place in self._queue.clear(host):
            refusal = self._hosts.refusal(host, now)
            if refusal is not None and not place.done():
                place.set_exception(refusal)


def host_of(url: Url) -> str:
    """Whose manners count for *url*: a host on a port, with and without "www."."""
    return f"{url.host.removeprefix('www.')}:{url.port}"
