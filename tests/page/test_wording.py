"""Which texts are set phrases, and which have something to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page import wording


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sign in | Acme", ("Sign in", "Acme")),
        ("404 - Page not found!", ("404", "Page not found")),
        ("Login • Acme", ("Login", "Acme")),
        ("A trail-shoe: the best", ("A trail-shoe: the best",)),
        ("ログイン｜アクメ", ("ログイン", "アクメ")),
        ("« Just a moment… »", ("Just a moment",)),
        (" - | ", ()),
        ("", ()),
    ],
)
def test_a_text_has_parts(text: str, expected: tuple[str, ...]) -> None:
    assert wording.parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Log in to Acme", "Acme"),
        ("Sign in to continue to Acme Mail", "Acme Mail"),
        ("Anmelden bei Acme", "Acme"),
        ("Walk in to Acme", None),
        ("Log in to see what all the others have seen before", None),
        ("Log in", None),
        ("Log in to " + "a" * 200, None),
    ],
)
def test_a_login_names_what_it_is_to(text: str, expected: str | None) -> None:
    assert wording.login_to(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ title }}", True),
        ("{{ title | upper }} - Acme", True),
        ("Acme | {% block title %}", True),
        ("${first} ${last}", True),
        ("undefined", True),
        ("undefined | Acme", True),
        ("null", True),
        ("Null", False),
        ("Nan bread", False),
        ("[object Object]", True),
        ("Acme | undefined", False),
        ("Undefined behaviour", False),
        ("About {{ this }} in Handlebars", False),
        ("{ curly }", False),
        ("100 % wool", False),
        ("", False),
    ],
)
def test_a_placeholder_is_a_part_on_its_own(text: str, *, expected: bool) -> None:
    assert wording.is_placeholder(text) is expected


@given(st.text(max_size=400))
def test_any_text_is_looked_at(text: str) -> None:
    assert all(wording.trim(part) == part for part in wording.parts(text))
    wording.is_placeholder(text)
    wording.login_to(text)


@pytest.mark.parametrize(
    "text", ["{{" * 20_000, "- " * 20_000, "% {%" * 20_000, "log in to " * 9_000]
)
def test_hostile_texts_are_looked_at_once(text: str) -> None:
    assert wording.is_placeholder(text) is False
    assert wording.login_to(text) is None
