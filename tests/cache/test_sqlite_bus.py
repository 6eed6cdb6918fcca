from collections.abc import Callable
from pathlib import Path
from typing import Any

from preview_service.cache.sqlite_bus import SqliteBus
from preview_service.cache.sqlite_file import SqliteFile


async def test_old_messages_go(tmp_path: Path, new_file: Callable[..., SqliteFile]) -> None:
    file = new_file(tmp_path / "cache.db")
    bus = SqliteBus(file)
    for _ in range(1100):
        await bus.send(b"x")
    count: Any = await file.run(lambda db: db.execute("SELECT count(*) FROM news").fetchone())
    assert count == (1000,)


async def test_a_file_that_cannot_be_written_is_not_certain(
    new_file: Callable[..., SqliteFile],
) -> None:
    bus = SqliteBus(new_file(Path("/proc/cache.db")))
    assert not await bus.send(b"x")
