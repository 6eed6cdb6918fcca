"""What was really served: only `ok` may become a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Body, Claim, Field, File, Kind, Metadata, Page, Verdict
from preview_service.page.markers import MARKERS, Marker
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


def declared(title: str, **more: str) -> Metadata:
    """What a page says that introduces itself to apps that make cards."""
    named = {"title": title, "description": "About it.", **more}
    return Metadata(
        claims={
            Field(name): (Claim(field=Field(name), value=value, source=f"og:{name}"),)
            for name, value in named.items()
        }
    )


def visit(
    metadata: Metadata,
    *,
    status: int = 200,
    asked: str = ASKED,
    at: str | None = None,
    headers: dict[str, str] | None = None,
    **more: object,
) -> Visit:
    url = at or asked
    page = Page(url=url, base=url, charset="utf-8", **more)  # type: ignore[arg-type]
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
        (999, ["title"], Verdict.CHALLENGE),
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


WALLS = {
    Verdict.SOFT_404: [
        "Page Not Found",
        "Oops! Page not found",
        "404 - Page not found | Acme",
        "404 Not Found",
        "404 - File or directory not found.",
        "Sorry, this page isn’t available.",
        "We can't find that page",
        "Diese Seite existiert nicht – Acme",
        "Fehler 404 - Seite nicht gefunden",
        "Page introuvable - Acme",
        "Cette page n’existe pas",
        "Página no encontrada | Acme",
        "Página não encontrada - Acme",
        "Pagina non trovata - Acme",
        "Pagina niet gevonden | Acme",
        "Sidan kunde inte hittas - Acme",
        "Siden blev ikke fundet",
        "Siden ble ikke funnet",
        "Sivua ei löytynyt - Acme",
        "Nie znaleziono strony - Acme",
        "Stránka nenalezena",
        "Az oldal nem található",
        "Pagina nu a fost găsită",
        "Sayfa bulunamadı | Acme",
        "Страница не найдена — Acme",
        "Сторінку не знайдено",
        "Η σελίδα δεν βρέθηκε",
        "お探しのページが見つかりませんでした｜Acme",
        "页面不存在 - Acme",
        "找不到網頁",
        "페이지를 찾을 수 없습니다",
        "الصفحة غير موجودة",
        "הדף לא נמצא",
        "Không tìm thấy trang",
        "Halaman tidak ditemukan",
        "404 | Acme",
        "Page Not Found (404)",
        "Acme | Page not found",
        "Acme: Page not found",
        "HTTP Status 404 – Not Found",
        "404: NOT_FOUND",
        "404. That’s an error.",
        "404页面",
        "Página no encontrada - Erro 404",
        "Die gewünschte Seite wurde nicht gefunden",
        "This content isn't available right now",
        "Video unavailable",
        "Profile not found",
        "Stranica nije pronađena",
        "ไม่พบหน้าที่คุณต้องการ",
    ],
    Verdict.LOGIN_WALL: [
        "Please log in",
        "Sign in to continue to Gmail",
        "Log in to your account | Acme",
        "Log in or sign up",
        "Member Login | Acme",
        "Se connecter | Acme",
        "Iniciar sesión - Acme",
        "Faça login | Acme",
        "Accedi - Acme",
        "Inloggen bij Acme",
        "Logga in | Acme",
        "Log ind",
        "Logg inn",
        "Kirjaudu sisään - Acme",
        "Zaloguj się do Acme",
        "Přihlášení | Acme",
        "Bejelentkezés",
        "Giriş yap",
        "Войти | Acme",
        "Авторизация",
        "Увійти",
        "Σύνδεση - Acme",
        "ログイン | Acme",
        "用户登录 - Acme",
        "로그인",
        "تسجيل الدخول",
        "Đăng nhập",
        "Acme - Login",
        "Acme: Sign in",
        "Acme Login",
        "Acme – log in or sign up",
        "Bei Acme anmelden",
        "Se connecter à Acme",
        "Entrar no Acme",
        "Acmeにログイン",
        "Subscribe to read | Acme",
    ],
    Verdict.CONSENT_WALL: [
        "Before you continue to YouTube",
        "Bevor Sie zu Google weitergehen",
        "Avant d'accéder à YouTube",
        "DPG Media Privacy Gate",
    ],
    Verdict.CHALLENGE: [
        "Vercel Security Checkpoint",
        "Making sure you're not a bot!",
        "Einen Moment bitte...",
        "Один момент…",
        "请稍候…",
        "DDOS-GUARD",
        "百度安全验证",
        "Request Rejected",
        "Вы не робот?",
        "Please Wait... | Cloudflare",
        "Êtes-vous un robot ?",
        "Sicherheitsabfrage",
        "Проверка браузера",
        "人机验证",
        "보안 확인",
        "Verify you are human by completing the action below",
    ],
    Verdict.ERROR_PAGE: [
        "500 Internal Server Error",
        "Access denied | acme.example used Cloudflare to restrict access",
        "504 Gateway Time-out",
        "403 - Forbidden: Access is denied.",
        "acme.example | 521: Web server is down",
        "503 Backend fetch failed",
        "Error establishing a database connection",
        "ERROR: The request could not be satisfied",
        "Apache Tomcat/9.0.1 - Error report",
        "Application Error",
        "Error",
        "Under Maintenance",
        "This content is not available in your region",
        "Accès refusé",
        "Server Error (500)",
        "410 Gone",
        "401 Authorization Required",
        "Wartungsarbeiten - Acme",
        "We'll be back soon!",
        "メンテナンス中",
    ],
    Verdict.EMPTY: [
        "Untitled Document",
        "React App",
        "Vite + React + TS",
        "Loading...",
        "Welcome to nginx!",
        "Apache2 Ubuntu Default Page: It works",
        "Redirecting...",
        "undefined",
        "undefined | Acme",
        "[object Object]",
        "${page.title}",
        "<%= title %> - Acme",
        "%%title%% %%sep%% %%sitename%%",
        "{{ product.title | upper }} - Acme",
    ],
}


@pytest.mark.parametrize(
    ("title", "verdict"),
    [(title, verdict) for verdict, titles in WALLS.items() for title in titles],
)
def test_a_set_phrase_is_known_in_many_languages(title: str, verdict: Verdict) -> None:
    assert verdict_of(titled(title)) is verdict


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("CAPTCHA - AcmeWiki", "CAPTCHA"),
        ("验证码", "%E9%AA%8C%E8%AF%81%E7%A0%81"),
        (
            "Доступ запрещён",
            "%D0%94%D0%BE%D1%81%D1%82%D1%83%D0%BF_%D0%B7%D0%B0%D0%BF%D1%80%D0%B5%D1%89%D1%91%D0%BD",
        ),
        ("Access Denied | Acme", "access_denied"),
        ("Just a moment", "just-a-moment?from=list"),
        ("Before you continue", "before-you-continue/2"),
    ],
)
def test_who_asks_for_a_phrase_gets_what_is_called_so(title: str, slug: str) -> None:
    site = "https://acmewiki.example"
    assert verdict_of(titled(title), asked=f"{site}/{slug[:4]}x{slug[4:]}") is not Verdict.OK
    assert verdict_of(titled(title), asked=f"{site}/{slug}") is Verdict.OK


@pytest.mark.parametrize(
    "title",
    [
        "How to fix 404 Not Found errors",
        "Sign in with Apple: a guide",
        "Sign in with Apple | Acme Developer",
        "Access Denied (2020) - IMDb",
        "Just a moment in time | A poem",
        "Page Not Found: why links rot",
        "Not Found | Acme Records",
        "Error 404 explained",
        "Verify you are human: a review",
        "Enable JavaScript in Chrome",
        "Acme: 404 ways to cook an egg",
        "Social login | Acme",
        "Entrar no mercado | Acme",
        "Content not available offline",
        "Maintenance mode of WordPress",
        "Login security in ten steps",
        "The login page as an art form",
        "Before you continue to read, breathe",
        "Error analysis for physicists",
        "Errors I have made | Acme",
        "Under maintenance: a week with the fitters",
        "Understanding {{ this }} in Handlebars",
        "What is ${} in JavaScript?",
        "100% cotton | Acme",
        "undefined behaviour in C",
        "Null Island - Wikipedia",
        "Untitled (Skull) by Basquiat",
        "Document management for lawyers",
        "Loading docks of the world",
        "Why your page is not available in your country",
        "Robot checks that stop people",
        "Вход свободный: музеи без билетов",
        "Entrar en la universidad",
        "Connexion entre deux mondes",
        "Maintenance - Acme Heating",
        "Security check-in at the airport",
        "Forbidden Planet (1956)",
        "Forbidden | Acme Pictures Blog",
        "Anmeldung zum Kurs",
        "Anmeldung | Acme",
        "500 days of summer",
        "The 403 bus",
    ],
)
def test_an_article_about_a_wall_is_an_article(title: str) -> None:
    assert verdict_of(titled(title)) is Verdict.OK
    assert verdict_of(declared(title)) is Verdict.OK


@pytest.mark.parametrize(
    ("title", "site", "verdict"),
    [
        ("Login to Meetup | Meetup", "Meetup", Verdict.LOGIN_WALL),
        ("Log in | Acme", "", Verdict.LOGIN_WALL),
        ("Sign in to your account", "Acme", Verdict.LOGIN_WALL),
        ("Acme - Sign in", "", Verdict.LOGIN_WALL),
        ("Acme Magazine Login", "Acme Magazine", Verdict.LOGIN_WALL),
        ("Social Login", "Acme", Verdict.OK),
        ("Page not found - Acme", "", Verdict.SOFT_404),
        ("Página no encontrada | 404", "Acme", Verdict.SOFT_404),
        ("Acme | Page not found", "Acme", Verdict.SOFT_404),
        ("Log in to Facebook | Tips and Tricks", "Tips and Tricks", Verdict.OK),
        ("Sign in - song and lyrics by The Doors", "Spotify", Verdict.OK),
        ("Page Not Found | A short film", "Acme", Verdict.OK),
        ("404", "YouTube", Verdict.OK),
        ("Forbidden", "IMDb", Verdict.OK),
    ],
)
def test_a_declared_title_must_be_the_sites_own_phrase(
    title: str, site: str, verdict: Verdict
) -> None:
    assert verdict_of(declared(title, site_name=site)) is verdict


@pytest.mark.parametrize("kind", [Kind.MUSIC, Kind.VIDEO, Kind.PRODUCT])
def test_a_thing_may_be_called_what_it_likes(kind: Kind) -> None:
    assert verdict_of(declared("Login | Acme", kind=kind)) is Verdict.OK
    assert verdict_of(declared("Page not found", kind=kind)) is Verdict.OK


def test_who_asks_for_a_page_about_missing_pages_gets_it() -> None:
    for asked in ("https://acme.example/blog/page-not-found", "https://acme.example/wiki/404"):
        assert verdict_of(titled("Page not found"), asked=asked) is Verdict.OK
        assert verdict_of(titled("404"), asked=asked) is Verdict.OK


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_a_marker_is_proof_unless_the_page_introduces_itself(marker: Marker) -> None:
    assert verdict_of(titled("acme.example"), markers=(marker.name,)) is marker.verdict
    assert verdict_of(declared("Shoes"), markers=(marker.name,)) is Verdict.OK


def test_a_marker_is_proof_on_an_error_page_whatever_it_says() -> None:
    judgement = judge(visit(declared("Acme"), status=403, markers=("datadome",)))
    assert (judgement.verdict, judgement.evidence) == (Verdict.CHALLENGE, "markup_of_datadome")


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (403, {"x-datadome": "protected"}, Verdict.CHALLENGE),
        (429, {"x-kpsdk-ct": "0a"}, Verdict.CHALLENGE),
        (403, {"server": "AkamaiGHost"}, Verdict.CHALLENGE),
        (404, {"x-datadome": "protected"}, Verdict.ERROR_PAGE),
        (403, {"server": "cloudflare"}, Verdict.ERROR_PAGE),
        (200, {"x-datadome": "protected", "server": "AkamaiGHost"}, Verdict.OK),
    ],
)
def test_a_vendor_counts_only_where_something_was_refused(
    status: int, headers: dict[str, str], verdict: Verdict
) -> None:
    assert verdict_of(titled("acme.example"), status=status, headers=headers) is verdict


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("https://www.google.com/sorry/index?continue=x", Verdict.CHALLENGE),
        ("https://yandex.example/showcaptcha?cc=1", Verdict.CHALLENGE),
        ("https://accounts.acme.example/v3/x", Verdict.LOGIN_WALL),
        ("https://login.acme.example/", Verdict.LOGIN_WALL),
        ("https://acme.example/wp-login.php?redirect_to=x", Verdict.LOGIN_WALL),
        ("https://consent.acme.example/?next=x", Verdict.CONSENT_WALL),
        ("https://acme.example/zustimmung?url=x", Verdict.CONSENT_WALL),
        ("https://acme.example/", Verdict.SOFT_404),
        ("https://www.acme.example/en/", Verdict.SOFT_404),
        ("https://acme.example/sorry-we-missed-you", Verdict.OK),
        ("https://docs.other.example/guides/sso", Verdict.OK),
        ("https://other.example/", Verdict.OK),
        ("https://acme.example/events/", Verdict.OK),
        ("https://acme.example/events/42?from=https://sso.acme.example/login", Verdict.OK),
    ],
)
def test_where_a_redirect_led_is_proof(at: str, verdict: Verdict) -> None:
    assert verdict_of(declared("Acme"), at=at) is verdict


@pytest.mark.parametrize(
    "asked",
    ["https://short.example/x1-2", "https://acme.example/about", "https://acme.example/index.html"],
)
def test_a_short_link_may_lead_home(asked: str) -> None:
    assert verdict_of(declared("Acme"), asked=asked, at="https://acme.example/") is Verdict.OK


@pytest.mark.parametrize(
    ("title", "site", "canonical", "verdict"),
    [
        ("Acme", "ACME", "https://acme.example/", Verdict.SOFT_404),
        ("Acme", "Acme", "https://www.acme.example/de/", Verdict.SOFT_404),
        ("Acme", "Acme", "https://other.example/", Verdict.OK),
        ("Acme", "Acme", ASKED, Verdict.OK),
        ("A trail shoe", "Acme", "https://acme.example/", Verdict.OK),
        ("Acme", "", "https://acme.example/", Verdict.OK),
    ],
)
def test_a_deep_page_that_is_the_home_page_by_address_and_name_is_not_there(
    title: str, site: str, canonical: str, verdict: Verdict
) -> None:
    assert verdict_of(declared(title, site_name=site, canonical=canonical)) is verdict


def test_a_page_that_is_canonically_a_login_is_one() -> None:
    canonical = "https://www.acme.example/login/"
    page = declared("Join Acme", canonical=canonical, kind=Kind.ARTICLE)
    assert judge(visit(page)).evidence == "login_canonical"
    assert verdict_of(page, asked="https://acme.example/login") is Verdict.OK


@pytest.mark.parametrize(
    ("metadata", "body", "verdict"),
    [
        (titled("Вход"), None, Verdict.LOGIN_WALL),
        (titled("Entrar | Acme"), None, Verdict.LOGIN_WALL),
        (titled("Acme Portal"), Body(heading="Acme"), Verdict.LOGIN_WALL),
        (titled("Acme Portal"), Body(text="Words of a thread in a forum."), Verdict.OK),
        (titled("A thread in a forum"), None, Verdict.OK),
        (declared("Вход"), None, Verdict.OK),
        (Metadata(claims={}), None, Verdict.LOGIN_WALL),
    ],
)
def test_a_password_is_asked_for_where_nothing_else_is_said(
    metadata: Metadata, body: Body | None, verdict: Verdict
) -> None:
    assert verdict_of(metadata, has_password=True, body=body) is verdict


def test_a_heading_says_not_found_where_the_title_does_not() -> None:
    body = Body(heading="Page not found", text="Try the search.")
    assert judge(visit(titled("Acme"), body=body)).evidence == "not_found_heading"
    assert verdict_of(declared("Acme"), body=body) is Verdict.OK


def test_a_heading_may_be_a_challenge_s() -> None:
    body = Body(heading="Verify you are human")
    assert judge(visit(titled("acme.example"), body=body)).evidence == "challenge_heading"
    assert verdict_of(declared("Acme"), body=body) is Verdict.OK


def test_a_site_s_own_tags_do_not_hide_that_a_page_is_not_there() -> None:
    hidden = declared("Acme", site_name="Acme")
    for title in ("Page not found", "Page not found | Acme"):
        assert judge(visit(hidden, title=title)).evidence == "not_found_behind_site"
    assert verdict_of(hidden, title="Page not found: a film") is Verdict.OK
    assert verdict_of(declared("A film", site_name="Acme"), title="Page not found") is Verdict.OK


@pytest.mark.parametrize("asked", [f"{ASKED}/product/14042", f"{ASKED}/4041"])
def test_digits_of_an_address_do_not_make_it_about_missing_pages(asked: str) -> None:
    assert verdict_of(titled("Page not found"), asked=asked) is Verdict.SOFT_404
    assert verdict_of(titled("Page not found"), asked=f"{ASKED}/error-404") is Verdict.OK


def test_a_title_with_nothing_beside_it_is_no_thing() -> None:
    metadata = titled("Page not found | The News", "og:title")
    assert verdict_of(metadata) is Verdict.SOFT_404


def test_one_filled_title_is_enough() -> None:
    claims_made = tuple(
        Claim(field=Field.TITLE, value=value, source=source)
        for value, source in (("{{ title }}", "og:title"), ("Shoes", "title"))
    )
    assert verdict_of(Metadata(claims={Field.TITLE: claims_made})) is Verdict.OK
    assert verdict_of(Metadata(claims={Field.TITLE: claims_made[:1]})) is Verdict.EMPTY


def test_a_file_is_judged_by_its_status_alone() -> None:
    file = File(kind=Kind.DOCUMENT, media_type="application/pdf", name="404.pdf")
    assert verdict_of(titled("404 Not Found"), file=file) is Verdict.OK
    assert verdict_of(titled("404 Not Found"), file=file, status=404) is Verdict.ERROR_PAGE


@given(st.text(max_size=300), st.integers(100, 999))
def test_any_title_is_judged(title: str, status: int) -> None:
    assert verdict_of(titled(title), status=status) in Verdict
