"""Messages to all processes that have an SQLite file open, by rows that each looks for."""

import asyncio
import contextlib
import sqlite3
from functools import partial
from typing import Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.bus import MAX_KEPT, Listener
from preview_service.cache.sqlite_file import SqliteFile
from preview_service.telemetry.logs import logger

LOOK_S: Final = 1.0


class SqliteBus:
    """`Bus` over *file*."""

    def __init__(self, file: SqliteFile, *, look_s: float = LOOK_S) -> None:
        self._file = file
        self._look_s = look_s
        self._last: int | None = None
        self._listeners: list[Listener] = []
        self._looking: asyncio.Task[None] | None = None

    async def send(self, message: bytes) -> bool:
        try:
            await self._file.run(partial(_send, message), writes=True)
        except Unavailable:
            return False
        return True

    async def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
        if self._looking is None:
            with contextlib.suppress(Unavailable):
                self._last = await self._file.run(_newest)
            self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            try:
                await self._catch_up()
            except Unavailable:
                pass  # the file has said so in the log
            except Exception:
                logger().exception("bus_listener_crashed")

    async def _catch_up(self) -> None:
        newest = await self._file.run(_newest)
        if self._last is None or newest < self._last:
            # The file is another: what was sent before is not ours to hear.
            self._last = newest
        if newest == self._last:
            return
        for identifier, message in await self._file.run(partial(_after, self._last)):
            self._last = identifier
            for listener in self._listeners:
                await listener(message)


def _send(message: bytes, db: sqlite3.Connection) -> None:
    sent = db.execute("INSERT INTO news (message) VALUES (?)", (message,))
    db.execute("DELETE FROM news WHERE id <= ?", ((sent.lastrowid or 0) - MAX_KEPT,))


def _newest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM news").fetchone()[0])


def _after(last: int, db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    return db.execute("SELECT id, message FROM news WHERE id > ? ORDER BY id", (last,)).fetchall()
