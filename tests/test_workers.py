"""Work that hangs, crashes or eats memory costs its own task only, and leaves nothing behind."""

import asyncio
import contextlib
import math
import operator
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pebble.common import CONSTS

from preview_service.errors import BadURL
from preview_service.urls.normalize import normalize
from preview_service.workers import Failure, WorkerFailed, Workers

# What a worker runs must be importable there; the standard library is.
HANG: Callable[[], None] = signal.pause
AMPLE_S = 30.0
SOON_S = 0.05


@pytest.fixture(autouse=True)
def _alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often pebble looks after its workers decides how long these tests take."""
    monkeypatch.setattr(CONSTS, "sleep_unit", 0.01)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(count=1, max_waiting=1)
    yield workers
    await workers.close()


async def failure(workers: Workers, *work: object, timeout_s: float = AMPLE_S) -> WorkerFailed:
    function, *arguments = work
    assert callable(function)
    with pytest.raises(WorkerFailed) as raised:
        await workers.run(function, *arguments, timeout_s=timeout_s)
    return raised.value


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_function_runs_in_another_process(workers: Workers) -> None:
    pid = await workers.run(os.getpid, timeout_s=AMPLE_S)
    assert pid != os.getpid()
    assert await workers.run(math.gcd, 12, 18, timeout_s=AMPLE_S) == 6
    assert await workers.run(os.getpid, timeout_s=AMPLE_S) == pid


async def test_no_process_is_started_before_it_is_needed() -> None:
    threads = threading.active_count()
    workers = Workers()
    assert threading.active_count() == threads
    await workers.close()


async def test_the_first_calls_share_one_start_even_if_one_gives_up() -> None:
    workers = Workers(count=1)
    gives_up = asyncio.create_task(workers.run(os.getpid, timeout_s=AMPLE_S))
    await asyncio.sleep(0)
    gives_up.cancel()
    pids = {await workers.run(os.getpid, timeout_s=AMPLE_S) for _ in range(2)}
    assert len(pids) == 1
    await workers.close()


@pytest.mark.parametrize(
    "work",
    [
        pytest.param((HANG,), id="waiting"),
        # In C, where no signal handler written in Python is ever called.
        pytest.param((pow, 7, 10**9), id="busy"),
    ],
)
async def test_a_hang_is_killed_at_its_deadline(workers: Workers, work: tuple[object, ...]) -> None:
    pid = await workers.run(os.getpid, timeout_s=AMPLE_S)
    assert (await failure(workers, *work, timeout_s=SOON_S)).reason is Failure.TIMED_OUT
    assert not is_alive(pid)
    assert await workers.run(os.getpid, timeout_s=AMPLE_S) != pid


@pytest.mark.parametrize("work", [(os._exit, 3), (signal.raise_signal, signal.SIGKILL)])
async def test_a_crash_costs_that_task_only(workers: Workers, work: tuple[object, ...]) -> None:
    waiting = [
        asyncio.create_task(failure(workers, *work, timeout_s=1)),
        asyncio.create_task(workers.run(math.gcd, 12, 18, timeout_s=AMPLE_S)),
    ]
    failed, found = await asyncio.gather(*waiting)
    assert found == 6
    assert isinstance(failed, WorkerFailed)
    assert failed.reason in {Failure.CRASHED, Failure.TIMED_OUT}


async def test_a_worker_that_dies_idle_is_replaced(workers: Workers) -> None:
    pid = await workers.run(os.getpid, timeout_s=AMPLE_S)
    os.kill(pid, signal.SIGKILL)
    new = pid
    for _ in range(3):
        # Who comes first may find the pool without any worker.
        with contextlib.suppress(WorkerFailed):
            new = await workers.run(os.getpid, timeout_s=AMPLE_S)
    assert new != pid


async def test_an_exception_arrives_without_its_text(workers: Workers) -> None:
    failed = await failure(workers, int, "not a number")
    assert (failed.reason, failed.detail) == (Failure.RAISED, "ValueError")
    assert "not a number" not in str(failed)


async def test_an_error_of_ours_arrives_as_it_is(workers: Workers) -> None:
    with pytest.raises(BadURL):
        await workers.run(normalize, "no address", timeout_s=AMPLE_S)


@pytest.mark.parametrize(
    "work",
    [
        (sys.exit, 1),
        (next, iter(())),
        (threading.Lock,),  # a result that cannot be sent back
        (lambda: None,),  # a function that cannot be sent there
        (len, threading.Lock()),
    ],
)
async def test_whatever_is_raised_is_a_failure(workers: Workers, work: tuple[object, ...]) -> None:
    assert (await failure(workers, *work)).reason is Failure.RAISED
    assert await workers.run(math.gcd, 12, 18, timeout_s=AMPLE_S) == 6


async def test_memory_is_bounded() -> None:
    workers = Workers(count=1, memory_bytes=256 * 1024**2)
    assert len(await workers.run(bytearray, 1024**2, timeout_s=AMPLE_S)) == 1024**2
    failed = await failure(workers, bytearray, 512 * 1024**2)
    assert (failed.reason, failed.detail) == (Failure.RAISED, "MemoryError")
    await workers.close()


async def test_to_cancel_kills_the_work(workers: Workers, tmp_path: Path) -> None:
    pid = await workers.run(os.getpid, timeout_s=AMPLE_S)
    began = tmp_path / "began"
    os.mkfifo(began)
    steps = map(operator.call, (partial(began.write_text, "yes"), HANG))
    hanging = asyncio.create_task(workers.run(list, steps, timeout_s=AMPLE_S))
    assert await asyncio.to_thread(began.read_text) == "yes"
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await workers.run(os.getpid, timeout_s=AMPLE_S) != pid


async def test_more_than_may_wait_is_refused_at_once(workers: Workers) -> None:
    hanging = [asyncio.create_task(workers.run(HANG, timeout_s=AMPLE_S)) for _ in range(2)]
    await asyncio.sleep(0)
    assert (await failure(workers, os.getpid)).reason is Failure.BUSY
    for task in hanging:
        task.cancel()
    await asyncio.wait(hanging)
    assert await workers.run(os.getpid, timeout_s=AMPLE_S)


async def test_closing_ends_what_runs_and_what_waits() -> None:
    workers = Workers(count=1)
    pid = await workers.run(os.getpid, timeout_s=AMPLE_S)
    # More than a pipe holds: whoever feeds the workers is stuck in the middle of it.
    page = b"x" * 1024**2
    tasks = [
        asyncio.create_task(failure(workers, HANG)),
        asyncio.create_task(failure(workers, len, page)),
        asyncio.create_task(failure(workers, len, page)),
    ]
    await asyncio.sleep(0)
    await workers.close()
    assert {failed.reason for failed in await asyncio.gather(*tasks)} == {Failure.CLOSED}
    assert not is_alive(pid)
    assert (await failure(workers, os.getpid)).reason is Failure.CLOSED
    await workers.close()


PARENT = """
import asyncio, functools, operator, os, signal
from preview_service import workers

async def main():
    workers.GRACE_S = 0.1
    steps = map(operator.call, (functools.partial(os.write, 1, b"began\\n"), signal.pause))
    await workers.Workers(count=2).run(list, steps, timeout_s=0.4)

try:
    asyncio.run(main())
except KeyboardInterrupt:
    os.write(1, b"interrupted")
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose worker hangs."""
    command = [sys.executable, "-c", PARENT]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"began\n"
        yield process


def test_no_worker_outlives_a_parent_that_is_killed(parent: subprocess.Popen[bytes]) -> None:
    parent.kill()
    # Every descendant holds the other end of the pipes: they are closed when all are gone.
    assert parent.communicate(timeout=AMPLE_S)[0] == b""


async def test_a_worker_is_never_interrupted_not_even_as_it_starts(workers: Workers) -> None:
    blocked = await workers.run(signal.pthread_sigmask, signal.SIG_BLOCK, (), timeout_s=AMPLE_S)
    assert signal.SIGINT in blocked


def test_an_interrupt_is_for_the_parent_alone(parent: subprocess.Popen[bytes]) -> None:
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.communicate(timeout=AMPLE_S) == (b"interrupted", b"")
