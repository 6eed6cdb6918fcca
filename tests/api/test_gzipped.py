import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.api.gzipped import Gzipped, takes_gzip


@given(st.binary(max_size=5000), st.lists(st.binary(max_size=300), max_size=3))
def test_the_stream_is_the_head_and_any_end(head: bytes, ends: list[bytes]) -> None:
    gzipped = Gzipped(head)
    for end in ends:
        assert gzip.decompress(gzipped.with_end(end)) == head + end


def test_it_is_as_small_as_compressing_it_all() -> None:
    head = b'{"title":"Trail shoe 42","description":"Light trail shoe, in stock."}' * 200
    end = b',"cache":{"state":"hit","age_s":12,"fresh_for_s":86388}}'
    assert len(Gzipped(head).with_end(end)) < len(gzip.compress(head + end)) + 80


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.8, *;q=0.1", True),
        ("x-gzip", True),
        ("deflate,gzip ; q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("", False),
        ("gzippy", False),
        ("br", False),
        ("gzip" + " " * 300, False),
    ],
)
def test_a_client_names_what_it_takes(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
