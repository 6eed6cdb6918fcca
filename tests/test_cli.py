import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

from preview_service.channels import CHANNELS
from preview_service.cli import main

PAGES = Path(__file__).parents[1] / "fixtures" / "pages"
SHARED = Path(__file__).parents[2] / "shared"
SHOE = "https://shop.example/p/42"


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The command line, in this process."""

    def command(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["preview-service", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        return Done(int(exit_.value.code or 0), *capsys.readouterr())

    yield command
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def test_preview_answers_as_the_service_does(run: Run) -> None:
    done = run("preview", SHOE, "--channel", "enhanced_whatsapp", "--json", "--offline", PAGES)
    assert done.code == 0
    assert done.json["status"] == "complete"
    assert done.json["message"]["text"] == {"preview_url": True, "body": SHOE}


def test_preview_draws_a_card(run: Run) -> None:
    done = run("preview", SHOE, "--offline", PAGES)
    assert done.code == 0
    assert done.out.splitlines()[0] == "Trail shoe 42"
    assert "generic: card, large_card" in done.out


def test_what_stands_in_the_way_of_a_card_is_drawn(run: Run) -> None:
    done = run("preview", SHOE, "--channel", "all", "--offline", PAGES)
    assert "enhanced_apple: paste_preview, small_card (tap_to_load_preview)" in done.out
    assert "standard_sms: text, plain_link (channel_text_only)" in done.out


def test_preview_explains_where_a_title_comes_from(run: Run) -> None:
    done = run("preview", SHOE, "--explain", "--offline", PAGES)
    words = [line.split() for line in done.out.splitlines()]
    assert ["title", "og:title", "Trail", "shoe", "42"] in words
    assert ["title", "Trail", "shoe", "42", "|", "Acme", "(after", "og:title)"] in words


def test_preview_of_all_channels(run: Run) -> None:
    done = run("preview", SHOE, "--channel", "all", "--json", "--offline", PAGES)
    assert done.json["messages"].keys() == CHANNELS.keys()


def test_a_person_at_the_machine_learns_the_whole_reason(run: Run) -> None:
    done = run("preview", "https://unheard-of.example/", "--json", "--offline", PAGES)
    assert (done.code, done.json["reason"]) == (0, "dns")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["preview"], 2, "URL"),
        (["preview", "ftp://a.example/"], 2, "http://"),
        (["preview", "http://127.0.0.1/", "--offline", PAGES], 2, "public"),
        (["preview", SHOE, "--channel", "pigeon"], 2, "generic"),
        (["preview", SHOE, "--offline", "/nowhere"], 2, "/nowhere"),
        (["preview", SHOE, "--offline", PAGES / "og-product" / ".."], 0, ""),
        (["preview", SHOE, "--offline", Path(__file__).parent], 1, "exchanges.json"),
        ([], 2, "Missing command"),
        (["nonsense"], 2, "nonsense"),
        (["serve", "--port", "70000"], 2, "70000"),
        (["serve", "--config", "/nowhere.toml"], 2, "nowhere"),
        (["render", __file__], 2, "not a preview"),
        (["guard"], 2, "--file"),
        (["guard", "http://a.example/\udcff"], 1, "surrogates"),
        (["extract", "/nowhere"], 2, "/nowhere"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40] if isinstance(value, list) else None,
)
def test_an_error_is_one_line_and_a_status(
    run: Run, arguments: list[object], code: int, says: str
) -> None:
    done = run(*arguments)
    assert done.code == code
    assert len(done.err.splitlines()) == (1 if code else 0)
    assert says in done.err


def test_a_bad_setting_stops_the_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREVIEW_WAIT_MS", "soon")
    done = run("preview", SHOE, "--offline", PAGES)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "wait_ms" in done.err


PREVIEW = {
    "url": "https://shop.example/p/42",
    "host": "shop.example",
    "title": "Trail shoe 42",
    "description": "Light trail shoe, in stock.",
    "verdict": "ok",
}


def test_upgrade_prints_the_parts_of_a_text(run: Run) -> None:
    text = f"Have a look: {SHOE} and tell me"
    done = run("upgrade", text, "--channel", "enhanced_web_chat_v2", "--offline", PAGES)
    assert done.code == 0
    assert [part["kind"] for part in done.json["parts"]] == ["text", "link", "text"]
    assert done.json["text"] == text


def test_upgrade_reads_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("schön".encode())))
    assert run("upgrade", "-", "--offline", PAGES).json["parts"][0]["text"] == "schön"


def test_upgrade_of_bytes_that_are_no_text_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    done = run("upgrade", "--offline", PAGES)
    assert (done.code, done.out) == (1, "")
    assert "utf-8" in done.err


@pytest.mark.parametrize("command", ["upgrade", "links"])
def test_an_argument_of_bytes_that_are_no_text_says_so(run: Run, command: str) -> None:
    done = run(command, f"\udcff {SHOE}")
    assert (done.code, done.out) == (1, "")
    assert "can't decode byte 0xff" in done.err


def test_a_link_is_sent_the_way_that_is_asked_for(run: Run) -> None:
    asked = ("preview", SHOE, "--channel", "enhanced_whatsapp", "--json", "--offline", PAGES)
    assert run(*asked, "--method", "card").json["message"]["type"] == "interactive"
    component = run(*asked, "--method", "component").json
    assert component["message"]["messageType"] == "StaticContentMessage"
    refused = run(*asked, "--method", "pigeon")
    assert refused.code == 2
    assert "component" in refused.err


def test_channels_are_listed(run: Run) -> None:
    drawn = run("channels").out
    assert all(name in drawn for name in CHANNELS)
    assert [channel["name"] for channel in run("channels", "--json").json] == list(CHANNELS)


def test_a_partners_registration_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREVIEW_PARTNERS", str(PAGES.parent / "partners" / "several.toml"))
    done = run("channels", "--capabilities", "words")
    assert done.json["capabilities"]["appType"] == "custom"
    asked = ("preview", SHOE, "--channel", "byoc", "--partner", "words", "--json")
    assert run(*asked, "--offline", PAGES).json["reason"] == "partner_text_only"
    unknown = run("channels", "--capabilities", "nobody")
    assert (unknown.code, unknown.out) == (2, "")
    assert "words" in unknown.err


def test_render_makes_a_message_of_a_stored_preview(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(PREVIEW))
    done = run("render", file, "--channel", "standard_sms")
    assert done.code == 0
    assert done.json["message"] == {"body": "Trail shoe 42\nhttps://shop.example/p/42"}
    assert done.json["preview"]["title"] == "Trail shoe 42"
    assert "cache" not in done.json


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "//shop.example/"])
def test_render_sends_no_link_that_is_none(run: Run, tmp_path: Path, url: str) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(PREVIEW | {"url": url}))
    done = run("render", file)
    assert (done.code, done.out) == (2, "")
    assert "its url is not http or https" in done.err


def test_render_for_all_channels(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(PREVIEW))
    done = run("render", file, "--channel", "all")
    assert done.json["messages"].keys() == CHANNELS.keys()


def test_render_makes_no_card_of_a_login_page(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(PREVIEW | {"verdict": "login_wall"}))
    done = run("render", file)
    assert (done.json["delivery"], done.json["reason"]) == ("text", "login_wall")
    assert "Trail shoe" not in done.json["text"]


def test_extract_reads_rows_and_names_those_it_cannot(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes("<title>Café — 42</title>".encode())
    rows = tmp_path / "pages.jsonl"
    good = {"id": "1", "url": SHOE, "file": "a.html", "content_type": None, "status": 200}
    rows.write_text(
        "\n".join(
            [
                json.dumps(good),
                "{broken",
                json.dumps(good | {"id": "3", "file": "absent.html"}),
                "",
                json.dumps(good | {"id": "5", "content_type": "text/html; charset=utf-8"}),
            ]
        )
    )
    done = run("extract", rows)
    assert done.code == 1
    assert [(row["id"], row["title"]) for row in done.lines] == [
        ("1", "Café — 42"),
        ("5", "Café — 42"),
    ]
    assert done.lines[0]["claims"] == {"title": "title"}
    first, second = done.err.splitlines()
    assert "pages.jsonl:2:" in first
    assert "pages.jsonl:3:" in second


LINK_ROWS = [
    {"url": "https://shop.example/p/42?id=3", "start": 4, "end": 50},
    {"url": "https://xn--r8jz45g.example/%E9%9D%B4", "start": 54, "end": 74},
]
LINK_TEXT = "👍🏽, https://Shop.Example/p/42?id=3&utm_source=chat),\r\nhttps://例え.example/靴。"


def test_links_are_found_in_an_argument(run: Run) -> None:
    done = run("links", LINK_TEXT)
    assert (done.code, done.lines) == (0, LINK_ROWS)
    assert run("links", "`https://a.example` and \udcff a.example").out == ""


@pytest.mark.parametrize("arguments", [["links"], ["links", "-"]], ids=len)
def test_links_are_found_in_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINK_TEXT.encode())))
    assert run(*arguments).lines == LINK_ROWS


def test_links_reads_utf_8_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"https://a.example/\xff")))
    done = run("links")
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)


def test_guard_judges_without_connecting(run: Run) -> None:
    done = run("guard", "http://8.8.8.8/", "https://shop.example/", "http://10.0.0.1/")
    assert done.code == 0
    assert [(row["url"], row["allowed"]) for row in done.lines] == [
        ("http://8.8.8.8/", True),
        ("https://shop.example/", True),
        ("http://10.0.0.1/", False),
    ]
    assert [row["reason"] for row in done.lines][:2] == [None, "pending_dns"]


def test_guard_reads_urls_and_recorded_answers_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text(
        "http://127.0.0.1/\n\n"
        '{"url": "http://a.example/", "dns": ["93.184.215.14"], "why": "ignored"}\n'
        '{"url": "http://b.example/", "dns": ["93.184.215.14", "10.0.0.5"]}\n'
        '{"url": "http://c.example/", "dns": []}\n'
    )
    done = run("guard", "--file", file)
    assert [row["allowed"] for row in done.lines] == [False, True, False, False]


def test_guard_looks_names_up_on_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREVIEW_ALLOW_NETWORKS", "192.0.2.0/24")
    (row,) = run("guard", "--resolve", "http://localhost/").lines
    assert not row["allowed"]
    assert row["reason"].startswith("blocked_address")


def test_guard_tries_itself(run: Run) -> None:
    done = run("guard", "--self-test")
    assert done.code == 0
    assert done.lines
    assert all(row["refused"] for row in done.lines)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data beside the checkout")
def test_guard_rules_as_the_research_expects(run: Run) -> None:
    file = SHARED / "research" / "ssrf_urls.jsonl"
    expected = [json.loads(line)["expected"] for line in file.read_text().splitlines()]
    done = run("guard", "--file", file)
    assert [row["allowed"] for row in done.lines] == [verdict != "refuse" for verdict in expected]
    assert len(expected) > 190


def test_warm_fills_the_cache_that_is_configured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREVIEW_CACHE_URL", f"sqlite:{tmp_path / 'cache.db'}")
    urls = tmp_path / "urls"
    urls.write_text(f"{SHOE}\nhttps://unheard-of.example/\n")
    done = run("warm", urls, "--offline", PAGES, "--concurrency", 2)
    assert (done.code, done.err) == (0, "")
    told = {row["url"]: (row["status"], row["reason"], row["state"]) for row in done.lines}
    assert told == {
        SHOE: ("complete", None, "miss"),
        "https://unheard-of.example/": ("unavailable", "dns", "miss"),
    }
    again = run("warm", urls, "--offline", PAGES)
    assert [row["state"] for row in again.lines] == ["hit", "hit"]


def test_warm_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    urls, results = tmp_path / "urls", tmp_path / "results"
    urls.write_text(SHOE)
    results.write_text(run("warm", urls, "--offline", PAGES).out + '{"torn')
    urls.write_text(f"{SHOE}\nhttps://unheard-of.example/")
    done = run("warm", urls, "--offline", PAGES, "--resume", results)
    assert [row["url"] for row in done.lines] == ["https://unheard-of.example/"]
    assert "nothing stays" in done.err


def test_warm_tells_of_bad_lines_of_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = f"ftp://a.example/\n\n{SHOE}".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    done = run("warm", "-", "--offline", PAGES)
    assert done.code == 1
    by_line = {row["line"]: row["status"] for row in done.lines}
    assert by_line == {1: "error", 3: "complete"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = tmp_path / "urls"
    urls.write_text(f"{SHOE}\n{SHOE}?2")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    done = run("warm", urls, "--offline", PAGES)
    assert len(done.lines) == 2
    drawn = terminal.getvalue()
    assert "2/2" in drawn
    assert "1 complete" in drawn
    assert "/s" in drawn
