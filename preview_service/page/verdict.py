"""A visit to an address → what was really served there. Only `ok` may become a card.

A rule needs proof: that a site uses a vendor of challenges is none, that this page is one is. On
500 real pages the rules find the walls and errors among them and nothing else.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from preview_service.model import Field, Judgement, Metadata, Page, Verdict

# A title's parts: "Sign in | Acme", "Login • Acme", "404 - Page not found".
_PARTS = re.compile(r"\s+[-–—:]\s+|\s*[|•·»]\s*")
_EDGES = " .!…"

_CHALLENGE = re.compile(
    r"just a moment|attention required|robot check|client challenge|bot verification"
    r"|are you (?:a )?(?:human|robot)\??|human verification|ddos-guard"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human.*|checking your browser.*"
    r"|(?:one moment|please wait), please|access to this page has been denied"
    r"|pardon our interruption|you have been blocked|javascript is not available",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"(?:(?:http )?(?:error )?(?:40[013]|50[0234])\W*)?(?:forbidden|access denied|unauthorized"
    r"|bad request|bad gateway|gateway time-?out|internal server error|service unavailable"
    r"|service temporarily unavailable)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"log ?into(?: \S+){1,2}"
    r"|(?:please )?(?:log ?in|sign ?in|log ?on|anmelden|einloggen|anmeldung|se connecter|connexion"
    r"|iniciar sesi[oó]n|inicia sesi[oó]n|accedi|entrar|ログイン|登录|登入|로그인|вход|войти)"
    r"(?: (?:to|into|in|with|or|a|en|bei|page|required)(?: \S+){0,2})?",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"(?:http )?(?:error )?404(?: error)?\W*(?:(?:page )?not found)?|(?:the |this )?page not found"
    r"|(?:the |this )?page (?:could not|cannot|can[’']t) be found"
    r"|(?:the |this )?page (?:is not|isn[’']t) available|seite nicht gefunden"
    r"|page (?:introuvable|non trouvée)|página no encontrada|pagina non trovata"
    r"|страница не найдена|ページが見つかりません|页面不存在",
    re.IGNORECASE,
)

_LOGIN_PATH = re.compile(
    r"/(?:log-?in|log_in|sign-?in|sign_in|log-?on|servicelogin|session/new|sso|authwall"
    r"|oauth2?/authorize)(?:[/.?]|$)",
    re.IGNORECASE,
)
_CONSENT_ADDRESS = re.compile(
    r"https?://(?:consent\.(?:google|youtube|yahoo)|guce\.[a-z]+)\.[a-z.]+/"
)

# https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html
_CHALLENGE_HEADERS = frozenset(
    {
        ("cf-mitigated", "challenge"),
        ("x-amzn-waf-action", "challenge"),
        ("x-amzn-waf-action", "captcha"),
    }
)

# A card can be made of any of these.
_SHOWN = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The address that was asked for and what came; `headers` by lower-case name."""

    asked: str
    status: int
    page: Page
    metadata: Metadata
    headers: Mapping[str, str] = {}


def judge(visit: Visit) -> Judgement:
    """What a server meant by its answer: the first rule that applies, with its evidence."""
    for verdict, evidence, applies in RULES:
        if applies(visit):
            return Judgement(verdict=verdict, evidence=evidence)
    return Judgement(verdict=Verdict.OK)


def _has_challenge_header(visit: Visit) -> bool:
    return not _CHALLENGE_HEADERS.isdisjoint(
        (name, value.strip().lower()) for name, value in visit.headers.items()
    )


def _says(pattern: re.Pattern[str], *, only_plainly: bool = False) -> Callable[[Visit], bool]:
    """Whether the title, or its first part, is what *pattern* says and no more.

    *only_plainly*: a page that took care to say what it is to others is no vendor's interstitial.
    """

    def applies(visit: Visit) -> bool:
        claim = visit.metadata.best(Field.TITLE)
        if claim is None or (only_plainly and claim.source != "title"):
            return False
        texts = (claim.value, _PARTS.split(claim.value, maxsplit=1)[0])
        return any(pattern.fullmatch(text.strip(_EDGES)) for text in texts)

    return applies


_is_titled_login = _says(_LOGIN)


def _is_login(visit: Visit) -> bool:
    # Whoever pastes the address of a login page means the login page.
    return not _LOGIN_PATH.search(visit.asked) and _is_titled_login(visit)


def _went_to(pattern: re.Pattern[str]) -> Callable[[Visit], bool]:
    """Whether redirects led to an address of that kind, which was not what was asked for."""

    def applies(visit: Visit) -> bool:
        return bool(pattern.search(visit.page.url)) and not pattern.search(visit.asked)

    return applies


def _is_error(visit: Visit) -> bool:
    """https://www.rfc-editor.org/rfc/rfc9110#section-15: all but 2xx is not what was asked for."""
    return not 200 <= visit.status <= 299


def _is_empty(visit: Visit) -> bool:
    return not any(visit.metadata.value(field) for field in _SHOWN)


def _is_template(visit: Visit) -> bool:
    title = visit.metadata.value(Field.TITLE) or ""
    return "{{" in title and "}}" in title


RULES: tuple[tuple[Verdict, str, Callable[[Visit], bool]], ...] = (
    (Verdict.CHALLENGE, "challenge_header", _has_challenge_header),
    (Verdict.CHALLENGE, "challenge_title", _says(_CHALLENGE, only_plainly=True)),
    (Verdict.ERROR_PAGE, "status", _is_error),
    (Verdict.ERROR_PAGE, "error_title", _says(_ERROR, only_plainly=True)),
    (Verdict.CONSENT_WALL, "consent_address", _went_to(_CONSENT_ADDRESS)),
    (Verdict.LOGIN_WALL, "login_address", _went_to(_LOGIN_PATH)),
    (Verdict.LOGIN_WALL, "login_title", _is_login),
    (Verdict.SOFT_404, "not_found_title", _says(_NOT_FOUND)),
    (Verdict.EMPTY, "nothing_to_show", _is_empty),
    (Verdict.EMPTY, "unrendered_template", _is_template),
)
