"""Settings become parts."""

from pathlib import Path

import pytest

from preview_service.app import check_shared, partners, webhooks
from preview_service.errors import BadSettings
from preview_service.settings import load

PARTNERS = Path(__file__).parents[1] / "fixtures/partners"


def test_partners_are_those_of_the_file() -> None:
    assert partners(load({})).names == ()
    given = load({"PREVIEW_PARTNERS": str(PARTNERS / "acme.toml")})
    assert partners(given).names == ("acme",)


def test_a_bad_file_of_partners_is_named_with_the_partner(tmp_path: Path) -> None:
    file = tmp_path / "partners.toml"
    file.write_text('[[partner]]\nname = "acme"\nformats = []\n')
    with pytest.raises(BadSettings, match=r"partners\.toml: partners: acme: "):
        partners(load({"PREVIEW_PARTNERS": str(file)}))
    with pytest.raises(BadSettings, match=r"absent\.toml: No such file"):
        partners(load({"PREVIEW_PARTNERS": str(tmp_path / "absent.toml")}))


def test_webhooks_are_those_of_the_file(tmp_path: Path) -> None:
    assert webhooks(load({})).names == ()
    file = tmp_path / "webhooks.toml"
    file.write_text(
        f'[[webhook]]\nname = "crm"\nurl = "https://crm.example/"\nsecret = "whsec_{"A" * 32}"\n'
    )
    assert webhooks(load({"PREVIEW_WEBHOOKS": str(file)})).names == ("crm",)
    file.write_text('[[webhook]]\nname = "crm"\nurl = "https://crm.example/"\n')
    with pytest.raises(BadSettings, match=r"webhooks\.toml: webhooks: crm: secret is missing"):
        webhooks(load({"PREVIEW_WEBHOOKS": str(file)}))


def test_several_processes_must_know_each_others_pictures() -> None:
    public = {"PREVIEW_PUBLIC_URL": "https://previews.example"}
    secret = {"PREVIEW_SECRET": "0123456789abcdef"}
    store = {"PREVIEW_CACHE_URL": "sqlite:cache.db"}
    for fine in ({}, store, public | store, public | secret | store):
        check_shared(load(fine))
    for lacking in (public, public | secret):
        with pytest.raises(BadSettings, match=r"public_url: several workers need"):
            check_shared(load(lacking))
