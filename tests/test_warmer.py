import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from preview_service.cache.preview_cache import State
from preview_service.errors import ConnectFailed, FetchFailed, Overloaded
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.guard import Guard
from preview_service.fetch.robots import Robots
from preview_service.model import Reason, Status
from preview_service.outcome import Outcome
from preview_service.previewer import Sight
from preview_service.settings import FetchSettings, PreviewSettings
from preview_service.urls.normalize import Url
from preview_service.warmer import (
    MAX_LINE_BYTES,
    PAUSES_S,
    Line,
    Summary,
    Tally,
    Wanted,
    Warmed,
    Warmer,
    finished,
    lines_in,
    lines_of,
    one_by_one,
)

SHOE = "https://shop.example/p/42"
DONE = Sight(outcome=Outcome(status=Status.COMPLETE), keys=("k",), state=State.MISS)
NO_ROOM = Sight(
    outcome=Outcome(status=Status.PENDING, reason=Reason.OVERLOADED), keys=("k",), fresh_until=1
)


class Site:
    """Answers robots.txt, or raises what it is given to raise, in turn, the last for ever."""

    def __init__(self, *answers: bytes | FetchFailed) -> None:
        self.answers = list(answers) or [b""]
        self.asked: list[str] = []

    async def fetch(self, url: str, sink: Sink, headers: Mapping[str, str] = NO_HEADERS) -> Fetched:
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, FetchFailed):
            raise answer
        sink.begin(url, 200, {})
        sink.feed(answer)
        return Fetched(url=url, status=200, headers={})

    async def close(self) -> None:
        pass


class Looker:
    """A previewer that sees what it is told to see, in turn, the last for ever; and no pictures."""

    def __init__(self, *sights: Sight | Exception) -> None:
        self.sights = list(sights) or [DONE]
        self.seen: list[tuple[str, str]] = []
        self.offered: list[list[str]] = []
        self.at_once = self.most = 0
        self.open = asyncio.Event()
        self.open.set()

    async def look(self, url: Url, *, wait_s: float, language: str = "") -> Sight:
        self.seen.append((url.key, language))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.open.wait()
        finally:
            self.at_once -= 1
        sight = self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]
        if isinstance(sight, Exception):
            raise sight
        return sight

    async def offer(self, outcome: Outcome, channels: Iterable[Any], *, wait_s: float) -> None:
        self.offered.append([channel.name for channel in channels])


class Bench:
    def __init__(self, looker: Looker, site: Site, at_once: int = 4) -> None:
        self.looker, self.site = looker, site
        self.pauses: list[float] = []
        self.taken = 0
        fetch = FetchSettings()
        self.warmer = Warmer(
            looker,  # type: ignore[arg-type]
            looker,  # type: ignore[arg-type]
            Guard(fetch),
            Robots(site, fetch),
            PreviewSettings(warm_at_once=at_once),
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def results(self, text: str) -> list[Warmed]:
        results = [each async for each in self.warmer.warm(self.lines(lines_in(text.encode())))]
        return sorted(results, key=lambda each: each.line)

    async def lines(self, lines: Iterable[Line]) -> AsyncIterator[Line]:
        for line in lines:
            self.taken += 1
            yield line


def bench(*sights: Sight | Exception, robots: bytes | FetchFailed = b"", **given: int) -> Bench:
    return Bench(Looker(*sights), Site(robots), **given)


def told(result: Warmed) -> tuple[str | None, str, str | None, str | None]:
    return result.url, result.status, result.reason, result.state


async def test_a_line_is_a_url_or_an_object() -> None:
    it = bench()
    object_ = msgspec.json.encode({"url": SHOE, "channel": "enhanced_apple", "lang": "de-AT"})
    first, second = await it.results(f"\ufeff{SHOE}?utm_source=x\r\n\n {object_.decode()}")
    assert told(first) == (f"{SHOE}?utm_source=x", "complete", None, "miss")
    assert (first.line, first.channel) == (1, msgspec.UNSET)
    assert (second.line, second.channel, second.lang) == (3, "enhanced_apple", "de-AT")
    assert sorted(it.looker.seen) == [(SHOE, ""), (SHOE, "de")]
    assert sorted(it.looker.offered) == [["enhanced_apple"], ["generic"]]


BAD: Mapping[str, tuple[str, str, str]] = {
    "no url": ("shop.example", "bad_url", "http://"),
    "private": ("http://10.0.0.1/", "bad_url", "public"),
    "port": ("http://a.example:81/", "bad_url", "port"),
    "torn": ('{"url": "https://a.ex', "bad_request", "object"),
    "no object of ours": ('{"uri": "https://a.example/"}', "bad_request", "uri"),
    "no text": ('{"url": 5}', "bad_request", "url"),
    "channel": ('{"url": "https://a.example/", "channel": "pigeon"}', "unknown_channel", "rcs"),
    "language": ('{"url": "https://a.example/", "lang": "!"}', "bad_request", "BCP 47"),
    "surrogate": ('{"url": "\\ud800"}', "bad_request", "object"),
    "deep": ('{"url": ' + "[" * 20_000, "bad_request", "object"),
    "long": ("https://a.example/" + "x" * MAX_LINE_BYTES, "bad_request", "longer"),
    "long url": ("https://a.example/" + "x" * 3000, "bad_url", "2048"),
    "control": ("https://a.example/\0", "bad_url", "control"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_line_is_answered_in_its_place_and_loses_nothing(name: str) -> None:
    text, code, says = BAD[name]
    it = bench()
    first, bad, last = await it.results(f"{SHOE}\n{text}\n{SHOE}")
    assert (first.status, last.status, last.line) == ("complete", "complete", 3)
    assert (bad.status, bad.reason, bad.state, bad.line) == ("error", code, None, 2)
    assert says in str(bad.detail)
    assert len(msgspec.json.encode(bad)) < 4000
    assert len(it.looker.seen) == 2


async def test_bytes_that_are_no_text_are_a_bad_line() -> None:
    it = bench()
    (bad,) = [each async for each in it.warmer.warm(one_by_one(lines_in(b"\xff")))]
    assert (bad.reason, bad.detail) == ("bad_request", "the line is not UTF-8")


async def test_robots_txt_is_obeyed() -> None:
    it = bench(robots=b"User-agent: *\nDisallow: /p/")
    refused, allowed = await it.results(f"{SHOE}\nhttps://shop.example/q")
    assert told(refused) == (SHOE, "unavailable", "blocked_by_policy", None)
    assert "robots.txt" in str(refused.detail)
    assert allowed.status == "complete"
    assert it.site.asked == ["https://shop.example/robots.txt"]
    assert it.looker.seen == [("https://shop.example/q", "")]


async def test_a_robots_txt_that_cannot_be_read_forbids_everything() -> None:
    (refused,) = await bench(robots=ConnectFailed("x")).results(SHOE)
    assert told(refused)[1:] == ("unavailable", "blocked_by_policy", None)


async def test_a_link_that_does_something_is_not_asked_for() -> None:
    it = bench()
    (refused,) = await it.results("https://shop.example/unsubscribe?token=1234567890abcdef")
    assert told(refused)[1:] == ("unavailable", "side_effect_url", None)
    assert (it.looker.seen, it.site.asked) == ([], [])


async def test_what_there_is_no_room_for_is_tried_again() -> None:
    it = bench(NO_ROOM, NO_ROOM, DONE)
    assert [told(each)[1:] for each in await it.results(SHOE)] == [("complete", None, "miss")]
    assert it.pauses == [1, 2]


async def test_and_not_for_ever() -> None:
    it = bench(NO_ROOM)
    assert [told(each)[1:3] for each in await it.results(SHOE)] == [("pending", "overloaded")]
    assert it.pauses == list(PAUSES_S)


async def test_nor_where_there_is_no_room_to_ask_for_robots_txt() -> None:
    it = Bench(Looker(), Site(Overloaded("x"), b""))
    assert [each.status for each in await it.results(SHOE)] == ["complete"]
    assert it.pauses == [1]
    it = bench(robots=Overloaded("x"))
    (late,) = await it.results(SHOE)
    assert (late.status, late.reason, it.pauses) == ("pending", "overloaded", list(PAUSES_S))


async def test_a_defect_costs_one_line() -> None:
    it = bench(ValueError("secret"), DONE, at_once=1)
    with capture_logs() as logs:
        first, second = await it.results(f"{SHOE}\n{SHOE}?2")
    assert (first.status, first.reason, first.detail) == (
        "error",
        "internal_error",
        "the service failed",
    )
    assert second.status == "complete"
    assert [line["event"] for line in logs] == ["warming_crashed"]


async def settled(it: Bench) -> None:
    """Until nothing more happens by itself."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_so_many_at_once_and_lines_are_taken_as_there_is_room() -> None:
    it = bench(at_once=3)
    it.looker.open.clear()
    text = "\n".join(f"https://a.example/{number}" for number in range(50))
    all_ = asyncio.create_task(it.results(text))
    await settled(it)
    assert (it.looker.at_once, it.taken) == (3, 4)
    it.looker.open.set()
    assert len(await all_) == 50
    assert it.looker.most == 3


async def test_all_who_warm_share_the_turns() -> None:
    it = bench(at_once=3)
    it.looker.open.clear()
    text = "\n".join(f"https://a.example/{number}" for number in range(20))
    both = asyncio.gather(it.results(text), it.results(text))
    await settled(it)
    assert it.looker.at_once == 3
    it.looker.open.set()
    assert [len(each) for each in await both] == [20, 20]
    assert it.looker.most == 3


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 40])
async def test_who_stops_listening_at_any_moment_leaves_nothing(steps: int) -> None:
    it = bench(at_once=2)
    it.looker.open.clear()
    before = asyncio.all_tasks()
    text = "\n".join(f"https://a.example/{number}" for number in range(9))
    listening = asyncio.create_task(it.results(text))
    for _ in range(steps):
        await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await it.warmer.close()
    assert asyncio.all_tasks() == before
    it.looker.open.set()
    assert len(await it.results(text)) == 9  # the turns are there again


async def test_who_stops_between_two_results_leaves_nothing() -> None:
    it = bench(at_once=2)
    before = asyncio.all_tasks()
    lines = lines_in("\n".join(f"https://a.example/{number}" for number in range(9)).encode())
    async with aclosing(it.warmer.warm(one_by_one(lines))) as results:
        await anext(results)
    assert asyncio.all_tasks() == before
    assert len(it.looker.seen) < 9


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_lines_are_found_however_they_arrive(size: int) -> None:
    data = "\ufeffeins\r\n\n  \nvier ü\nfünf".encode()
    found = [line async for line in lines_of(pieces(data, size))]
    assert found == lines_in(data)
    assert [(line.number, line.text.decode().strip()) for line in found] == [
        (1, "eins"),
        (4, "vier ü"),
        (5, "fünf"),
    ]


async def test_a_line_without_end_is_not_kept_whole() -> None:
    data = b"x" * (5 * MAX_LINE_BYTES) + b"\ny"
    first, second = [line async for line in lines_of(pieces(data, 70_000))]
    assert (len(first.text), second.text) == (MAX_LINE_BYTES + 1, b"y")


def row(url: str | None, status: str, **more: str) -> bytes:
    result = Warmed(url=url, status=status, reason=None, state=None, ms=1, line=1)
    return msgspec.json.encode({**msgspec.to_builtins(result), **more}) + b"\n"


def test_what_is_finished_is_left_out(tmp_path: Path) -> None:
    done = finished(
        row(SHOE, "complete")
        + row(f"{SHOE}?de", "unavailable", lang="de")
        + row(f"{SHOE}?late", "pending")
        + row("nonsense", "error")
        + row(None, "error")
        + b'{"done": 4}\n\xff\n'
        + row(f"{SHOE}?torn", "complete")[:30]
    )
    assert done == {
        Wanted(url=SHOE),
        Wanted(url=f"{SHOE}?de", lang="de"),
        Wanted(url="nonsense"),
    }
    given = f'{SHOE}\n{SHOE}?de\n{{"url": "{SHOE}?de", "lang": "de"}}\n{SHOE}?late\n{{\nnonsense'
    assert [line.number for line in lines_in(given.encode(), done)] == [2, 4, 5]


def test_results_are_counted() -> None:
    seconds = iter([1.0, 3.5])
    tally = Tally(lambda: next(seconds))
    for status in ("complete", "error", "complete"):
        tally.add(Warmed(url=None, status=status, reason=None, state=None, ms=0, line=1))
    assert tally.summary() == Summary(
        done=3, counts={"complete": 2, "error": 1}, ms=2500, is_whole=True
    )
