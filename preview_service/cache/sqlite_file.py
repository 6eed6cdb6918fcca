"""Pieces of work on an SQLite database → their results, one after the other in one thread.

https://sqlite.org/wal.html. What has gathered in the thread's queue is answered together: with 64
callers a read costs 12 µs; in a one-thread executor 33 (benchmarks/stores.py), and with aiosqlite,
whose thread takes one piece after the other too, up to 87.
"""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from preview_service.cache.breaker import Breaker, Unavailable
from preview_service.errors import BadSettings
from preview_service.telemetry.logs import logger

APPLICATION_ID: Final = 0x70726576
"""`prev`, at offset 68 of the file: https://sqlite.org/fileformat.html#application_id"""

SCHEMA_VERSION: Final = 1

# Rows of the usual kind: one WITHOUT ROWID takes twice the room for values of this size. The order
# of the ids is the order in which they were set, for setting again gives a new one.
SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS kept (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    value BLOB NOT NULL,
    stored_at REAL NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS turns (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS news (id INTEGER PRIMARY KEY AUTOINCREMENT, message BLOB NOT NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

# Two previews and their keys to a page; of the usual 4,096 bytes one fills more than half.
PAGE_BYTES: Final = 8192
WAL_BYTES: Final = 16 * 1024 * 1024

BUSY_S: Final = 0.05
"""How long another process' writing is waited for; a write takes some 50 µs."""

TIMEOUT_S: Final = 0.25
"""How long anybody waits for a disk."""

MAX_WAITING: Final = 2048

_BROKEN: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class _Unfit(Exception):
    """The file is not a database of ours, or of another version."""


class _Job:
    __slots__ = ("done", "loop", "result", "work", "writes")

    def __init__(self, work: Work[Any], *, writes: bool) -> None:
        self.work = work
        self.writes = writes
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None


class SqliteFile:
    """The database at *path*, opened at its first use; several processes may have it open.

    A damaged file, or one of another version, is set aside as PATH.aside and a new one begun.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_s: float = TIMEOUT_S,
        busy_s: float = BUSY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._timeout_s = timeout_s
        self._busy_s = busy_s
        # Who only reads is not in the way of who writes, nor of a full disk.
        self._breakers = {False: Breaker(clock), True: Breaker(clock)}
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._is_closed = False
        self._log = logger()

    async def run(self, work: Work[T], *, writes: bool = False) -> T:
        """What *work* makes of the connection, in the thread; raise `Unavailable`.

        Work that *writes* is done by itself, in whatever transactions it makes.
        """
        breaker = self._breakers[writes]
        if self._is_closed or self._jobs.qsize() >= MAX_WAITING or not breaker.allows():
            raise Unavailable
        job = _Job(work, writes=writes)
        self._put(job)
        # What asyncio.timeout does as well, at twice the price.
        limit = job.loop.call_later(self._timeout_s, _give_up, job.done)
        try:
            result: T = await job.done
        except (TimeoutError, sqlite3.Error, OSError, _Unfit) as error:
            if breaker.failed():
                self._log.warning("sqlite_unavailable", writes=writes, error=_told(error))
            raise Unavailable from error
        finally:
            limit.cancel()
        if breaker.succeeded():
            self._log.info("sqlite_back", writes=writes)
        return result

    def tell(self, work: Work[object]) -> None:
        """Have *work* done after what was asked before, if it can be; wait for nothing."""
        if not self._is_closed:
            self._put(_Job(work, writes=True))

    async def close(self) -> None:
        """Finish what is asked, and close the file; a disk that hangs is not waited for."""
        self._is_closed = True
        if self._thread is not None:
            self._put(None)
            await asyncio.to_thread(self._thread.join, 2 * self._timeout_s)
            self._thread = None

    def _put(self, job: _Job | None) -> None:
        self._jobs.put(job)
        if self._thread is None:
            # A daemon: a disk that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._serve, name="sqlite", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        is_open = True
        while is_open:
            jobs = [self._jobs.get()]
            # Nobody else takes any.
            jobs += [self._jobs.get() for _ in range(self._jobs.qsize())]
            done = []
            for job in jobs:
                if job is None:
                    is_open = False
                elif not job.done.done():  # somebody still waits, or nobody ever did
                    job.result = self._outcome(job)
                    done.append(job)
            self._end_reading()
            if done:
                with contextlib.suppress(RuntimeError):  # The loop may have ended before.
                    done[0].loop.call_soon_threadsafe(_deliver, done)
        self._drop()

    def _outcome(self, job: _Job) -> Any:
        """What its work returns, or the exception that it raises."""
        try:
            if self._db is None:
                self._db = self._opened()
            if job.writes:
                self._end_reading()
            elif not self._db.in_transaction:
                # Reads that follow one another take the file's locks once: these are system calls.
                self._db.execute("BEGIN")
            return job.work(self._db)
        except Exception as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _BROKEN or isinstance(error, _Unfit):
                self._set_aside(error)
            return error

    def _end_reading(self) -> None:
        if self._db is not None and self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("COMMIT")

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self.path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._inode = self.path.stat().st_ino
            db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            if _number(db, "PRAGMA schema_version") == 0:
                db.executescript(SCHEMA)
            versions = (_number(db, "PRAGMA application_id"), _number(db, "PRAGMA user_version"))
            if versions != (APPLICATION_ID, SCHEMA_VERSION):
                raise _Unfit
            _log_ahead(db, self._busy_s)
            db.execute("PRAGMA synchronous = NORMAL")
            # Of processes that died with a turn, and would not take it again.
            db.execute("DELETE FROM turns WHERE expires_at < strftime('%s', 'now') + 0")
            db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, error: Exception) -> None:
        self._drop()
        aside = self.path.with_name(f"{self.path.name}.aside")
        try:
            if self.path.stat().st_ino != self._inode:
                return  # another process has done it
            # The log belongs to the file: left behind it would be played into the new one.
            for suffix in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
        except OSError:
            return
        self._log.error("sqlite_set_aside", path=str(self.path), to=aside.name, error=_told(error))

    def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()


def refuse_foreign(path: Path) -> None:
    """Raise `BadSettings` if there is no room for a file at *path*, or another program's in it."""
    if not path.name or not path.parent.is_dir():
        raise BadSettings(f"cache_url: there is no folder {str(path.parent)!r} for the file")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return  # not there, or not to be read: it costs misses
    is_database = head.startswith(b"SQLite format 3\0") and len(head) == 100
    if is_database and int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise BadSettings(f"cache_url: {path} is another program's database")


def _log_ahead(db: sqlite3.Connection, busy_s: float) -> None:
    """Have *db* written through a log, which the first process to come has to begin."""
    give_up_at = time.monotonic() + busy_s
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Of two that begin it at once SQLite has one wait and turns the other away
            # (https://sqlite.org/c3ref/busy_handler.html, on deadlocks).
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= give_up_at:
                raise
        time.sleep(0.001)


def _deliver(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.done.done():
            continue  # nobody waits for it any more
        if isinstance(job.result, Exception):
            job.done.set_exception(job.result)
            # Nobody need be waiting for it: then asyncio would log that it was never retrieved.
            job.done.exception()
        else:
            job.done.set_result(job.result)


def _give_up(done: asyncio.Future[Any]) -> None:
    if not done.done():
        done.set_exception(TimeoutError())


def _number(db: sqlite3.Connection, question: str) -> int:
    return int(db.execute(question).fetchone()[0])


def _told(error: Exception) -> str:
    """What SQLite calls it: https://sqlite.org/rescode.html"""
    return getattr(error, "sqlite_errorname", type(error).__name__)
