"""Which picture a card shows, after those that the page declares were looked at."""

import math
import struct
import zlib
from collections.abc import Mapping

import pytest

from preview_service.errors import (
    BadStatus,
    Blocked,
    ConnectFailed,
    FetchFailed,
    NotRecorded,
    TimedOut,
    TooManyRedirects,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.model import Claim, Field, Metadata
from preview_service.outcome import FetchReport, Purpose
from preview_service.pictures import PictureFinder, Shown, with_winner
from preview_service.sources import sites
from preview_service.trip import Trip


def png(width: int, height: int) -> bytes:
    """A picture of one colour, large enough in bytes not to be taken for blank."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes((1 + 3 * width) * height))
    note = chunk(b"tEXt", b"Comment\0" + bytes(range(1, 200)))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            note,
            chunk(b"IDAT", rows),
            chunk(b"IEND", b""),
        )
    )


class Pictures:
    """Answers with pictures, or fails; notes what was asked and how."""

    def __init__(self, **answers: bytes | FetchFailed) -> None:
        self.answers = answers
        self.cut: str | None = None
        self.asked: list[str] = []

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: object = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        assert is_picture
        assert headers["Range"] == "bytes=0-65535"
        assert not {"Referer", "Cookie"} & headers.keys()
        name = url.rpartition("/")[2].partition(".")[0]
        self.asked.append(name)
        answer = self.answers[name]
        if isinstance(answer, FetchFailed):
            raise answer
        length = {"content-length": str(len(answer))}
        sink.begin(url, 200, length)
        sink.feed(answer)
        return Fetched(url=url, status=200, headers=length, cut=self.cut)

    async def close(self) -> None:
        """Nothing is open."""


def declared(*names: str, icon: str | None = None) -> Metadata:
    claims = tuple(
        Claim(field=Field.IMAGE, value=f"https://cdn.example/{name}.png", source="og:image")
        for name in names
    )
    found = {Field.IMAGE: claims} if claims else {}
    if icon:
        found[Field.ICON] = (
            Claim(
                field=Field.ICON,
                value=f"https://cdn.example/{icon}.png",
                source="link:apple-touch-icon",
                width=180,
                height=180,
            ),
        )
    return Metadata(claims=found)


async def find(
    web: Pictures, metadata: Metadata, most: int = 4
) -> tuple[Shown, Trip, list[FetchReport]]:
    reports: list[FetchReport] = []
    trip = Trip(web, sites.parse(b""), reports, math.inf, max_requests=most)
    return await PictureFinder().find(trip, metadata), trip, reports


async def test_the_first_picture_is_shown_as_it_is() -> None:
    web = Pictures(a=png(1200, 630))
    shown, trip, reports = await find(web, declared("a", "b"))
    assert shown.claim
    assert shown.claim.value == "https://cdn.example/a.png"
    assert shown.facts
    assert (shown.facts.width, shown.facts.height) == (1200, 630)
    assert shown.bytes == len(png(1200, 630))
    assert web.asked == ["a"]
    assert [report.purpose for report in reports] == [Purpose.IMAGE]
    assert not trip.is_incomplete


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (png(1, 1), "one_pixel"),
        (png(20, 400), "too_small"),
        (png(1400, 100), "odd_shape"),
        (b"<html><title>Not found</title></html>" * 4, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>" * 4, "unsupported_format"),
        (png(400, 400)[:60], "broken"),
        (BadStatus("gone", status=404), "http_status"),
        (Blocked("private"), "blocked_address"),
        (TooManyRedirects("in a circle"), "too_many_redirects"),
    ],
)
async def test_what_is_no_picture_gives_way_to_the_next(
    answer: bytes | FetchFailed, reason: str
) -> None:
    web = Pictures(a=answer, b=png(600, 400))
    shown, trip, _ = await find(web, declared("a", "b"))
    assert shown.claim
    assert shown.claim.value == "https://cdn.example/b.png"
    assert shown.refused == {"https://cdn.example/a.png": reason}
    assert not trip.is_incomplete


async def test_a_small_picture_gives_way_to_a_large_one_only() -> None:
    shown, _, _ = await find(Pictures(a=png(90, 90), b=png(600, 400)), declared("a", "b"))
    assert shown.refused == {"https://cdn.example/a.png": "smaller"}
    shown, _, _ = await find(Pictures(a=png(90, 90), b=png(1, 1)), declared("a", "b"))
    assert shown.claim
    assert shown.claim.value == "https://cdn.example/a.png"


async def test_no_more_than_two_are_asked_for() -> None:
    web = Pictures(a=png(1, 1), b=png(1, 1), c=png(600, 400))
    shown, _, _ = await find(web, declared("a", "b", "c"))
    assert web.asked == ["a", "b"]
    assert shown.claim is None
    assert shown.refused["https://cdn.example/c.png"] == "past_two"


async def test_a_picture_that_there_is_no_request_for_is_taken_at_the_page_s_word() -> None:
    web = Pictures(a=png(90, 90), b=png(600, 400))
    shown, trip, _ = await find(web, declared("a", "b"), most=1)
    assert web.asked == ["a"]
    assert shown.claim
    assert shown.claim.value == "https://cdn.example/a.png"
    shown, trip, reports = await find(web, declared("a"), most=0)
    assert shown.claim
    assert shown.claim.value == "https://cdn.example/a.png"
    assert shown.facts is None
    assert not reports
    # Nor will there be one the next time.
    assert not trip.is_incomplete


@pytest.mark.parametrize(
    "late",
    [
        TimedOut("late"),
        ConnectFailed("refused"),
        BadStatus("busy", status=503),
        BadStatus("too many", status=429),
        png(400, 400)[:20],
    ],
)
async def test_a_picture_that_is_late_stands_as_it_is_declared(late: FetchFailed | bytes) -> None:
    web = Pictures(a=late)
    web.cut = "timeout"
    shown, trip, _ = await find(web, declared("a", "b"))
    assert shown.claim
    assert (shown.claim.value, shown.facts) == ("https://cdn.example/a.png", None)
    assert trip.is_incomplete


async def test_offline_what_is_not_recorded_is_no_fault() -> None:
    shown, trip, _ = await find(Pictures(a=NotRecorded("not recorded")), declared("a"))
    assert shown.claim
    assert not trip.is_incomplete


async def test_an_icon_is_the_last_resort() -> None:
    shown, _, _ = await find(Pictures(a=png(1, 1), i=png(180, 180)), declared("a", icon="i"))
    assert shown.claim
    winner = with_winner(declared("a", icon="i"), shown).best(Field.IMAGE)
    assert winner
    assert (winner.value, winner.source) == ("https://cdn.example/i.png", "link:apple-touch-icon")
    late, _, _ = await find(Pictures(i=TimedOut("late")), declared(icon="i"))
    assert late.claim is None


async def test_without_pictures_nothing_is_asked_for() -> None:
    web = Pictures()
    shown, _, reports = await find(web, declared())
    assert (shown.claim, reports, web.asked) == (None, [], [])
