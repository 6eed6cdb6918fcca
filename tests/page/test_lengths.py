"""What of a file a response says it has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.lengths import ContentRange, content_length, content_range


@pytest.mark.parametrize(("written", "length"), [("0", 0), (" 83211 ", 83211)])
def test_a_length_is_a_number(written: str, length: int) -> None:
    assert content_length({"content-length": written}) == length


@pytest.mark.parametrize("written", ["", "-1", "1e9", "9" * 16, "12, 12", "٣", "0x10"])
def test_anything_else_is_no_length(written: str) -> None:
    assert content_length({"content-length": written}) is None
    assert content_length({}) is None


@given(st.integers(0, 10**14), st.integers(0, 10**9), st.integers(1, 10**9) | st.none())
def test_a_range_is_within_its_file(first: int, more: int, beyond: int | None) -> None:
    last = first + more
    size = None if beyond is None else last + beyond
    written = f"bytes {first}-{last}/{'*' if size is None else size}"
    assert content_range({"content-range": written}) == ContentRange(first, last, size)


@pytest.mark.parametrize(
    "written",
    ["", "bytes */100", "bytes 5-4/100", "bytes 0-100/100", "items 0-9/100", "bytes 0-9", "0-9/10"],
)
def test_anything_else_is_no_range(written: str) -> None:
    assert content_range({"content-range": written}) is None
