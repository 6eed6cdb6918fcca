"""What libxml2 makes of HTML that is left open, out of place or no HTML at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.elements import MAX_BYTES, MAX_DEPTH, elements


def told(markup: str | bytes) -> str:
    """The elements and texts, as they would be written."""
    document = markup.encode() if isinstance(markup, str) else markup
    written, names = "", []
    for node in elements(document):
        if node is None:
            written += f"</{names.pop()}>"
        elif isinstance(node, str):
            written += node
        else:
            names.append(node[0])
            attributes = "".join(f" {name}={value!r}" for name, value in node[1].items())
            written += f"<{node[0]}{attributes}>"
    assert not names
    return written.removeprefix("<html><body>").removesuffix("</body></html>")


@pytest.mark.parametrize(
    "document",
    [b"", b"  \n", b"<!doctype html>", b"<!-- x -->", b"<!x>", b"<?xml version='1.0'?>", b"</p>"],
)
def test_without_tags_and_text_there_is_nothing(document: bytes) -> None:
    assert elements(document) == []


def test_what_is_left_open_is_closed() -> None:
    assert told("<div><p>a<p>b") == "<div><p>a</p><p>b</p></div>"
    assert told("<b><i>a</b>b") == "<b><i>a</i></b>b"
    assert told("<ul><li>a<li>b</ul>") == "<ul><li>a</li><li>b</li></ul>"


def test_comments_and_instructions_are_not_told_but_the_text_behind_them() -> None:
    assert told("<p>a<!-- x -->b<!x>c<?php x ?>d<![CDATA[x]]>e</>f") == "<p>abcdef</p>"


def test_references_are_resolved_if_they_are_any() -> None:
    assert told("<p>&lt;b&gt; &eacute;&#65;&#x1F600; &foo; &") == "<p><b> éA😀 &foo; &</p>"
    assert told("<p>&#0;&#xD800;") == "<p>\ufffd\ufffd</p>"
    assert told('<a href="?a=1&amp;b=2">') == "<a href='?a=1&b=2'></a>"


def test_names_are_in_lower_case_and_may_have_a_prefix() -> None:
    assert told("<O:P>a</O:P><svg:rect>") == "<o:p>a</o:p><svg:rect></svg:rect>"
    assert told('<P CLASS="A" Data-X=1 {y}z=2>') == "<p class='A' data-x='1' {y}z='2'></p>"


def test_an_attribute_without_a_value_has_an_empty_one_and_of_two_the_first_counts() -> None:
    assert told("<p hidden class=a class=b>") == "<p hidden='' class='a'></p>"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"<p>a\0b", "<p>a\ufffdb</p>"),
        (b"<p>szk\xb3y", "<p>szk\ufffdy</p>"),
        (b"<p>\xe2\x82", "<p>\ufffd</p>"),  # one for each broken character, as browsers do
        (b"\xff\xfe<p>a", "\ufffd\ufffd<p>a</p>"),
        (b"\xef\xbb\xbf<p>a", "<p>a</p>"),
        (b'<?xml version="1.0" encoding="utf-16"?><p>\xc3\xa9', "<p>é</p>"),
    ],
)
def test_any_bytes_are_taken_for_utf_8(document: bytes, expected: str) -> None:
    assert told(document) == expected


def test_frames_are_elements_too() -> None:
    found = told("<frameset><frame src=a><noframes>x</noframes></frameset>")
    assert "<frame src='a'></frame>" in found


def test_what_stands_behind_the_end_of_the_page_is_told_too() -> None:
    assert told("<p>a</p></body></html><div>b</div>").count("<div>b</div>") == 1


def test_scripts_styles_and_comments_do_not_count() -> None:
    noise = f"<!--{'x' * MAX_BYTES}--><SCRIPT>{'x' * MAX_BYTES}</script ><style>x</style>"
    assert told(f"{noise}<p>a</p>") == "<p>a</p>"
    assert told("<p>a</p><script><p>b</p>") == "<p>a</p>"
    assert "a" not in told(f"<p>{'x' * MAX_BYTES}</p><i>a</i>")


def test_what_nests_deep_is_told_and_what_nests_without_end_given_up() -> None:
    assert told("<b>" * MAX_DEPTH + "a").count("<b>") == MAX_DEPTH
    found = told("<i>a</b>" * 30_000)
    assert found.startswith("<i>a<i>a<i>a")
    assert MAX_DEPTH < found.count("<i>") < 10_000


def test_a_tag_may_have_any_number_of_attributes() -> None:
    names = [f"a{number}" for number in range(30_000)]
    (_, _, (_, attributes), *_) = elements(f"<p {' '.join(names)}>".encode())
    assert list(attributes) == names


@given(
    st.lists(
        st.sampled_from(
            [*("<p>", "</p>", "<b>", "</b>", "</html>", "<td>", "<a="), *("'", ">", "&", "a", "<!")]
        ),
        max_size=40,
    )
    .map("".join)
    .map(str.encode)
    | st.binary(max_size=200)
)
def test_of_any_bytes_each_element_ends(document: bytes) -> None:
    told(document)
