"""What was really served: only `ok` may become a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Claim, Field, Metadata, Page, Verdict
from preview_service.page.verdict import RULES, Visit, judge

ASKED = "https://acme.example/events/42"


def claims(**values: str) -> Metadata:
    return Metadata(
        claims={
            Field(name): (Claim(field=Field(name), value=value, source="test"),)
            for name, value in values.items()
        }
    )


def titled(title: str, source: str = "title") -> Metadata:
    return Metadata(claims={Field.TITLE: (Claim(field=Field.TITLE, value=title, source=source),)})


def visit(
    metadata: Metadata,
    *,
    status: int = 200,
    asked: str = ASKED,
    at: str | None = None,
    headers: dict[str, str] | None = None,
) -> Visit:
    page = Page(url=at or asked, base=at or asked, charset="utf-8")
    return Visit(asked=asked, status=status, page=page, metadata=metadata, headers=headers or {})


def verdict_of(*given: object, **more: object) -> Verdict:
    return judge(visit(*given, **more)).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "fields", "verdict"),
    [
        (200, ["title"], Verdict.OK),
        (203, ["description"], Verdict.OK),
        (200, ["image"], Verdict.OK),
        (200, [], Verdict.EMPTY),
        (200, ["icon", "lang", "canonical", "site_name"], Verdict.EMPTY),
        (404, ["title"], Verdict.ERROR_PAGE),
        (403, [], Verdict.ERROR_PAGE),
        (500, ["title"], Verdict.ERROR_PAGE),
        (999, ["title"], Verdict.ERROR_PAGE),
        (302, ["title"], Verdict.ERROR_PAGE),
    ],
)
def test_a_page_is_judged_by_its_status_and_what_it_says(
    status: int, fields: list[str], verdict: Verdict
) -> None:
    assert verdict_of(claims(**dict.fromkeys(fields, "x")), status=status) is verdict


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        ("Just a moment...", Verdict.CHALLENGE),
        ("Attention Required! | Cloudflare", Verdict.CHALLENGE),
        ("Robot Check", Verdict.CHALLENGE),
        ("Are you a robot?", Verdict.CHALLENGE),
        ("Checking your browser before accessing acme.example", Verdict.CHALLENGE),
        ("Access to this page has been denied.", Verdict.CHALLENGE),
        ("JavaScript is not available.", Verdict.CHALLENGE),
        ("Forbidden", Verdict.ERROR_PAGE),
        ("403 Forbidden", Verdict.ERROR_PAGE),
        ("Access Denied", Verdict.ERROR_PAGE),
        ("502 Bad Gateway", Verdict.ERROR_PAGE),
        ("503 - Service Unavailable", Verdict.ERROR_PAGE),
        ("Login to Meetup | Meetup", Verdict.LOGIN_WALL),
        ("Sign in - Google Accounts", Verdict.LOGIN_WALL),
        ("Login • Instagram", Verdict.LOGIN_WALL),
        ("Log into Facebook", Verdict.LOGIN_WALL),
        ("Anmelden | Acme", Verdict.LOGIN_WALL),
        ("ログイン", Verdict.LOGIN_WALL),
        ("404", Verdict.SOFT_404),
        ("404 Not Found", Verdict.SOFT_404),
        ("Page not found | Acme", Verdict.SOFT_404),
        ("Error 404 - Page Not Found", Verdict.SOFT_404),
        ("Seite nicht gefunden – Acme", Verdict.SOFT_404),
        ("{{ product.title }}", Verdict.EMPTY),
        ("Just a moment: how a second became a day", Verdict.OK),
        ("Forbidden City opens its gates", Verdict.OK),
        ("Access denied: a history of locks", Verdict.OK),
        ("Sign in the window tells a story of hope", Verdict.OK),
        ("Login gone wrong, and what we learnt from it", Verdict.OK),
        ("404 ways to cook an egg", Verdict.OK),
        ("The page that could not be found", Verdict.OK),
        ("Not Found (a song by the Acmes)", Verdict.OK),
        ("Peugeot 404 | Acme Motors", Verdict.OK),
        ("Einloggen lohnt sich: der Sparclub", Verdict.OK),
    ],
)
def test_a_title_tells_a_wall_from_a_page(title: str, verdict: Verdict) -> None:
    assert verdict_of(titled(title)) is verdict


@pytest.mark.parametrize("title", ["Just a moment...", "Forbidden", "Robot Check"])
def test_a_page_that_introduces_itself_is_no_interstitial(title: str) -> None:
    assert verdict_of(titled(title, source="og:title")) is Verdict.OK


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"cf-mitigated": "challenge"}, Verdict.CHALLENGE),
        ({"x-amzn-waf-action": "Captcha"}, Verdict.CHALLENGE),
        ({"cf-mitigated": ""}, Verdict.OK),
        ({"server": "cloudflare", "x-datadome": "protected"}, Verdict.OK),
    ],
)
def test_a_vendors_presence_is_no_challenge(headers: dict[str, str], verdict: Verdict) -> None:
    assert verdict_of(titled("Shoes"), headers=headers) is verdict


def test_a_challenge_is_told_from_a_fault() -> None:
    assert verdict_of(titled("Just a moment..."), status=403) is Verdict.CHALLENGE
    assert verdict_of(titled("Shoes"), status=403) is Verdict.ERROR_PAGE


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("https://acme.example/login?next=/events/42", Verdict.LOGIN_WALL),
        ("https://acme.example/users/sign_in", Verdict.LOGIN_WALL),
        ("https://id.acme.example/oauth2/authorize?client=1", Verdict.LOGIN_WALL),
        ("https://www.acme.example/authwall", Verdict.LOGIN_WALL),
        ("https://consent.youtube.com/m?continue=x", Verdict.CONSENT_WALL),
        ("https://consent.google.de/ml", Verdict.CONSENT_WALL),
        ("https://acme.example/blog/logins-explained", Verdict.OK),
        ("https://acme.example/events/42-renamed", Verdict.OK),
    ],
)
def test_a_redirect_tells_where_it_led(at: str, verdict: Verdict) -> None:
    assert verdict_of(titled("Acme"), at=at) is verdict


@pytest.mark.parametrize("asked", ["https://acme.example/login", "https://acme.example/sign-in?x"])
def test_who_asks_for_a_login_page_gets_it(asked: str) -> None:
    assert verdict_of(titled("Log in | Acme"), asked=asked) is Verdict.OK


def test_the_evidence_is_named() -> None:
    judgement = judge(visit(titled("Login • Instagram")))
    assert (judgement.verdict, judgement.evidence) == (Verdict.LOGIN_WALL, "login_title")
    assert judge(visit(titled("Shoes"))).evidence is None


def test_each_rule_has_evidence_of_its_own() -> None:
    assert len({evidence for _, evidence, _ in RULES}) == len(RULES)


@given(st.text(max_size=300), st.integers(100, 999))
def test_any_title_is_judged(title: str, status: int) -> None:
    assert verdict_of(titled(title), status=status) in Verdict
