import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from preview_service.telemetry.logs import configure, logger


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def test_an_event_is_one_json_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    logger().info("preview_made", host="shop.example\r\n\x1b[31m", reason=None)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    line = json.loads(err)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "preview_made",
        "level": "info",
        "host": "shop.example\r\n\x1b[31m",
        "reason": None,
    }
    assert "\x1b" not in err


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logger().exception("crashed")
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in json.loads(err)["exception"]


def test_what_a_library_logs_is_a_line_of_the_same_form(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("aiohttp.server").exception("Unhandled %s", "exception")
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["event"], line["level"]) == ("Unhandled exception", "error")
    assert "ZeroDivisionError" in line["exception"]


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("ERROR")
    logger().info("preview_made")
    assert capsys.readouterr().err == ""


def test_a_closed_stream_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    configure()
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    closed = open(__file__, "a")  # noqa: PTH123, SIM115 - to be closed before it is written to
    closed.close()
    handler.setStream(closed)
    logger().info("preview_made")
