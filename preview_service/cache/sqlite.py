"""A store in an SQLite file: outlives the process, bounded by bytes, the oldest out first.

https://sqlite.org/fileformat.html. With a memory store in front, which is asked again for whatever
is in use, the order of use that this one would see says little; and keeping it would make of every
look-up a write.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from preview_service.cache.breaker import Unavailable
from preview_service.cache.key import is_own
from preview_service.cache.sealed import seal, unseal
from preview_service.cache.sqlite_file import PAGE_BYTES, SqliteFile
from preview_service.cache.store import MAX_ENTRY_BYTES, Choice

EVICT_STEPS: Final = (16, 32, 64, 128, 256, 512, *[1024] * 6)
"""Entries that one `set` may clear away; a file that has become too large shrinks over several."""

PURGE_STEP: Final = 500

CLOCK_SLACK_S: Final = 3600.0
"""Kept from further in the future than this is what a clock that was wrong has kept."""

EVICT: Final = "DELETE FROM kept WHERE id IN (SELECT id FROM kept ORDER BY id LIMIT ?)"
LOOK_AT: Final = """
SELECT id, key, CASE WHEN :with_value THEN value END FROM kept
WHERE key >= :first AND key > :after AND key < :end ORDER BY key LIMIT :step
"""

# Beyond every character of a key.
LAST: Final = "\U0010ffff"

_Row = tuple[bytes, float, float]


class SqliteStore:
    """`Store` in *file*, whose pages in use stay within *max_bytes*; the file is closed with it.

    *clock* gives Unix seconds, for what is kept outlives the process.
    """

    def __init__(
        self,
        file: SqliteFile,
        max_bytes: int,
        clock: Callable[[], float] = time.time,
        *,
        max_entry_bytes: int = MAX_ENTRY_BYTES,
    ) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._clock = clock
        self._max_entry_bytes = max_entry_bytes

    def __repr__(self) -> str:
        return f"<SqliteStore {self._file.path}>"

    async def get(self, key: str) -> bytes | None:
        return (await self.get_all(key))[0]

    async def get_all(self, *keys: str) -> list[bytes | None]:
        try:
            rows = await self._file.run(lambda db: [_get(key, db) for key in keys])
        except Unavailable:
            return [None] * len(keys)
        return [self._value(key, row) for key, row in zip(keys, rows, strict=True)]

    async def latest(self, key: str) -> bytes | None:
        return await self.get(key)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        if len(value) > min(self._max_entry_bytes, self._max_bytes):
            await self.delete(key)
            return
        now = self._clock()
        row = (key, seal(key, value), now, now + ttl_s)
        with contextlib.suppress(Unavailable):
            await self._file.run(partial(_set, row, self._max_bytes), writes=True)

    async def delete(self, key: str) -> None:
        with contextlib.suppress(Unavailable):
            await self._file.run(partial(_delete, key), writes=True)

    async def purge(self, choice: Choice) -> int:
        count = 0
        after: str | None = ""
        try:
            while after is not None:
                step = partial(_purge, choice, after)
                gone, after = await self._file.run(step, writes=True)
                count += gone
        except Unavailable:
            pass
        return count

    async def close(self) -> None:
        await self._file.close()

    def _value(self, key: str, row: _Row | None) -> bytes | None:
        if row is None:
            return None
        sealed, stored_at, expires_at = row
        is_good = stored_at - CLOCK_SLACK_S <= self._clock() < expires_at
        return unseal(key, sealed) if is_good else None


def _get(key: str, db: sqlite3.Connection) -> _Row | None:
    query = "SELECT value, stored_at, expires_at FROM kept WHERE key = ?"
    found: _Row | None = db.execute(query, (key,)).fetchone()
    return found


def _set(row: tuple[str, bytes, float, float], max_bytes: int, db: sqlite3.Connection) -> None:
    query = "INSERT OR REPLACE INTO kept (key, value, stored_at, expires_at) VALUES (?, ?, ?, ?)"
    # Room first, or the file would grow beyond its bytes for the moment and never shrink again.
    room = max_bytes - len(row[1]) - 2 * PAGE_BYTES
    for step in EVICT_STEPS:
        if _used_bytes(db) <= room or not db.execute(EVICT, (step,)).rowcount:
            break
    db.execute(query, row)


def _delete(key: str, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM kept WHERE key = ?", (key,))


def _purge(choice: Choice, after: str, db: sqlite3.Connection) -> tuple[int, str | None]:
    """Forget among the keys *after* one; how many, and the last key looked at if there are more."""
    rows = db.execute(
        LOOK_AT,
        {
            "with_value": choice.value is not None,
            "first": choice.prefix,
            "after": after,
            "end": choice.prefix + LAST,
            "step": PURGE_STEP,
        },
    ).fetchall()
    gone = [(each, key) for each, key, sealed in rows if _is_chosen(choice, key, sealed)]
    if gone:
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany("DELETE FROM kept WHERE id = ?", [(each,) for each, _ in gone])
        finally:
            db.execute("COMMIT")
    return sum(is_own(key) for _, key in gone), rows[-1][1] if len(rows) == PURGE_STEP else None


def _is_chosen(choice: Choice, key: str, sealed: bytes | None) -> bool:
    if not choice.has_key(key):
        return False
    if choice.value is None:
        return True
    value = unseal(key, sealed)
    # What is damaged serves nobody, whatever is asked of it.
    return value is None or choice.has_value(value)


def _used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the pages that hold something, the key's index and the rest included."""
    query = (
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    )
    return int(db.execute(query).fetchone()[0])
