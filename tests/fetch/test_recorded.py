"""Recorded pages: what their folders may hold, and that they answer like the network."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from preview_service import errors
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.recorded import RecordedFetcher, record
from preview_service.outcome import Origin
from preview_service.settings import FetchSettings

Serve = Callable[..., Awaitable[Any]]
NewFetcher = Callable[..., HttpFetcher]

PAGES = Path(__file__).parents[2] / "fixtures/pages"
HTML = {"Content-Type": "text/html"}


def exchange(url: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    return {"url": url, "status": 200, "headers": HTML, "body": body} | more


def write(case: Path, *exchanges: Any, **bodies: str) -> Path:
    case.mkdir(parents=True, exist_ok=True)
    (case / "exchanges.json").write_text(json.dumps({"exchanges": exchanges}))
    for name, body in bodies.items():
        (case / f"{name}.html").write_text(body)
    return case


def recorded(folder: Path, **settings: Any) -> RecordedFetcher:
    chosen = FetchSettings(**settings)
    return RecordedFetcher(folder, chosen, Guard(chosen))


async def test_a_folder_of_cases_answers_for_each(tmp_path: Path, new_sink: Any) -> None:
    write(tmp_path / "one", exchange("https://one.example/", "page.html"), page="first")
    write(tmp_path / "two", exchange("https://two.example", "page.html"), page="second")
    fetcher = recorded(tmp_path)
    for url, body in (("https://one.example/", b"first"), ("https://two.example/", b"second")):
        sink = new_sink()
        fetched = await fetcher.fetch(url, sink)
        assert (fetched.url, fetched.status, sink.body) == (url, 200, body)
        assert sink.begun == [(url, 200, "text/html")]
    await fetcher.close()


async def test_a_case_answers_by_itself_too(tmp_path: Path, new_sink: Any) -> None:
    write(tmp_path, exchange("https://one.example/", "page.html"), page="x")
    sink = new_sink()
    await recorded(tmp_path).fetch("https://one.example/", sink)
    assert sink.body == b"x"


async def test_addresses_are_found_by_what_they_mean(tmp_path: Path, new_sink: Any) -> None:
    write(tmp_path, exchange("HTTPS://One.Example:443/a/../b?utm_source=x&q=1#part"))
    fetched = await recorded(tmp_path).fetch("https://one.example/b?q=1", new_sink())
    assert fetched.status == 200


@pytest.mark.parametrize(
    ("wanted", "part", "content_range"),
    [
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-0", b"0123456789", None),
        ("bytes=-", b"0123456789", None),
        ("bytes=10-", b"0123456789", None),
        ("bytes=4-2", b"0123456789", None),
        ("bytes=0-1,3-4", b"0123456789", None),
        ("lines=1-2", b"0123456789", None),
    ],
)
async def test_a_part_is_given_as_a_server_would(
    wanted: str, part: bytes, content_range: str | None, tmp_path: Path, new_sink: Any
) -> None:
    write(tmp_path, exchange("https://one.example/", "page.html"), page="0123456789")
    sink = new_sink()
    fetched = await recorded(tmp_path).fetch("https://one.example/", sink, {"Range": wanted})
    assert (sink.body, fetched.status) == (part, 206 if content_range else 200)
    assert fetched.headers.get("content-range") == content_range
    assert fetched.headers.get("content-length") == (str(len(part)) if content_range else None)


@pytest.mark.parametrize("more", [{"status": 404}, {"headers": HTML | {"Accept-Ranges": "none"}}])
async def test_parts_are_given_of_what_has_parts(
    more: dict[str, Any], tmp_path: Path, new_sink: Any
) -> None:
    write(tmp_path, exchange("https://one.example/", "page.html", **more), page="0123456789")
    sink = new_sink()
    fetched = await recorded(tmp_path).fetch("https://one.example/", sink, {"Range": "bytes=-3"})
    assert (sink.body, fetched.status) == (b"0123456789", more.get("status", 200))


async def test_a_page_that_is_known_has_not_changed(tmp_path: Path, new_sink: Any) -> None:
    headers = HTML | {"ETag": '"1"', "Cache-Control": "max-age=60"}
    write(tmp_path, exchange("https://one.example/", "page.html", headers=headers), page="x")
    known = Origin(url="https://one.example/", headers={"etag": 'W/"1"'})
    with pytest.raises(errors.NotModified) as told:
        await recorded(tmp_path).fetch("https://one.example/", new_sink(), known=known)
    assert told.value.headers["cache-control"] == "max-age=60"
    sink = new_sink()
    other = Origin(url="https://one.example/", headers={"etag": '"0"'})
    await recorded(tmp_path).fetch("https://one.example/", sink, known=other)
    assert sink.body == b"x"


async def test_what_is_not_recorded_has_no_address(tmp_path: Path, new_sink: Any) -> None:
    write(tmp_path, exchange("https://one.example/"))
    with pytest.raises(errors.DNSFailed, match="not recorded"):
        await recorded(tmp_path).fetch("https://two.example/", new_sink())


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/end", None),
        ("https://two.example/", errors.NotRecorded),
        ("http://one.example/", errors.BlockedByPolicy),
        ("https://one.example:8443/", errors.BlockedByPolicy),
        ("https://169.254.169.254/", errors.Blocked),
        ("/", errors.TooManyRedirects),
    ],
)
async def test_redirects_pass_the_same_guard(
    location: str, kind: type[errors.FetchFailed] | None, tmp_path: Path, new_sink: Any
) -> None:
    start = exchange("https://one.example/", status=301, headers={"Location": location})
    write(tmp_path, start, exchange("https://one.example/end"))
    try:
        fetched = await recorded(tmp_path).fetch("https://one.example/", new_sink())
        assert (fetched.url, len(fetched.redirects)) == ("https://one.example/end", 1)
        raised = None
    except errors.FetchFailed as failure:
        raised = type(failure)
    assert raised is kind


async def test_the_guard_stands_before_the_first_page_too(tmp_path: Path, new_sink: Any) -> None:
    write(tmp_path, exchange("https://10.0.0.1/"))
    with pytest.raises(errors.Blocked):
        await recorded(tmp_path).fetch("https://10.0.0.1/", new_sink())


async def test_a_delay_is_kept_and_cut_by_the_deadline(tmp_path: Path, new_sink: Any) -> None:
    write(
        tmp_path,
        exchange("https://slow.example/", delay_ms=60_000),
        exchange("https://slower.example/", delay_ms=10),
    )
    fetcher = recorded(tmp_path, page_timeout_s=0.05)
    with pytest.raises(errors.TimedOut):
        await fetcher.fetch("https://slow.example/", new_sink())
    assert (await fetcher.fetch("https://slower.example/", new_sink())).ms >= 10


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Input data was truncated"),
        ("{}", "missing required field `exchanges`"),
        ('{"exchanges": []}', "length >= 1"),
        ('{"exchanges": [{"url": "https://a.example/"}]}', "missing required field `status`"),
        (json.dumps({"exchanges": [exchange("ftp://a.example/")]}), "does not begin with http://"),
        (json.dumps({"exchanges": [exchange("https://a.example/", status=42)]}), ">= 100"),
        (json.dumps({"exchanges": [exchange("https://a.example/", delay=1)]}), "field `delay`"),
        (json.dumps({"exchanges": [exchange("https://a.example/", "no.html")]}), "'no.html'"),
        (json.dumps({"exchanges": [exchange("https://a.example/", "")]}), "no file ''"),
        (json.dumps({"exchanges": [exchange("https://a.example/", "../x.html")]}), "'../x.html'"),
        (json.dumps({"exchanges": [exchange("https://a.example/", "/etc/passwd")]}), "passwd"),
    ],
)
def test_a_folder_that_breaks_the_format_is_refused_by_name(
    text: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "x.html").write_text("outside")
    case = tmp_path / "case"
    case.mkdir()
    (case / "exchanges.json").write_text(text)
    with pytest.raises(errors.BadFixture) as failed:
        recorded(tmp_path)
    assert str(case / "exchanges.json") in str(failed.value)
    assert sentence in str(failed.value)


def test_a_body_may_not_be_a_link_out_of_its_case(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    case = write(tmp_path / "case", exchange("https://a.example/", "page.html"))
    (case / "page.html").symlink_to(tmp_path / "secret")
    with pytest.raises(errors.BadFixture, match=r"page\.html"):
        recorded(tmp_path)


def test_an_address_recorded_twice_names_both_cases(tmp_path: Path) -> None:
    write(tmp_path / "one", exchange("https://a.example/p"))
    write(tmp_path / "two", exchange("https://a.example/p?utm_source=x#y"))
    with pytest.raises(errors.BadFixture) as failed:
        recorded(tmp_path)
    assert str(tmp_path / "one") in str(failed.value)
    assert str(tmp_path / "two") in str(failed.value)


def test_an_address_recorded_twice_in_a_case_is_named(tmp_path: Path) -> None:
    write(tmp_path, exchange("https://a.example/p"), exchange("https://A.example/p#y"))
    with pytest.raises(errors.BadFixture, match=r"https://A\.example/p#y is recorded twice"):
        recorded(tmp_path)


async def test_a_redirect_to_be_rid_of_tracking_is_recorded_and_answered(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, tmp_path: Path
) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = site.heads[-1].split(b" ")[1]
        location = {b"/": b"/p?utm_source=x", b"/p?utm_source=x": b"/p"}.get(path)
        if location:
            writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n")
            writer.write(b"Location: " + location + b"\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>x")

    site = await serve(script)
    network = new_fetcher(site)
    await record(site.url, tmp_path / "case", network)
    recording = RecordedFetcher(tmp_path, network._settings, network._guard)
    sink = new_sink()
    fetched = await recording.fetch(site.url, sink)
    assert (fetched.url, len(fetched.redirects)) == (f"{site.url}p", 2)
    assert sink.body == b"<title>x"


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.BadFixture, match="there is no exchanges"):
        recorded(tmp_path)


def test_the_projects_own_pages_load() -> None:
    recorded(PAGES)


async def test_a_recording_answers_like_the_page_it_was_made_from(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, tmp_path: Path
) -> None:
    last = await serve(
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Set-Cookie: a=b\r\nX-Secret: 1\r\nDate: now\r\nCache-Control: max-age=60\r\n"
        b"Content-Length: 9\r\n\r\n<title>x"
        b">"
    )
    first = await serve(
        b"HTTP/1.1 307 Temporary Redirect\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n"
        b"Location: " + last.url.encode() + b"end\r\n\r\n"
    )
    network = new_fetcher(first, last)
    case = tmp_path / "a-case"
    written = await record(f"{first.url}start?utm_source=x#part", case, network)
    assert json.loads(written.read_text()) == {
        "exchanges": [
            {
                "url": f"{first.url}start",
                "status": 307,
                "headers": {"location": f"{last.url}end"},
                "body": None,
            },
            {
                "url": f"{last.url}end",
                "status": 404,
                "headers": {
                    "cache-control": "max-age=60",
                    "content-type": "text/html; charset=utf-8",
                },
                "body": "body.html",
            },
        ]
    }
    offline, online = new_sink(), new_sink()
    recording = RecordedFetcher(case, network._settings, network._guard)
    again = await recording.fetch(f"{first.url}start", offline)
    fetched = await network.fetch(f"{first.url}start", online)
    assert (again.url, again.status, again.redirects) == (
        fetched.url,
        fetched.status,
        fetched.redirects,
    )
    assert offline.body == online.body == b"<title>x>"


async def test_a_case_is_never_recorded_over(tmp_path: Path, new_fetcher: NewFetcher) -> None:
    case = write(tmp_path / "case", exchange("https://a.example/"))
    with pytest.raises(errors.BadFixture, match="recorded already"):
        await record("https://a.example/", case, new_fetcher())


async def test_half_an_answer_is_not_recorded(
    serve: Serve, new_fetcher: NewFetcher, tmp_path: Path
) -> None:
    origin = await serve(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<title>x"
    )
    with pytest.raises(errors.Unreadable, match="broke off"):
        await record(origin.url, tmp_path / "case", new_fetcher(origin))
    assert not (tmp_path / "case").exists()


async def test_a_failed_fetch_records_nothing(tmp_path: Path, new_fetcher: NewFetcher) -> None:
    with pytest.raises(errors.DNSFailed):
        await record("https://nobody.example/", tmp_path / "case", new_fetcher())
    with pytest.raises(errors.BadFixture, match="there is no exchanges"):
        recorded(tmp_path)
