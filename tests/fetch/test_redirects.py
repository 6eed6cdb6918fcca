"""The way from an address to its answer, on servers that are only a table."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from preview_service import errors
from preview_service.fetch.guard import Guard
from preview_service.fetch.redirects import KEPT_HEADERS, RedirectFollower
from preview_service.outcome import Hop
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url

START = "https://a.example/"


class Answer:
    """A response whose body is a list of chunks, failures among them; an empty list never ends."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: list[bytes | errors.FetchFailed]
    ) -> None:
        self.status = status
        self.headers = headers
        self._body = [*body]

    async def read(self) -> bytes:
        if not self._body:
            await asyncio.Event().wait()
        piece = self._body.pop(0)
        if isinstance(piece, errors.FetchFailed):
            raise piece
        return piece


class Table(RedirectFollower):
    """Knows the answer to each address, and keeps what it was asked for."""

    def __init__(self, answers: Mapping[str, Answer], **settings: Any) -> None:
        chosen = FetchSettings(**settings)
        super().__init__(chosen, Guard(chosen))
        self._answers = answers
        self.asked: list[str] = []
        self.open = 0

    @asynccontextmanager
    async def exchange(self, url: Url, headers: Mapping[str, str]) -> AsyncIterator[Answer]:
        self.asked.append(url.key)
        self.open += 1
        try:
            yield self._answers[url.key]
        finally:
            self.open -= 1


def page(*body: bytes | errors.FetchFailed) -> Answer:
    return Answer(200, {"content-type": "text/html"}, [*(body or (b"page",)), b""])


def to(location: str, status: int = 302) -> Answer:
    return Answer(status, {"location": location}, [])


def chain(length: int) -> dict[str, Answer]:
    hops = {f"{START}{n}" if n else START: to(f"{START}{n + 1}") for n in range(length)}
    return hops | {f"{START}{length}" if length else START: page()}


async def test_a_page_is_handed_over_with_where_it_was_found(new_sink: Any) -> None:
    sink = new_sink()
    fetched = await Table(chain(2)).fetch(START, sink)
    assert sink.begun == [(f"{START}2", 200, "text/html")]
    assert sink.body == b"page"
    assert fetched.url == f"{START}2"
    assert fetched.redirects == (Hop(url=START, status=302), Hop(url=f"{START}1", status=302))
    assert (fetched.status, fetched.bytes, fetched.cut) == (200, 4, None)
    assert fetched.headers == {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("length", "max_redirects", "is_followed"),
    [(0, 0, True), (1, 0, False), (5, 5, True), (6, 5, False), (99, 5, False)],
)
async def test_redirects_are_followed_so_far_and_no_further(
    length: int, max_redirects: int, is_followed: bool, new_sink: Any
) -> None:
    table = Table(chain(length), max_redirects=max_redirects)
    if is_followed:
        await table.fetch(START, new_sink())
    else:
        with pytest.raises(errors.TooManyRedirects, match=f"more than {max_redirects} times"):
            await table.fetch(START, new_sink())
        assert len(table.asked) == max_redirects + 1
    assert table.open == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_each_kind_of_redirect_is_followed(status: int, new_sink: Any) -> None:
    table = Table({START: to("/z", status), f"{START}z": page()})
    assert (await table.fetch(START, new_sink())).redirects == (Hop(url=START, status=status),)


@pytest.mark.parametrize("status", [200, 201, 300, 304, 404])
async def test_no_other_status_is_a_redirect(status: int, new_sink: Any) -> None:
    answer = Answer(status, {"location": "/z"}, [b""])
    fetched = await Table({START: answer}).fetch(START, new_sink())
    assert (fetched.status, fetched.redirects) == (status, ())


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/z", "https://a.example/z"),
        ("z?q=1", "https://a.example/z?q=1"),
        ("//b.example/z", "https://b.example/z"),
        (" https://b.example/z\t", "https://b.example/z"),
        ("https:\\\\b.example\\z", "https://b.example/z"),
        ("/z#part", "https://a.example/z#part"),
        ("/é", "https://a.example/%C3%A9"),
        ("/\udce9", "https://a.example/%E9"),
        ("/?utm_source=x", "https://a.example/?utm_source=x"),
    ],
)
async def test_a_location_is_read_like_a_browser_does(
    location: str, url: str, new_sink: Any
) -> None:
    table = Table({START: to(location), url.partition("#")[0]: page()})
    assert (await table.fetch(START, new_sink())).url == url


@pytest.mark.parametrize(
    ("answers", "kind", "sentence"),
    [
        ({START: to("/#again")}, errors.TooManyRedirects, "it redirects in a circle"),
        (
            {START: to("/b"), f"{START}b": to("/")},
            errors.TooManyRedirects,
            "it redirects in a circle",
        ),
        (
            {START: to("http://a.example/")},
            errors.BlockedByPolicy,
            "it redirects from https to http",
        ),
        (
            {START: to("mailto:me@a.example")},
            errors.BlockedByPolicy,
            "it redirects to something that is not a web address",
        ),
        (
            {START: to("https://me@a.example/")},
            errors.BlockedByPolicy,
            "it redirects to something that is not a web address",
        ),
        (
            {START: to("https://a..example/")},
            errors.BlockedByPolicy,
            "the URL's host is not a valid host name",
        ),
        (
            {START: to("https://a.example:8443/")},
            errors.BlockedByPolicy,
            "port 8443 is not allowed; allowed ports: 80, 443",
        ),
        ({START: to("https://10.0.0.1/")}, errors.Blocked, "10.0.0.1 is not a public address"),
        (
            {START: to("https://db.internal/")},
            errors.Blocked,
            "the URL's host is a name of a private network",
        ),
    ],
)
async def test_a_redirect_that_may_not_be_followed_ends_the_fetch(
    answers: dict[str, Answer], kind: type[errors.FetchFailed], sentence: str, new_sink: Any
) -> None:
    table, sink = Table(answers), new_sink()
    with pytest.raises(kind) as failed:
        await table.fetch(START, sink)
    assert (type(failed.value), str(failed.value)) == (kind, sentence)
    assert table.asked == list(answers)
    assert (sink.begun, table.open) == ([], 0)


@pytest.mark.parametrize("url", ["ftp://a.example/", "https://me@a.example/", "", "https://a..b/"])
async def test_what_is_no_url_is_a_failed_fetch_too(url: str, new_sink: Any) -> None:
    table = Table({})
    with pytest.raises(errors.BlockedByPolicy):
        await table.fetch(url, new_sink())
    assert table.asked == []


async def test_only_known_headers_are_kept(new_sink: Any) -> None:
    headers = dict.fromkeys((*KEPT_HEADERS, "set-cookie", "x-secret"), "x\udcff")
    fetched = await Table({START: Answer(200, headers, [b""])}).fetch(START, new_sink())
    assert fetched.headers == dict.fromkeys(KEPT_HEADERS, "x\ufffd")


async def test_the_body_is_cut_into_slices_and_at_its_limit(new_sink: Any) -> None:
    sink = new_sink()
    table = Table({START: page(b"a" * 40_000, b"b" * 40_000)}, max_page_bytes=50_000)
    fetched = await table.fetch(START, sink)
    assert [len(chunk) for chunk in sink.chunks] == [16384, 16384, 7232, 10_000]
    assert sink.body == b"a" * 40_000 + b"b" * 10_000
    assert (fetched.bytes, fetched.cut) == (50_000, None)


async def test_others_get_their_turn_between_slices(new_sink: Any) -> None:
    loop, turns = asyncio.get_running_loop(), []

    class Counting(new_sink):  # type: ignore[misc, valid-type]
        def feed(self, chunk: bytes) -> bool:
            loop.call_soon(turns.append, len(self.chunks))
            return super().feed(chunk)

    sink = Counting()
    await Table({START: page(b"a" * 40_000)}).fetch(START, sink)
    assert turns == [0, 1, 2]
    await asyncio.sleep(0)


async def test_enough_is_enough(new_sink: Any) -> None:
    sink = new_sink(stop_after=1)
    fetched = await Table({START: page(b"a" * 40_000)}).fetch(START, sink)
    assert (fetched.bytes, fetched.cut, sink.body) == (16384, None, b"a" * 16384)


async def test_a_body_that_breaks_off_is_used_as_far_as_it_came(new_sink: Any) -> None:
    sink = new_sink()
    table = Table({START: page(b"a", errors.ConnectFailed("x"))})
    fetched = await table.fetch(START, sink)
    assert (fetched.bytes, fetched.cut, sink.body) == (1, "connect", b"a")


async def test_the_deadline_cuts_a_body_and_fails_before_one(new_sink: Any) -> None:
    sink = new_sink()
    table = Table({START: Answer(200, {}, [b"a"])}, page_timeout_s=0.02)
    fetched = await table.fetch(START, sink)
    assert (fetched.bytes, fetched.cut, sink.body) == (1, "timeout", b"a")

    class Silent(Table):
        @asynccontextmanager
        async def exchange(self, url: Url, headers: Mapping[str, str]) -> AsyncIterator[Answer]:
            await asyncio.Event().wait()
            yield page()

    with pytest.raises(errors.TimedOut, match=r"no answer within 0\.02 s"):
        await Silent({}, page_timeout_s=0.02).fetch(START, sink)


async def test_the_callers_own_deadline_is_the_callers(new_sink: Any) -> None:
    table = Table({START: Answer(200, {}, [b"a"])}, page_timeout_s=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await table.fetch(START, new_sink())
    assert table.open == 0


async def test_what_a_rule_forbids_is_not_asked_at_any_hop(new_sink: Any) -> None:
    table = Table(chain(2))
    table._guard = Guard(FetchSettings(), lambda url: url.endswith("2"))
    with pytest.raises(errors.BlockedByPolicy, match="rule"):
        await table.fetch(START, new_sink())
    assert not any(url.endswith("2") for url in table.asked)
