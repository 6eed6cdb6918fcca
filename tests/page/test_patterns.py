"""That patterns mean the same with and without the help older Pythons need."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.patterns import compiled, helped


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(?:a|b)*+c", "(?:a|b|(?!))*+c"),
        ("(?:ab)?+", "(?:ab|(?!))?+"),
        ("(?:a)++", "(?:a|(?!))++"),
        ("(?:a)*b++", "(?:a)*b++"),
        (b"(?:ab)*+", b"(?:ab|(?!))*+"),
    ],
)
def test_a_group_that_never_gives_back_gets_another_branch(
    pattern: str | bytes, expected: str | bytes
) -> None:
    assert helped(pattern) == expected


@given(st.text(alphabet="abc", max_size=12))
def test_the_help_changes_nothing(text: str) -> None:
    pattern = "(?:ab|a(?=c))*+(?:ca)?+"
    plain, with_help = compiled(pattern).match(text), re.match(helped(pattern), text)
    assert plain
    assert with_help
    assert plain.span() == with_help.span()


def test_a_round_that_failed_leaves_nothing_behind() -> None:
    found = compiled(r"(?:a(?:b|$))*+").match("abac")
    assert found
    assert found[0] == "ab"
