import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preview_service.cache import sqlite_flights
from preview_service.cache.flights import ALONE
from preview_service.cache.sqlite_file import SqliteFile
from preview_service.cache.sqlite_flights import SqliteFlights

NewFile = Callable[..., SqliteFile]


async def test_a_turn_taken_by_a_clock_that_was_wrong_is_taken_over(
    tmp_path: Path, new_file: NewFile, clock: Any
) -> None:
    flights = SqliteFlights(new_file(tmp_path / "cache.db"), clock)
    assert (await flights.take("key", ttl_s=60, wait_s=0)).is_mine
    clock.now -= 365 * 24 * 3600
    assert (await flights.take("key", ttl_s=60, wait_s=0)).is_mine


async def test_without_a_file_everyone_is_alone(new_file: NewFile, clock: Any) -> None:
    flights = SqliteFlights(new_file(Path("/proc/cache.db")), clock)
    assert await flights.take("key", ttl_s=60, wait_s=60) == ALONE
    await flights.give("key", ALONE.token)
    await flights.give("key", "token")


async def test_turns_of_the_dead_go_when_the_file_is_opened(
    tmp_path: Path, new_file: NewFile
) -> None:
    file = new_file(tmp_path / "cache.db")
    flights = SqliteFlights(file, lambda: 1_000_000.0)
    await flights.take("key", ttl_s=60, wait_s=0)
    await file.close()
    again = new_file(tmp_path / "cache.db")
    count: Any = await again.run(lambda db: db.execute("SELECT count(*) FROM turns").fetchone())
    assert count == (0,)


async def test_a_turn_that_comes_too_late_is_given_back(
    tmp_path: Path, new_file: NewFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, take = threading.Event(), sqlite_flights._take

    def late(given: dict[str, object], db: sqlite3.Connection) -> bool:
        gate.wait(60)
        return take(given, db)

    hasty = SqliteFlights(new_file(tmp_path / "cache.db", timeout_s=0.05))
    monkeypatch.setattr(sqlite_flights, "_take", late)
    assert await hasty.take("key", ttl_s=60, wait_s=60) == ALONE
    monkeypatch.undo()
    gate.set()
    patient = SqliteFlights(new_file(tmp_path / "cache.db"))
    assert (await patient.take("key", ttl_s=60, wait_s=10)).is_mine
