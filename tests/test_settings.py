from pathlib import Path

import pytest

from preview_service.errors import BadSettings
from preview_service.settings import Settings, load, names, unknown_names


def test_without_any_setting_the_defaults_hold() -> None:
    assert load({}) == Settings()


def test_the_environment_sets_what_it_names() -> None:
    given = load(
        {
            "PREVIEW_ALLOW_PORTS": "80, 443,8080",
            "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8,fd00::/8",
            "PREVIEW_DNS_TIMEOUT_S": "0.5",
            "PREVIEW_WAIT_MS": "0",
            "PREVIEW_CACHE_URL": "memory:",
            "HOME": "/nowhere",
        }
    )
    assert given.fetch.allow_ports == (80, 443, 8080)
    assert given.fetch.allow_networks == ("127.0.0.0/8", "fd00::/8")
    assert given.fetch.dns_timeout_s == 0.5
    assert given.preview.wait_ms == 0


def test_the_file_sets_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('wait_ms = 1500\nallow_ports = [443]\ncontact_url = "https://a.example/"\n')
    given = load({"PREVIEW_WAIT_MS": "900"}, file)
    assert given.preview.wait_ms == 900
    assert given.fetch.allow_ports == (443,)
    assert given.fetch.contact_url == "https://a.example/"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PREVIEW_WAIT_MS": "soon"}, "wait_ms"),
        ({"PREVIEW_WAIT_MS": "10001"}, "wait_ms"),
        ({"PREVIEW_ALLOW_PORTS": "80;443"}, "allow_ports"),
        ({"PREVIEW_ALLOW_PORTS": "0"}, "allow_ports"),
        ({"PREVIEW_ALLOW_NETWORKS": "127.0.0.1/8"}, "127.0.0.1/8"),
        ({"PREVIEW_ALLOW_NETWORKS": "intranet"}, "intranet"),
        ({"PREVIEW_MAX_PAGE_BYTES": "12"}, "max_page_bytes"),
        ({"PREVIEW_USER_AGENT": "x\r\nCookie: a=b"}, "user_agent"),
    ],
)
def test_nonsense_is_refused_by_name(environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        load(environ)


def test_an_unknown_name_of_the_environment_is_told_and_stops_nothing() -> None:
    environ = {"PREVIEW_SERVICE_HOST": "10.0.0.7", "PREVIEW_ALOW_PORTS": "80", "HOME": "/"}
    assert load(environ) == Settings()
    assert unknown_names(environ) == ["PREVIEW_ALOW_PORTS", "PREVIEW_SERVICE_HOST"]


@pytest.mark.parametrize("text", ["wait_ms = ", "allow_networks = 3", "unheard_of = 1"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(BadSettings):
        load({}, file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"absent\.toml"):
        load({}, tmp_path / "absent.toml")


def test_setting_names_are_unique_across_slices() -> None:
    slices = (type(part) for part in (getattr(Settings(), f) for f in Settings.__struct_fields__))
    every = [name for part in slices for name in part.__struct_fields__]
    assert len(every) == len(set(every)) == len(names())


@pytest.mark.parametrize(
    ("environ", "agent"),
    [
        ({}, r"preview-service/\d+\.\d+\.\d+ \(link preview\)"),
        (
            {"PREVIEW_CONTACT_URL": "https://acme.example/bots"},
            r"preview-service/\S+ \(link preview; \+https://acme\.example/bots\)",
        ),
        ({"PREVIEW_USER_AGENT": "Acme/1"}, "Acme/1"),
    ],
)
def test_the_agent_says_who_asks(environ: dict[str, str], agent: str) -> None:
    import re

    assert re.fullmatch(agent, load(environ).fetch.agent)
