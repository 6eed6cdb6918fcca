import gc
import threading

from preview_service.page import parsers as limits
from preview_service.page.parsers import Parsers
from preview_service.page.tags import NAME_BYTES


def title_of(parsers: Parsers, document: bytes) -> str:
    parser = parsers.borrow()
    parser.feed(document)
    parser.close()
    title = parser.tags.take().title
    parser.give_back()
    return title


def invented(page: int) -> bytes:
    """A page whose element and attribute names were never read before."""
    return b"<title>%d</title>" % page + b"".join(
        b"<x%d-%d y%d-%d=1></x%d-%d>" % (page, n, page, n, page, n) for n in range(50)
    )


def parser_threads() -> int:
    gc.collect()
    names = [thread.name for thread in threading.enumerate()]
    return sum(name.startswith("parser") for name in names)


def test_a_parser_given_back_is_lent_again() -> None:
    parsers = Parsers()
    one, two = parsers.borrow(), parsers.borrow()
    one.give_back()
    assert parsers.borrow() is one
    assert parsers.borrow() is not two


def test_no_more_parsers_are_kept_than_pages_are_read_at_once() -> None:
    parsers = Parsers()
    lent = [parsers.borrow() for _ in range(limits.MAX_IDLE + 5)]
    for parser in lent:
        parser.give_back()
    assert len(parsers.home.idle) == limits.MAX_IDLE


def test_an_empty_document_is_no_error() -> None:
    parser = Parsers().borrow()
    parser.close()
    assert parser.tags.take().title == ""


def test_known_names_cost_nothing_more() -> None:
    parsers = Parsers()
    title_of(parsers, invented(1))
    once = parsers.home.names.bytes
    title_of(parsers, invented(1))
    assert once == parsers.home.names.bytes > 100 * NAME_BYTES


def test_reading_goes_on_in_another_thread_when_one_remembers_too_much() -> None:
    before = parser_threads()
    parsers = Parsers(max_name_bytes=300 * NAME_BYTES)
    first = parsers.home
    assert [title_of(parsers, invented(n)) for n in range(40)] == [str(n) for n in range(40)]
    assert parsers.home is not first
    assert parsers.home.names.bytes < 600 * NAME_BYTES
    # The one in use, and at most one that is on its way out.
    assert before <= parser_threads() <= before + 2


def test_a_parser_that_is_out_outlives_its_home() -> None:
    parsers = Parsers(max_name_bytes=50 * NAME_BYTES)
    for page in range(3):
        title_of(parsers, invented(page))
    out = parsers.borrow()
    out.feed(b"<title>lent ")
    for page in range(3, 6):
        title_of(parsers, invented(page))
    out.feed(b"before</title>")
    out.close()
    assert out.tags.take().title == "lent before"
    out.give_back()
    assert parsers.borrow() is not out
