"""What is special about a store in a file: it lasts, is bounded, and several processes share it."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import SqliteFile
from preview_service.cache.store import Choice

MIB = 1 << 20
DAY_S = 24 * 3600.0

New = Callable[..., SqliteFile]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


def used_bytes(path: Path) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute("PRAGMA page_count").fetchone()[0]) * 8192


async def test_it_survives_a_restart(path: Path, new_file: New, clock: Any) -> None:
    first = SqliteStore(new_file(path), MIB, clock)
    await first.set("key", b"value", 100)
    await first.close()
    again = SqliteStore(new_file(path), MIB, clock)
    assert await again.get("key") == b"value"
    clock.now += 100
    assert await again.get("key") is None


async def test_the_oldest_go_first_and_the_file_stays_within_its_bytes(
    path: Path, new_file: New, clock: Any
) -> None:
    store = SqliteStore(new_file(path), MIB, clock)
    for number in range(2000):
        await store.set(f"https://shop.example/{number}", bytes(1500), 100)
    kept = [n for n in range(2000) if await store.get(f"https://shop.example/{n}")]
    await store.close()
    assert kept == list(range(2000 - len(kept), 2000))
    assert len(kept) * 1500 > 0.6 * MIB
    assert used_bytes(path) <= MIB


async def test_one_large_value_makes_room_among_small_ones(
    path: Path, new_file: New, clock: Any
) -> None:
    store = SqliteStore(new_file(path), 2 * MIB, clock, max_entry_bytes=MIB)
    for number in range(4000):
        await store.set(f"{number}", bytes(300), 100)
    for number in range(4):
        await store.set(f"large {number}", bytes(MIB // 2), 100)
    assert await store.get("large 3") == bytes(MIB // 2)
    await store.close()
    assert used_bytes(path) <= 2 * MIB


async def test_setting_again_makes_it_the_newest(path: Path, new_file: New, clock: Any) -> None:
    store = SqliteStore(new_file(path), MIB, clock)
    await store.set("mine", b"x", 100)
    for number in range(600):
        await store.set("mine", b"x", 100)
        await store.set(f"{number}", bytes(4000), 100)
    assert await store.get("0") is None
    assert await store.get("mine") == b"x"


async def test_a_file_that_is_too_large_shrinks_while_it_is_used(
    path: Path, new_file: New, clock: Any
) -> None:
    large = SqliteStore(new_file(path), 8 * MIB, clock)
    for number in range(2000):
        await large.set(f"{number}", bytes(2000), 100)
    await large.close()
    small = SqliteStore(new_file(path), MIB, clock)
    for number in range(20):
        await small.set(f"new {number}", bytes(2000), 100)
    kept = [n for n in range(2000) if await small.get(f"{n}")]
    assert len(kept) < 500
    assert await small.get("new 19")


@pytest.mark.parametrize(("jump_s", "is_there"), [(-600, True), (-2 * DAY_S, False), (600, False)])
async def test_a_clock_that_jumps_keeps_nothing_for_ever(
    jump_s: float, is_there: bool, path: Path, new_file: New, clock: Any
) -> None:
    store = SqliteStore(new_file(path), MIB, clock)
    await store.set("key", b"value", 500)
    clock.now += jump_s
    assert (await store.get("key") is not None) == is_there
    await store.set("key", b"newer", 500)
    assert await store.get("key") == b"newer"


async def test_while_another_writes_there_are_hits_and_nothing_is_kept(
    path: Path, new_file: New, clock: Any
) -> None:
    store = SqliteStore(new_file(path, busy_s=0.001), MIB, clock)
    await store.set("old", b"value", 500)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with capture_logs() as logs:
        await store.set("new", b"value", 500)
        await store.set("newer", b"value", 500)
        assert await store.purge(Choice()) == 0
        assert await store.get("old") == b"value"
    assert [(line["event"], line["error"]) for line in logs] == [
        ("sqlite_unavailable", "SQLITE_BUSY")
    ]
    other.execute("ROLLBACK")
    other.close()
    clock.now += 1
    await store.set("new", b"value", 500)
    assert await store.get("new") == b"value"


async def test_a_full_disk_is_a_miss_and_what_is_there_stays(
    path: Path, new_file: New, clock: Any
) -> None:
    file = new_file(path)
    store = SqliteStore(file, 8 * MIB, clock)
    await store.set("old", b"value", 500)
    await file.run(lambda db: db.execute("PRAGMA max_page_count = 20"))
    with capture_logs() as logs:
        for number in range(40):
            clock.now += 1
            await store.set(f"{number}", bytes(8000), 500)
    assert [line["error"] for line in logs if line["log_level"] == "warning"] == ["SQLITE_FULL"]
    assert await store.get("0") == bytes(8000)
    assert await store.get("39") is None
    assert await store.get("old") == b"value"
    await file.run(lambda db: db.execute("PRAGMA max_page_count = 2000"))
    clock.now += 60
    await store.set("new", b"value", 500)
    assert await store.get("new") == b"value"


CHILD = """
import asyncio, resource, sys
from pathlib import Path
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import SqliteFile

async def main():
    name, path = sys.argv[1:3]
    if name == "limited":
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    store = SqliteStore(SqliteFile(Path(path), timeout_s=30, busy_s=30), 1 << 26)
    for number in range(300):
        await store.set(f"{name}-{number}", b"%d" % number * 300, 1000)
        if name == "killed" and number == 200:
            print("200", flush=True)
            sys.stdin.read()
    print(sum([await store.get(f"{name}-{number}") is not None for number in range(300)]))
    await store.close()

asyncio.run(main())
"""


def child(name: str, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, name, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_process_that_may_write_no_more_goes_on(path: Path) -> None:
    out, errors = child("limited", path).communicate()
    assert 0 < int(out.split()[-1]) < 300, errors
    assert out.count(b"sqlite_unavailable") == 1
    assert b"Traceback" not in errors


async def test_processes_share_a_file(path: Path, new_file: New, clock: Any) -> None:
    children = [child(f"child {number}", path) for number in range(3)]
    for each in children:
        out, errors = each.communicate()
        assert out == b"300\n", errors
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM kept").fetchone() == (900,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_process_that_is_killed_leaves_a_good_file(path: Path) -> None:
    killed = child("killed", path)
    assert killed.stdout
    assert killed.stdout.readline() == b"200\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM kept").fetchone() == (201,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


READ_ONLY = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import SqliteFile
from preview_service.cache.store import Choice

async def main():
    if os.geteuid() == 0:
        os.setuid(65534)
    store = SqliteStore(SqliteFile(Path(sys.argv[1])), 1 << 26)
    await store.set("key", b"value", 1000)
    assert await store.get("key") is None
    assert await store.purge(Choice()) == 0
    await store.close()

asyncio.run(main())
"""


def test_a_file_that_may_not_be_written_is_a_miss_and_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    path = folder / "cache.db"
    sqlite3.connect(path).close()
    path.touch()
    path.chmod(0o444)
    folder.chmod(0o555)
    # Whoever it runs as must be able to come this far.
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, path], capture_output=True, check=False, env=os.environ
    )
    folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"sqlite_unavailable") == 2, done.stdout
