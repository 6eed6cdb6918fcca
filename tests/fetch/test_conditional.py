"""Whether a page has changed: what is asked, and what the answer means."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import NotModified
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.conditional import conditions, holds, is_about
from preview_service.outcome import Origin

Serve = Callable[..., Awaitable[Any]]
NewFetcher = Callable[..., HttpFetcher]

DATE = "Sun, 15 Jun 2025 15:06:40 GMT"
LATER = "Sun, 15 Jun 2025 16:06:40 GMT"


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({}, {}),
        ({"etag": '"a"'}, {"If-None-Match": '"a"'}),
        ({"etag": 'W/"a"'}, {"If-None-Match": 'W/"a"'}),
        ({"etag": "unquoted"}, {"If-None-Match": "unquoted"}),
        ({"last-modified": DATE}, {"If-Modified-Since": DATE}),
        (
            {"etag": '"a"', "last-modified": DATE, "age": "5"},
            {"If-None-Match": '"a"', "If-Modified-Since": DATE},
        ),
        ({"etag": ""}, {}),
        ({"etag": '"a"\r\nX: 1'}, {}),
        ({"etag": '"é"'}, {}),
        ({"etag": "x" * 513}, {}),
    ],
)
def test_validators_go_back_as_they_came(known: dict[str, str], asked: dict[str, str]) -> None:
    assert conditions(known) == asked


@pytest.mark.parametrize(
    ("answered", "known", "is_so"),
    [
        ({}, {"etag": '"a"'}, True),
        ({"etag": '"a"'}, {"etag": '"a"'}, True),
        ({"etag": 'W/"a"'}, {"etag": '"a"'}, True),
        ({"etag": '"b"'}, {"etag": '"a"'}, False),
        ({"etag": '"b"'}, {"last-modified": DATE}, False),
    ],
)
def test_an_answer_about_another_page_is_none(
    answered: dict[str, str], known: dict[str, str], is_so: bool
) -> None:
    assert is_about(answered, known) is is_so


@pytest.mark.parametrize(
    ("asked", "page", "is_so"),
    [
        ({}, {"etag": '"a"', "last-modified": DATE}, False),
        ({"If-None-Match": '"a"'}, {"etag": '"a"'}, True),
        ({"If-None-Match": 'W/"a"'}, {"etag": '"a"'}, True),
        ({"If-None-Match": '"a"'}, {"etag": '"b"'}, False),
        ({"If-None-Match": '"a"'}, {}, False),
        ({"If-Modified-Since": DATE}, {"last-modified": DATE}, True),
        ({"If-Modified-Since": LATER}, {"last-modified": DATE}, True),
        ({"If-Modified-Since": DATE}, {"last-modified": LATER}, False),
        ({"If-Modified-Since": "then"}, {"last-modified": DATE}, False),
        ({"If-Modified-Since": DATE}, {}, False),
        (
            {"If-None-Match": '"a"', "If-Modified-Since": DATE},
            {"etag": '"b"', "last-modified": DATE},
            False,
        ),
    ],
)
def test_a_recorded_page_answers_as_a_server_would(
    asked: dict[str, str], page: dict[str, str], is_so: bool
) -> None:
    assert holds(asked, page) is is_so


@given(st.dictionaries(st.sampled_from(["etag", "last-modified"]), st.text(max_size=600)))
def test_any_validator_is_sent_in_one_line_or_not_at_all(known: dict[str, str]) -> None:
    asked = conditions(known)
    assert all(text.isascii() and text.isprintable() for text in asked.values())
    holds(asked, known)
    assert is_about(known, known)


PAGE = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\npage'


async def test_a_page_that_has_not_changed_costs_no_body(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(
        b'HTTP/1.1 304 Not Modified\r\nETag: W/"1"\r\nCache-Control: max-age=9\r\n\r\n'
    )
    sink = new_sink()
    known = Origin(url=site.url, headers={"etag": '"1"', "last-modified": DATE})
    with pytest.raises(NotModified) as told:
        await new_fetcher(site).fetch(site.url, sink, known=known)
    assert told.value.headers == {"etag": 'W/"1"', "cache-control": "max-age=9"}
    assert sink.begun == []
    assert b'If-None-Match: "1"\r\n' in site.heads[0]
    assert b"If-Modified-Since: " + DATE.encode() in site.heads[0]


async def test_a_page_that_has_changed_is_read(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(PAGE)
    sink = new_sink()
    known = Origin(url=site.url, headers={"etag": '"0"'})
    fetched = await new_fetcher(site).fetch(site.url, sink, known=known)
    assert (fetched.status, sink.body) == (200, b"page")
    assert fetched.headers["etag"] == '"1"'


async def test_only_the_very_address_is_asked_whether_it_has_changed(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        moves = b"GET / " in site.heads[-1]
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n"
            if moves
            else b"HTTP/1.1 304 Not Modified\r\n\r\n"
        )
        await writer.drain()

    site = await serve(answer)
    known = Origin(url=f"{site.url}end", headers={"etag": '"1"'})
    with pytest.raises(NotModified):
        await new_fetcher(site).fetch(site.url, new_sink(), known=known)
    assert [b"If-None-Match" in head for head in site.heads] == [False, True]
    elsewhere = Origin(url=f"{site.url}other", headers={"etag": '"1"'})
    sink = new_sink()
    fetched = await new_fetcher(site).fetch(site.url, sink, known=elsewhere)
    assert (fetched.status, fetched.bytes) == (304, 0)  # nobody asked: an odd answer like others
    assert b"If-None-Match" not in site.heads[-1]


async def test_an_answer_about_another_page_is_asked_for_again(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_conditional = b"If-None-Match" in site.heads[-1]
        writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\n\r\n' if is_conditional else PAGE)
        await writer.drain()

    site = await serve(answer)
    sink = new_sink()
    known = Origin(url=site.url, headers={"etag": '"1"'})
    await new_fetcher(site).fetch(site.url, sink, known=known)
    assert (sink.body, len(site.heads)) == (b"page", 2)
