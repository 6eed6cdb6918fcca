"""What may be fetched: the project's own table, the edges of each rule, and no more than that."""

import json
from ipaddress import IPv6Address, ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import Blocked, BlockedByPolicy, DNSFailed, FetchFailed, SideEffect
from preview_service.fetch.guard import Guard, Ruling, is_literal, judge
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import normalize

REPOSITORY = Path(__file__).parents[2]
TABLE = json.loads((REPOSITORY / "fixtures/urls/guard.json").read_text(encoding="utf-8"))
SHARED_TABLE = REPOSITORY.parent / "shared/research/ssrf_urls.jsonl"

CLOSED = Guard(FetchSettings())
OPENED = Guard(FetchSettings(allow_networks=("10.1.0.0/16", "fd00:7::/32"), allow_ports=(80, 8080)))


@pytest.mark.parametrize(
    "row", TABLE["addresses"], ids=lambda row: f"{row['address']}: {row['what']}"
)
def test_an_address_is_public_or_refused(row: dict[str, Any]) -> None:
    assert CLOSED.allows_address(row["address"]) is row["public"]


@pytest.mark.parametrize("row", TABLE["urls"], ids=lambda row: row["why"])
def test_a_url_is_judged_without_connecting(row: dict[str, Any]) -> None:
    assert judge(CLOSED, row["url"], row.get("answers")).allowed is row["allowed"]


def test_the_shared_table_comes_out_as_expected() -> None:
    if not SHARED_TABLE.exists():
        pytest.skip("the shared table of hostile URLs is not beside this repository")
    rows = [json.loads(line) for line in SHARED_TABLE.read_text(encoding="utf-8").splitlines()]
    wrong = [
        row
        for row in rows
        if judge(CLOSED, row["url"], row.get("dns")).allowed is (row["expected"] == "refuse")
    ]
    assert wrong == []
    assert len(rows) >= 195


@pytest.mark.parametrize(
    ("text", "answers", "reason"),
    [
        ("https://a.example/", None, "pending_dns"),
        ("https://a.example/", ["8.8.8.8"], None),
        ("https://8.8.8.8/", None, None),
        ("https://8.8.8.8/", ["10.0.0.1"], None),
        ("https://a.example/", [], "dns: the URL's host has no address"),
        (
            "https://a.example/",
            ["8.8.8.8", "10.0.0.1"],
            "blocked_address: the URL's host has an address that is not public",
        ),
        ("https://10.0.0.1/", None, "blocked_address: 10.0.0.1 is not a public address"),
        ("https://[::1]/", None, "blocked_address: ::1 is not a public address"),
        (
            "http://db.internal/",
            ["8.8.8.8"],
            "blocked_address: the URL's host is a name of a private network",
        ),
        (
            "http://a.example:22/",
            None,
            "blocked_by_policy: port 22 is not allowed; allowed ports: 80, 443",
        ),
        ("ftp://a.example/", None, "bad_url: the URL does not begin with http:// or https://"),
    ],
)
def test_a_ruling_gives_its_reason(
    text: str, answers: list[str] | None, reason: str | None
) -> None:
    allowed = reason in {None, "pending_dns"}
    ruling = judge(CLOSED, text, answers)
    assert ruling == Ruling(url=text, allowed=allowed, reason=reason)
    assert msgspec.to_builtins(ruling) == {"url": text, "allowed": allowed, "reason": reason}


@pytest.mark.parametrize(
    ("address", "is_allowed", "is_opened"),
    [
        ("10.1.2.3", True, True),
        ("10.2.0.1", False, False),
        ("8.8.8.8", True, False),
        ("fd00:7::1", True, True),
        ("fd00:8::1", False, False),
        ("::ffff:10.1.2.3", False, False),
        ("fd00:7::1%eth0", False, False),
        ("db.intranet", False, False),
    ],
)
def test_settings_open_exactly_the_networks_they_name(
    address: str, is_allowed: bool, is_opened: bool
) -> None:
    assert (OPENED.allows_address(address), OPENED.opens(address)) == (is_allowed, is_opened)


@pytest.mark.parametrize("url", ["http://db.internal/", "http://wiki/", "http://localhost/"])
def test_local_names_are_judged_by_address_once_a_network_is_open(url: str) -> None:
    assert judge(OPENED, url, ["10.1.2.3"]).allowed
    assert not judge(OPENED, url, ["127.0.0.1"]).allowed
    assert not judge(CLOSED, url, ["8.8.8.8"]).allowed


def test_settings_name_the_ports() -> None:
    OPENED.check_url(normalize("http://a.example:8080/"))
    with pytest.raises(BlockedByPolicy, match="allowed ports: 80, 8080"):
        OPENED.check_url(normalize("https://a.example/"))


@pytest.mark.parametrize(
    ("current", "target", "error"),
    [
        ("http://a.example/", "http://b.example/", None),
        ("http://a.example/", "https://a.example/", None),
        ("https://a.example/", "https://b.example/", None),
        ("https://a.example/", "http://a.example/", BlockedByPolicy),
        ("https://a.example/", "https://a.example:444/", BlockedByPolicy),
        ("https://a.example/", "https://10.0.0.1/", Blocked),
        ("http://a.example/", "http://localhost/", Blocked),
    ],
)
def test_a_redirect_may_not_lead_anywhere_worse(
    current: str, target: str, error: type[FetchFailed] | None
) -> None:
    raised = None
    try:
        CLOSED.check_redirect(normalize(current), normalize(target))
    except FetchFailed as failure:
        raised = type(failure)
    assert raised is error


def test_a_name_without_addresses_is_a_failure_of_the_dns() -> None:
    with pytest.raises(DNSFailed):
        CLOSED.check_answers([])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", True),
        ("2400:cb00::1", True),
        ("2400:cb00::1%eth0", False),
        ("[2400:cb00::1]", False),
        ("a.example", False),
        ("", False),
    ],
)
def test_a_literal_is_an_address_without_a_zone(text: str, expected: bool) -> None:
    assert is_literal(text) is expected


@given(st.ip_addresses(v=4))
def test_no_form_that_carries_an_ipv4_address_is_public(address: Any) -> None:
    number = int(address)
    for prefix, shift in [
        ("::", 0),
        ("::ffff:0:0", 0),
        ("::ffff:0:0:0", 0),
        ("64:ff9b::", 0),
        ("2002::", 80),
    ]:
        carrier = IPv6Address(int(IPv6Address(prefix)) | number << shift)
        assert not CLOSED.allows_address(str(carrier))


@given(st.ip_addresses(v=6))
def test_only_global_unicast_is_public(address: Any) -> None:
    if address not in ip_network("2000::/3"):
        assert not CLOSED.allows_address(str(address))


@given(st.text(max_size=20))
def test_only_an_address_is_ever_allowed(text: str) -> None:
    assert not CLOSED.allows_address(text) or is_literal(text)


def test_a_link_that_does_something_is_not_asked_for() -> None:
    guard = Guard(FetchSettings())
    with pytest.raises(SideEffect, match="unsubscribe"):
        guard.check_policy(normalize("https://news.example/unsubscribe?token=8f3kQ29xZb71LmPq"))
    guard.check_policy(normalize("https://news.example/how-to-unsubscribe"))
