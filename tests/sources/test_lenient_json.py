"""JSON as pages write it, mended where that is safe, and hostile text in linear time."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.sources.lenient_json import MAX_VALUES, loads

TEXT = '{"a": "b, }"}'
VALUE = {"a": "b, }"}


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f" \n{TEXT}\t",
        f"\ufeff{TEXT}",
        f"{TEXT} ; ",
        f"<!-- {TEXT} -->",
        f"<![CDATA[{TEXT}]]>",
        f"//<![CDATA[\n{TEXT}\n//]]>",
        f"// <![CDATA[\n{TEXT}\n// ]]>",
        f"/*<![CDATA[*/{TEXT}/*]]>*/",
        f"<!--\n//<![CDATA[\n{TEXT};\n//]]>\n-->",
        f"<!-- {TEXT}",
        f"/* a shoe */ {TEXT} // the end",
        '{"a": "b, }",}',
        '{"a": "b, }" , /* none */ }',
        '{"a": "b, }", // last\n}',
        "{&quot;a&quot;: &quot;b, }&quot;}",
        f"{TEXT}</div>",
        f"{TEXT}}}",
    ],
)
def test_wrappings_comments_and_a_last_comma_are_seen_through(text: str) -> None:
    assert loads(text) == [VALUE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "b\n\tc\x01"}', {"a": "b\n\tc\x01"}),
        ('{"a": "b\n",}', {"a": "b\n"}),
        (r'{"a": "it\'s"}', {"a": "it's"}),
        (r'{"a": "it\\", "b": "\'"}', {"a": "it\\", "b": "'"}),
        (r'{"a": "\"it\'s\",}",}', {"a": '"it\'s",}'}),
        (r'{"a": "Q\&A \x22b\x22 \x5c"}', {"a": 'Q&A "b" \\'}),
        (r'{"a": "C:\\x41 \u0041 \/"}', {"a": r"C:\x41 A /"}),
        ('{"a": "b \\\nc"}', {"a": "b c"}),
        ('{"a": "https://b.example/*",}', {"a": "https://b.example/*"}),
        ('{"a": "//", "b": [1, 2, ], }', {"a": "//", "b": [1, 2]}),
        ('{"a": "&quot;"}', {"a": "&quot;"}),
        ('["a",]', ["a"]),
    ],
)
def test_strings_are_left_as_they_are(text: str, expected: Any) -> None:
    assert loads(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT + TEXT, [VALUE, VALUE]),
        (f"{TEXT},\n{TEXT};\n[]", [VALUE, VALUE, []]),
        (f'{TEXT}{{"a": "c",}}', [VALUE]),
        (f'{TEXT}{{"a": "cut o', [VALUE]),
        (f"{TEXT} and so on", [VALUE]),
    ],
)
def test_of_several_values_those_that_are_whole_are_read(text: str, expected: list[Any]) -> None:
    assert loads(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "<!-- -->",
        "{",
        TEXT[:-1],
        '{"a": "b',
        "{'a': 'b'}",
        '{"a": "he said "no" to it"}',
        '{"a": undefined}',
        '{"a": "\\u41"}',
        '{"a": "b" "c": "d"}',
        "var a = 7",
        "undefined",
        "[" * 100_000,
        '{"a":' * 100_000,
        "[NaN, " + "[" * 100_000,
    ],
)
def test_what_would_have_to_be_guessed_is_not_read(text: str) -> None:
    assert loads(text) == []


def test_no_more_values_are_read_than_a_page_could_mean() -> None:
    assert loads("{}" * 5000) == [{}] * MAX_VALUES


WORDS = st.text(alphabet="a\"\\'/*,}] \n&é", max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, indent=st.none() | st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_a_last_comma_and_comments_change_no_value(value: Any, indent: int | None) -> None:
    text = json.dumps([value], indent=indent)
    assert loads(text) == [[value]]
    assert loads(f"/* , */ {text[:-1]} ,] // {{") == [[value]]


@given(text=st.text(alphabet="{}[]\":,;@\\/*<!-'0179eE.tnul \n\ud83d&", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_borne(text: str) -> None:
    assert isinstance(loads(text), list)


def test_a_reference_of_thousands_of_digits_is_borne() -> None:
    assert loads("{&quot;a&quot;: &quot;&#" + "1" * 5000 + ";&quot;}") == [{"a": "\ufffd"}]
