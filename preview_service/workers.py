"""A function and its arguments → its result, worked out in a process that can be killed.

For work whose time and memory its input decides: hostile markup, pictures. Made of pebble's pool
(https://pebble.readthedocs.io/en/latest/#pools) over multiprocessing's fork server
(https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods).
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from multiprocessing import get_context, resource_tracker
from typing import TYPE_CHECKING, Any, Final, TypeVar

from preview_service.errors import PreviewError

if TYPE_CHECKING:
    from pebble import ProcessPool

MAX_TASKS = 500
"""After so many a worker is replaced: what libraries keep for the life of a process is bounded."""

GRACE_S = 1.0
"""So long after its time a worker ends itself, if its parent is dead or stuck and has not."""

_IS_POSIX = sys.platform != "win32"

T = TypeVar("T")


class Failure(StrEnum):
    """Why there is no result."""

    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    RAISED = "raised"
    BUSY = "busy"
    CLOSED = "closed"


OUR_FAILURES: Final = frozenset({Failure.BUSY, Failure.CLOSED})
"""Those of which the work itself is not the cause."""


class WorkerFailed(Exception):
    """There is no result; `detail` is at most the name of an exception's type."""

    def __init__(self, reason: Failure, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Workers:
    """At most *count* processes, started at first use; `close` them in the end.

    `memory_bytes` bounds each one's address space, `max_waiting` the tasks that wait for one.
    `preload` names modules that a new worker shall find imported.
    """

    def __init__(
        self,
        *,
        count: int = min(2, os.cpu_count() or 1),
        max_waiting: int = 16,
        memory_bytes: int = 1024**3,
        preload: Sequence[str] = (),
    ) -> None:
        self._count = count
        self._max_asked = count + max_waiting
        self._memory_bytes = memory_bytes
        self._preload = preload
        self._asked = 0
        self._starting: asyncio.Task[ProcessPool] | None = None
        self._running: set[asyncio.Future[Any]] = set()
        self._is_closed = False

    async def run(self, function: Callable[..., T], *arguments: object, timeout_s: float) -> T:
        """What *function*, which has an importable name, returns; cancelling kills the work.

        `timeout_s` counts from the moment a worker begins. Raise the `PreviewError` that the
        function raises, and `WorkerFailed` for all else that goes wrong.
        """
        if self._asked >= self._max_asked:
            raise WorkerFailed(Failure.BUSY)
        self._asked += 1
        try:
            pool = await self._pool()
            task = (timeout_s + GRACE_S, function, *arguments)
            result: asyncio.Future[T] = asyncio.wrap_future(
                pool.schedule(_work, task, timeout=timeout_s)
            )
            self._running.add(result)
            result.add_done_callback(self._running.discard)
            return await result
        except (Exception, asyncio.CancelledError) as error:
            raise self._understood(error) from error
        finally:
            self._asked -= 1

    async def close(self) -> None:
        """Kill what still runs and end the workers; from now on nothing can be run."""
        self._is_closed = True
        for result in self._running:
            result.cancel()
        if self._starting is not None:
            starting, self._starting = self._starting, None
            # A pool that did not start has nothing to stop.
            with contextlib.suppress(Exception):
                await asyncio.to_thread(_stop, await starting)

    async def _pool(self) -> "ProcessPool":
        if self._is_closed:
            raise WorkerFailed(Failure.CLOSED)
        if self._starting is None or _is_broken(self._starting):
            start = asyncio.to_thread(self._start, self._starting)
            self._starting = asyncio.create_task(start)
        # Whoever gives up waiting must not end the start: others wait for it too.
        return await asyncio.shield(self._starting)

    def _start(self, former: "asyncio.Task[ProcessPool] | None") -> "ProcessPool":
        """A running pool; it takes a while, so not in the thread of the event loop."""
        from pebble import ProcessPool

        if former is not None and former.exception() is None:
            _stop(former.result())
        context = get_context("forkserver" if _IS_POSIX else "spawn")
        context.set_forkserver_preload(["__main__", *self._preload])
        pool = ProcessPool(
            max_workers=self._count,
            max_tasks=MAX_TASKS,
            initializer=_prepare,
            initargs=(self._memory_bytes,),
            context=context,
        )
        with _interrupts_blocked():
            # The first task starts the pool.
            pool.schedule(os.getpid)
        return pool

    def _understood(self, error: BaseException) -> BaseException:
        """What the caller of `run` is told instead of *error*."""
        if isinstance(error, asyncio.CancelledError):
            task = asyncio.current_task()
            is_ours = self._is_closed and task is not None and not task.cancelling()
            return WorkerFailed(Failure.CLOSED) if is_ours else error
        if isinstance(error, PreviewError | WorkerFailed):
            return error
        if isinstance(error, TimeoutError):
            return WorkerFailed(Failure.TIMED_OUT)
        # pebble.ProcessExpired is an OSError, BrokenProcessPool a RuntimeError; what else comes
        # here is an argument or a result that cannot be sent.
        is_crash = isinstance(error, OSError | RuntimeError)
        return WorkerFailed(Failure.CRASHED if is_crash else Failure.RAISED, type(error).__name__)


def _is_broken(start: "asyncio.Task[ProcessPool]") -> bool:
    return start.done() and (start.exception() is not None or not start.result().active)


def _stop(pool: Any) -> None:
    pool.stop()
    pool.join()


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started herein never see Ctrl-C, not even before they could ignore it."""
    if sys.platform == "win32":
        yield
        return
    # To start this one later would unblock them.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare(memory_bytes: int) -> None:
    """Make this process a worker: easy to kill, and bounded where the system can."""
    # pebble's own handler waits for the interpreter, which a C library may keep busy for minutes.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        import resource

        for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(limit)[1]
            # A stricter limit is in force already, or the system knows none.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(limit, (value, hard))


def _work(ends_after_s: float, function: Callable[..., T], *arguments: object) -> T:
    """Run in the worker: nothing but a `PreviewError` or a `WorkerFailed` leaves *function*."""
    if _IS_POSIX:
        # Without a handler the alarm ends the process.
        signal.setitimer(signal.ITIMER_REAL, ends_after_s)
    try:
        return function(*arguments)
    except PreviewError:
        raise
    except BaseException as error:
        raise WorkerFailed(Failure.RAISED, type(error).__name__) from error
    finally:
        if _IS_POSIX:
            signal.setitimer(signal.ITIMER_REAL, 0)
