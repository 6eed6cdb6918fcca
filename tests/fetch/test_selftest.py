"""The self-test finds every layer standing, and would find each of them missing."""

from collections import Counter

import pytest
from aiohttp import TCPConnector

from preview_service.fetch import selftest
from preview_service.fetch.guard import Guard
from preview_service.fetch.resolver import GuardedConnector
from preview_service.fetch.selftest import self_test
from preview_service.settings import FetchSettings

SETTINGS = FetchSettings(allow_networks=("10.0.0.0/8", "127.0.0.0/8"), allow_ports=(8080,))


async def test_every_forbidden_target_is_refused_on_every_path() -> None:
    attempts = await self_test(SETTINGS)
    assert [row for row in attempts if not row.refused or row.sockets] == []
    assert Counter(row.path for row in attempts) == {
        "url": 14,
        "literal": 10,
        "dns": 4,
        "redirect": 14,
        "post": 14,
        "socket": 10,
    }


async def test_each_layer_refuses_by_itself() -> None:
    attempts = await self_test(SETTINGS)
    said = {row.path: row.by for row in attempts if row.target == "http://[::1]/"}
    assert said == {
        "url": "::1 is not a public address",
        "literal": "the URL's host has an address that is not public",
        "redirect": "::1 is not a public address",
        "post": "the URL's host has an address that is not public",
        "socket": "a socket to an address that is not public was refused",
    }


@pytest.fixture
def only_loopback_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests let through must stay on this machine."""
    monkeypatch.setattr(selftest, "FORBIDDEN_HOSTS", ("127.0.0.2",))
    monkeypatch.setattr(selftest, "FORBIDDEN_NAMES", ())
    monkeypatch.setattr(selftest, "FORBIDDEN_ANSWERS", {"private.example": ("127.0.0.2",)})


@pytest.mark.usefixtures("only_loopback_targets")
async def test_an_open_guard_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "allows_address", lambda *_: True)
    monkeypatch.setattr(GuardedConnector, "_resolve_host", TCPConnector._resolve_host)
    attempts = await self_test(SETTINGS)
    to_127_0_0_2 = [row for row in attempts if "//127.0.0.1" not in row.target]
    assert all(not row.refused and row.sockets for row in to_127_0_0_2)
    assert {row.path for row in to_127_0_0_2} == {
        *("url", "literal", "dns", "redirect", "post", "socket")
    }


@pytest.mark.usefixtures("only_loopback_targets")
async def test_a_policy_that_aiohttp_stopped_calling_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last gate still stands, and says so."""
    monkeypatch.setattr(GuardedConnector, "_resolve_host", TCPConnector._resolve_host)
    said = {row.path: row.by for row in await self_test(SETTINGS)}
    assert said["literal"] == "a socket to an address that is not public was refused"


@pytest.mark.usefixtures("only_loopback_targets")
async def test_a_socket_gate_that_is_gone_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedConnector, "_open_socket", None)
    refused = {row.path: row.refused for row in await self_test(SETTINGS)}
    assert refused == {
        "url": True,
        "literal": True,
        "dns": True,
        "redirect": True,
        "post": True,
        "socket": False,
    }


@pytest.mark.usefixtures("only_loopback_targets")
async def test_a_redirect_that_was_never_served_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Guard, "opens", lambda *_: False)
    refused = {row.path: row.refused for row in await self_test(SETTINGS)}
    assert not refused["redirect"]
    assert refused["url"]
