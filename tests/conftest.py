"""Fixtures shared by the whole suite."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite golden files")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Compare a JSON value with the file at a path; with --accept, write it there first."""

    def check(path: Path, value: Any) -> None:
        if request.config.getoption("--accept"):
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(value, indent=2, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.exists(), f"{path.name} is not accepted yet: look at it with pytest --accept"
        assert value == json.loads(path.read_text(encoding="utf-8"))

    return check
