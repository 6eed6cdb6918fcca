"""Turns at a key by rows in SQLite, for the processes of one machine (`serve --workers N`).

A row says nothing to those who wait: they look again and again. https://sqlite.org/lang_upsert.html
"""

import asyncio
import contextlib
import secrets
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.flights import ALONE, Turn
from preview_service.cache.sqlite_file import SqliteFile

LOOK_S: Final = 0.025
"""Between two looks at whether the turn is over; one costs some 20 µs."""

TAKE: Final = """
INSERT INTO turns (key, token, expires_at) VALUES (:key, :token, :now + :ttl)
ON CONFLICT (key) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
WHERE expires_at <= :now OR expires_at > :now + :longest
"""

LONGEST_S: Final = 600.0
"""A turn that ends later than this was taken when the clock was wrong."""


class SqliteFlights:
    """`Flights` over *file*; *clock* gives Unix seconds. Results go by the store alone."""

    def __init__(
        self,
        file: SqliteFile,
        clock: Callable[[], float] = time.time,
        *,
        look_s: float = LOOK_S,
    ) -> None:
        self._file = file
        self._clock = clock
        self._look_s = look_s

    async def take(self, key: str, *, ttl_s: float, wait_s: float) -> Turn:
        token = secrets.token_hex(16)
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            turn = await self._try(key, token, ttl_s)
            left_s = deadline - asyncio.get_running_loop().time()
            if turn is not None or left_s <= 0:
                return turn or Turn()
            await asyncio.sleep(min(self._look_s, left_s))

    async def give(self, key: str, token: str, result: bytes | None = None) -> None:
        if not token:
            return
        with contextlib.suppress(Unavailable):
            await self._file.run(partial(_release, key, token), writes=True)

    async def close(self) -> None:
        """Nothing listens."""

    async def _try(self, key: str, token: str, ttl_s: float) -> Turn | None:
        given = {
            "key": key,
            "token": token,
            "now": self._clock(),
            "ttl": ttl_s,
            "longest": LONGEST_S,
        }
        try:
            is_mine = await self._file.run(partial(_take, given), writes=True)
        except Unavailable as error:
            if error.__cause__ is not None:
                self._give_back(key, token)
            return ALONE
        except asyncio.CancelledError:
            self._give_back(key, token)
            raise
        return Turn(is_mine=True, token=token) if is_mine else None

    def _give_back(self, key: str, token: str) -> None:
        # The question is out already; who asked it does not know the answer.
        self._file.tell(partial(_release, key, token))


def _take(given: dict[str, object], db: sqlite3.Connection) -> bool:
    return db.execute(TAKE, given).rowcount == 1


def _release(key: str, token: str, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM turns WHERE key = ? AND token = ?", (key, token))
