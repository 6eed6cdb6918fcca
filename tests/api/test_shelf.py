"""Answers that one process keeps and another finds, while the entry beside them is the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from preview_service.api import shelf
from preview_service.api.answers import EncodedAnswer
from preview_service.api.requests import PreviewRequest
from preview_service.api.shelf import PACKAGE, Place, Shelf, maker
from preview_service.cache.entry import MAX_SKEW_S, Alias, Entry
from preview_service.cache.key import beside
from preview_service.cache.memory import MemoryStore
from preview_service.cache.sqlite import SqliteStore
from preview_service.cache.sqlite_file import SqliteFile
from preview_service.model import Status, Way
from preview_service.outcome import Outcome

KEY = "https://shop.example/p/42"
ASK = PreviewRequest(url=KEY, channel="generic")
NOW = 1_800_000_000.0
ENTRY = Entry(outcome=Outcome(status=Status.COMPLETE), stored_at=NOW, fresh_until=NOW + 100)
ANSWER = EncodedAnswer(b'{"url":"a"', NOW, NOW + 100, same_until=NOW + 100, tag="t")
MAKER = bytes(32)


class Process:
    """A process with memory of its own in front of the file that all share."""

    def __init__(self, file: SqliteFile, made_by: bytes = MAKER) -> None:
        self.near = MemoryStore(1 << 20)
        self.back = SqliteStore(file, 1 << 24, lambda: NOW)
        self.shelf = Shelf(self.near, self.back, made_by)

    async def find(self, ask: PreviewRequest = ASK, now: float = NOW) -> EncodedAnswer | None:
        place = await self.shelf.find(KEY, ask, now)
        assert place is not None
        return place.answer

    async def keep(self, answer: EncodedAnswer = ANSWER, ask: PreviewRequest = ASK) -> None:
        place = await self.shelf.find(KEY, ask, NOW)
        assert place is not None
        self.shelf.keep(place, answer, NOW)
        await self.shelf.close()
        await self.near.delete(KEY)


async def enter(process: Process, entry: Entry | Alias = ENTRY) -> None:
    await process.back.set(KEY, msgspec.msgpack.encode(entry), 1000)


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    file = SqliteFile(tmp_path / "cache.db", timeout_s=10)
    yield file
    await file.close()


async def test_what_one_process_keeps_another_finds(file: SqliteFile) -> None:
    one, other = Process(file), Process(file)
    await enter(one)
    assert await one.find() is None
    await one.near.delete(KEY)
    await one.keep()
    assert await other.find() == ANSWER
    # It is an answer, and no reason to have the entry at hand.
    assert await other.near.get(KEY) is None


async def test_an_entry_that_is_near_is_rendered_without_a_trip(file: SqliteFile) -> None:
    process = Process(file)
    await process.near.set(KEY, b"entry", 10)
    assert await process.shelf.find(KEY, ASK, NOW) is None


async def test_an_entry_that_has_to_be_rendered_is_at_hand(file: SqliteFile) -> None:
    process = Process(file)
    await enter(process)
    assert await process.find() is None
    assert await process.near.get(KEY) == msgspec.msgpack.encode(ENTRY)


async def test_without_its_entry_an_answer_is_none(file: SqliteFile) -> None:
    process = Process(file)
    await process.keep()
    assert await process.find() is None
    await enter(process, Alias(of=KEY))
    assert await process.find() is None
    assert await process.near.get(KEY) is not None


async def test_an_answer_made_of_another_entry_is_none(file: SqliteFile) -> None:
    process = Process(file)
    await enter(process)
    await process.near.delete(KEY)
    await process.keep()
    await enter(process, replace(ENTRY, stored_at=NOW + 1e-6))
    assert await process.find() is None


@pytest.mark.parametrize(
    ("now", "is_good"),
    [(NOW + 99.9, True), (NOW + 100, False), (NOW - MAX_SKEW_S, True), (NOW - 61, False)],
)
async def test_an_answer_is_good_for_its_time(file: SqliteFile, now: float, is_good: bool) -> None:
    process = Process(file)
    await enter(process)
    await process.keep()
    assert (await process.find(now=now) is not None) is is_good


async def test_an_answer_is_kept_for_its_time(file: SqliteFile) -> None:
    process = Process(file)
    await process.keep()
    (kept_s,) = await file.run(
        lambda db: db.execute("SELECT expires_at - stored_at FROM kept").fetchone()
    )
    assert kept_s == 100


@pytest.mark.parametrize(
    "other",
    [
        replace(ASK, url=f"{KEY}#size"),
        replace(ASK, channel="enhanced_whatsapp"),
        replace(ASK, method=Way.PASTE),
        replace(ASK, partner="acme"),
    ],
)
async def test_another_question_has_another_answer(file: SqliteFile, other: PreviewRequest) -> None:
    process = Process(file)
    await enter(process)
    await process.keep()
    assert await process.find(other) is None


async def test_how_long_one_waits_makes_no_other_question(file: SqliteFile) -> None:
    process = Process(file)
    await enter(process)
    await process.keep()
    assert await process.find(replace(ASK, wait_ms=1, notify="hook")) == ANSWER


async def test_what_another_maker_made_is_not_found(file: SqliteFile) -> None:
    one, other = Process(file), Process(file, made_by=bytes([1]) * 32)
    await enter(one)
    await one.keep()
    assert await other.find() is None


@pytest.mark.parametrize("damaged", [b"", b"\xc1", b"\x80", msgspec.msgpack.encode([1])])
async def test_an_answer_that_cannot_be_read_is_none(file: SqliteFile, damaged: bytes) -> None:
    process = Process(file)
    await enter(process)
    place = await process.shelf.find(KEY, ASK, NOW)
    assert isinstance(place, Place)
    assert place.own == beside(KEY, place.own.removeprefix(beside(KEY, "")))
    await process.back.set(place.own, damaged, 1000)
    await process.near.delete(KEY)
    assert await process.find() is None


def test_a_maker_is_this_code_and_its_partners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert maker(b"a") == maker(b"a") != maker(b"b")
    assert (PACKAGE / "channels" / "generic.py").is_file()
    monkeypatch.setattr(shelf, "PACKAGE", tmp_path)
    (tmp_path / "channels").mkdir()
    before = maker(b"")
    (tmp_path / "channels" / "new.py").write_text("CHANNEL = 1")
    assert maker(b"") != before
