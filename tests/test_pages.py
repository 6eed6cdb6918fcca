"""Every folder of fixtures/pages, looked at as a caller would: a case is data, never Python."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from preview_service import app
from preview_service.fetch.recorded import EXCHANGES, Case, Exchange
from preview_service.model import Field, Reason, Status
from preview_service.previewer import Previewer
from preview_service.settings import Settings
from preview_service.urls.normalize import normalize

PAGES = Path(__file__).parent.parent / "fixtures" / "pages"
CASES = sorted(folder for folder in PAGES.iterdir() if folder.is_dir())

PATIENT_S = 10.0
HURRIED_S = 0.05

each_case = pytest.mark.parametrize("case", CASES, ids=lambda folder: folder.name)


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    status: Status
    reason: Reason | None
    preview: dict[str, Any] | None
    claims: dict[Field, str] = {}


def exchanges(case: Path) -> tuple[Exchange, ...]:
    return msgspec.json.decode((case / EXCHANGES).read_bytes(), type=Case).exchanges


def expected(case: Path) -> Expected:
    return msgspec.json.decode((case / "expected.json").read_bytes(), type=Expected)


def named_in(wanted: Any, found: Any) -> Any:
    """*found* reduced to the keys that *wanted* names, at every depth; an unknown key raises."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {key: named_in(value, found[key]) for key, value in wanted.items()}
    return found


@pytest.fixture
async def previewer() -> AsyncIterator[Previewer]:
    parts = app.pipeline(Settings(), offline=PAGES)
    yield parts.previewer
    await parts.close()


def test_there_are_cases() -> None:
    assert len(CASES) >= 25


@each_case
def test_a_case_follows_the_format(case: Path) -> None:
    """Shape, bodies and addresses given twice are refused by `RecordedFetcher` itself."""
    recorded = exchanges(case)
    bodies = {exchange.body for exchange in recorded if exchange.body}
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.name)
    assert {file.name for file in case.iterdir()} == bodies | {EXCHANGES, "expected.json"}
    for exchange in recorded:
        assert (urlsplit(exchange.url).hostname or "").endswith(".example")
        assert all(name == name.lower() for name in exchange.headers)


@each_case
async def test_a_page_is_read_as_expected(case: Path, previewer: Previewer) -> None:
    want = expected(case)
    url = normalize(exchanges(case)[0].url)
    wait_s = HURRIED_S if want.status is Status.PENDING else PATIENT_S

    outcome = (await previewer.look(url, wait_s=wait_s)).outcome

    preview = msgspec.to_builtins(outcome.preview)
    winners = {field: claims[0].source for field, claims in outcome.trail.claims.items()}
    assert (outcome.status, outcome.reason) == (want.status, want.reason)
    assert named_in(want.preview, preview) == want.preview
    assert {field: winners.get(field) for field in want.claims} == want.claims
