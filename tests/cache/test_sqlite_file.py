"""Damaged files, files of others, and a thread that is always answered."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from preview_service.cache.breaker import Unavailable
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import PAGE_BYTES, SCHEMA, SqliteFile, refuse_foreign
from preview_service.errors import BadSettings

MIB = 1 << 20

New = Callable[..., SqliteFile]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


async def fill(path: Path, new_file: New, clock: Any) -> None:
    store = SqliteStore(new_file(path), 64 * MIB, clock)
    for number in range(200):
        await store.set(f"{number}", bytes(3000), 1000)
    await store.close()


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no header": lambda path: overwrite(path, 0, 100),
    "text": lambda path: path.write_text("these are not the bytes" * 1000),
    "first page": lambda path: overwrite(path, 100, PAGE_BYTES - 100),
    "all pages but the first": lambda path: overwrite(path, PAGE_BYTES, 60 * PAGE_BYTES),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: 3 * PAGE_BYTES + 17]),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_is_set_aside_and_said(
    damage: str, path: Path, new_file: New, clock: Any
) -> None:
    await fill(path, new_file, clock)
    DAMAGES[damage](path)
    size = path.stat().st_size  # noqa: ASYNC240
    store = SqliteStore(new_file(path), 64 * MIB, clock)
    with capture_logs() as logs:
        for number in range(200):
            assert await store.get(f"{number}") in (None, bytes(3000))
            await store.set(f"{number}", b"new", 1000)
            clock.now += 0.5
    said = [line for line in logs if line["event"] == "sqlite_set_aside"]
    assert [(line["path"], line["to"]) for line in said] == [(str(path), "cache.db.aside")]
    assert path.with_name("cache.db.aside").stat().st_size == size
    assert await store.get("199") == b"new"


async def test_an_empty_file_is_begun(path: Path, new_file: New, clock: Any) -> None:
    path.touch()  # noqa: ASYNC240
    store = SqliteStore(new_file(path), MIB, clock)
    await store.set("key", b"value", 10)
    assert await store.get("key") == b"value"


async def test_a_file_that_another_process_is_just_reading_is_waited_for(
    path: Path, new_file: New, clock: Any
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.executescript(SCHEMA)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM kept").fetchone()
    store = SqliteStore(new_file(path), MIB, clock)
    setting = asyncio.create_task(store.set("key", b"value", 10))
    await asyncio.sleep(0.01)
    assert not setting.done()
    other.execute("COMMIT")
    await setting
    assert await store.get("key") == b"value"
    other.close()


async def test_a_file_of_another_version_is_set_aside(
    path: Path, new_file: New, clock: Any
) -> None:
    await fill(path, new_file, clock)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    store = SqliteStore(new_file(path), MIB, clock)
    with capture_logs() as logs:
        assert await store.get("1") is None
        clock.now += 1
        await store.set("1", b"value", 10)
        assert await store.get("1") == b"value"
    assert "sqlite_set_aside" in [line["event"] for line in logs]


async def test_what_another_process_has_set_aside_is_not_set_aside_again(
    path: Path, new_file: New, clock: Any
) -> None:
    await fill(path, new_file, clock)
    store = SqliteStore(new_file(path), MIB, clock)
    assert await store.get("1") == bytes(3000)
    damaged = path.with_name("cache.db.aside")
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).replace(damaged.with_name(damaged.name + suffix))
    overwrite(damaged, PAGE_BYTES, 60 * PAGE_BYTES)
    other = SqliteStore(new_file(path), MIB, clock)
    await other.set("theirs", b"value", 9000)
    with capture_logs() as logs:
        for number in range(200):
            await store.get(f"{number}")
            clock.now += 10
    assert "sqlite_set_aside" not in [line["event"] for line in logs]
    assert await other.get("theirs") == b"value"


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE customers (name TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(BadSettings, match="another program"):
        refuse_foreign(path)
    assert path.read_bytes() == before


async def test_our_own_is_not_refused(path: Path, new_file: New, clock: Any) -> None:
    refuse_foreign(path)
    file = new_file(path)
    await file.run(lambda db: None)
    refuse_foreign(path)
    await file.close()
    refuse_foreign(path)


@pytest.mark.parametrize("path", ["/no/such/folder/cache.db", "", "/"])
def test_a_path_that_cannot_be_is_refused(path: str) -> None:
    with pytest.raises(BadSettings, match="no folder"):
        refuse_foreign(Path(path))


async def test_a_place_where_nothing_can_be_written_costs_misses(new_file: New, clock: Any) -> None:
    store = SqliteStore(new_file(Path("/proc/cache.db")), MIB, clock)
    with capture_logs() as logs:
        for _ in range(50):
            await store.set("key", b"value", 10)
            assert await store.get("key") is None
    assert [line["event"] for line in logs] == ["sqlite_unavailable"] * 2
    assert {line["error"] for line in logs} == {"SQLITE_CANTOPEN"}


async def test_a_disk_that_hangs_is_not_waited_for(path: Path, new_file: New) -> None:
    file = new_file(path, timeout_s=0.01)
    hanging = threading.Event()
    with pytest.raises(Unavailable):
        await file.run(lambda db: hanging.wait(60))
    with pytest.raises(Unavailable):
        await file.run(lambda db: 1)
    hanging.set()


async def test_what_fails_fails_alone(path: Path, new_file: New, clock: Any) -> None:
    file = new_file(path)
    with pytest.raises(ZeroDivisionError):
        await file.run(lambda db: 1 // 0)
    assert await file.run(lambda db: 1) == 1


async def test_what_is_told_is_done_in_its_turn(path: Path, new_file: New) -> None:
    file = new_file(path)
    done: list[int] = []
    file.tell(lambda db: done.append(1))
    file.tell(lambda db: 1 // 0)
    await file.run(lambda db: done.append(2))
    assert done == [1, 2]


async def test_closing_ends_the_thread_and_what_comes_later_is_refused(
    path: Path, new_file: New
) -> None:
    file = new_file(path)
    waiting = [asyncio.create_task(file.run(lambda db: 1)) for _ in range(5)]
    await asyncio.sleep(0)
    await file.close()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert "sqlite" not in [thread.name for thread in threading.enumerate()]
    file.tell(lambda db: 1)
    with pytest.raises(Unavailable):
        await file.run(lambda db: 1)


async def test_reads_in_a_row_are_one_transaction_and_writes_are_in_none(
    new_file: Any, tmp_path: Path
) -> None:
    file = new_file(tmp_path / "cache.db")
    gate = threading.Event()
    holding = asyncio.create_task(file.run(lambda _: gate.wait(60), writes=True))
    await asyncio.sleep(0)

    def is_within(db: sqlite3.Connection) -> bool:
        is_reading = db.in_transaction
        db.execute("SELECT count(*) FROM kept").fetchone()
        return is_reading

    asked = [
        asyncio.create_task(file.run(is_within, writes=writes))
        for writes in (False, False, True, False)
    ]
    await asyncio.sleep(0)
    gate.set()
    await holding
    assert await asyncio.gather(*asked) == [True, True, False, True]
    assert not await file.run(is_within, writes=True)


async def test_what_nobody_waits_for_any_more_is_not_done(new_file: Any, tmp_path: Path) -> None:
    file = new_file(tmp_path / "cache.db", timeout_s=0.05)
    gate = threading.Event()
    done: list[str] = []
    asked = [file.run(lambda _: gate.wait(60)), file.run(lambda _: done.append("asked"))]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable, Unavailable]
    file.tell(lambda _: done.append("told"))
    gate.set()
    await file.close()
    assert done == ["told"]
