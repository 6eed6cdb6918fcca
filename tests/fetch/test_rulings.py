import pytest

from preview_service.errors import BadRequest
from preview_service.fetch.rulings import Case, read_cases, rulings
from preview_service.settings import FetchSettings


def test_urls_and_json_lines_are_read() -> None:
    document = b'https://a.example/\n\n{"url": "https://b.example/", "dns": ["10.0.0.1"]}\n'
    assert list(read_cases(document, "list")) == [
        Case(url="https://a.example/"),
        Case(url="https://b.example/", dns=("10.0.0.1",)),
    ]


@pytest.mark.parametrize("line", [b"{", b'{"dns": []}', b"\xff"])
def test_a_bad_line_is_named(line: bytes) -> None:
    with pytest.raises(BadRequest, match=r"^list:2: "):
        list(read_cases(b"https://a.example/\n" + line, "list"))


async def test_names_are_looked_up_only_on_request() -> None:
    cases = [
        Case(url="https://localhost./"),
        Case(url="https://a.example/", dns=("10.0.0.1",)),
        Case(url="https://a.example/"),
        Case(url="https://93.184.215.14/"),
    ]
    pending = await rulings(FetchSettings(), cases, resolve=False)
    assert [(each.allowed, each.reason) for each in pending[2:]] == [
        (True, "pending_dns"),
        (True, None),
    ]
    looked = await rulings(FetchSettings(), cases, resolve=True)
    assert [each.allowed for each in looked] == [False, False, False, True]
