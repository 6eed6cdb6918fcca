"""What a text file says first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.plain_text import TextFacts, read_text

README = """[![Build](https://ci.example/b.svg)](https://ci.example/)
<p align="center">

# Trail `tools` #

![A map](map.png)

- a list

*Everything* for [the trail](https://trail.example/),
in one place.

More.
"""


def test_markdown_has_a_heading_and_prose() -> None:
    assert read_text(README, is_markdown=True) == TextFacts(
        title="Trail tools", description="Everything for the trail, in one place."
    )


def test_plain_text_has_no_title_and_begins_at_once() -> None:
    assert read_text("\n# Not\r\n  a title \x00\n", is_markdown=False) == TextFacts(
        description="# Not a title"
    )


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("", TextFacts()),
        (" \n\n", TextFacts()),
        ("Words alone.", TextFacts(description="Words alone.")),
        ("## Only a heading", TextFacts(title="Only a heading")),
        ("#No heading", TextFacts()),
        ("Words.\n\n```\n# a comment\n```", TextFacts(description="Words.")),
        (
            "# x\r\n\r\nLines\r\nend so.\r\n\r\nNo more.",
            TextFacts(title="x", description="Lines end so."),
        ),
        ("1. a list\n\n> said\n\n    code\n\n| a | b |\n\n```\nx\n```", TextFacts()),
        ("日本語。", TextFacts(description="日本語。")),
    ],
)
def test_what_is_no_prose_is_no_description(text: str, facts: TextFacts) -> None:
    assert read_text(text, is_markdown=True) == facts


@given(st.text(max_size=500) | st.text(alphabet="# \n[]()*`!<-a", max_size=4096), st.booleans())
def test_any_text_is_read(text: str, is_markdown: bool) -> None:
    found = read_text(text, is_markdown=is_markdown)
    assert len(found.title or "") <= 300
    assert len(found.description or "") <= 1000
