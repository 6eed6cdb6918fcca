"""A visit to an address → what was really served there. Only `ok` may become a card.

A rule needs proof: that a site uses a vendor of challenges is none, that this page is one is. On
500 real pages the rules find the walls and errors among them and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

import msgspec

from preview_service.model import Field, Kind, Metadata, Page, Verdict
from preview_service.outcome import Judgement
from preview_service.page import wording
from preview_service.page.addresses import host, is_deep, is_home, is_same_site
from preview_service.page.markers import MARKERS, Marker

_FIRST_ERROR = 400

# https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html
# https://vercel.com/docs/vercel-firewall/attack-challenge-mode
_CHALLENGE_HEADERS = frozenset(
    {
        ("cf-mitigated", "challenge"),
        ("sg-captcha", "challenge"),
        ("x-amzn-waf-action", "captcha"),
        ("x-amzn-waf-action", "challenge"),
        ("x-vercel-mitigated", "challenge"),
        ("x-vercel-mitigated", "deny"),
    }
)
# Of those whose business it is to stop visitors, and who answer in the site's place.
_VENDOR_HEADERS = frozenset(
    {"x-datadome", "x-dd-b", "x-iinfo", "x-kpsdk-ct", "x-px-block", "x-sucuri-block"}
)
_VENDOR_SERVERS = frozenset({"akamaighost", "datadome", "ddos-guard", "sucuri/cloudproxy"})
_REFUSALS = frozenset({403, 405, 406, 429, 503})
# LinkedIn's answer to visitors it takes for programs.
_NOT_FOR_PROGRAMS = 999

_CHALLENGE_ADDRESS = re.compile(
    r"https?://[^/]+/(?:sorry/index|showcaptcha(?:fast)?|_____tmd_____/punish|errors/validateCaptcha"
    r"|\.well-known/sgcaptcha/|cdn-cgi/challenge-platform/)|https?://(?:wappass\.baidu\.com/|"
    r"geo\.captcha-delivery\.com/|validate\.perfdrive\.com/)"
)
_CONSENT_ADDRESS = re.compile(
    r"https?://(?:consent|guce|myprivacy|cmp-consent-tool)\.[^/]+/|https?://[^/]+/(?:consent/tcf"
    r"|cookie/consent|privacy/consent|privacy-gate|zustimmung)(?:[/.?]|$)"
)
_LOGIN_ADDRESS = re.compile(
    r"https?://(?:accounts|auth|idp|log-?in|log-?on|passport|sign-?in|sso)\.[^/]+/"
    r"|/(?:adfs/ls|authwall|connexion|iniciar-sesion|inloggen|log-?in|log_in"
    r"|log-?on|openid-connect/auth|oauth2?/authorize|servicelogin|session/new|sessions/new"
    r"|sign-?in|sign_in|sso|wp-login)(?:[/.?]|$)",
    re.IGNORECASE,
)
_VENDOR = re.compile(
    r"(?:.*\bused )?cloudflare(?: to restrict access)?|akamai|imperva", re.IGNORECASE
)
_GUIDE = re.compile(
    r"//(?:dev\w*|docs?|help|learn|support)\.|/(?:articles?|blog|docs?|documentation|guides?|help"
    r"|learn|reference|support|wiki)/"
)
_ABOUT_NOT_FOUND = re.compile(r"(?<!\d)404(?!\d)|not[-_+]?found", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_YOURS = re.compile(
    r"(?:your|my|an?|create an|create|register|sign up|join)(?: \w+)?", re.IGNORECASE
)

# A card can be made of any of these.
_SHOWN = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE)
# What is read off a page as it stands there, as against what it took care to say.
_UNDECLARED = ("title", "body:")
# Publishing systems call all they print an article, a login too.
_ORDINARY_KINDS = frozenset({None, Kind.WEBSITE, Kind.ARTICLE})


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The address that was asked for and what came; `headers` by lower-case name."""

    asked: str
    status: int
    page: Page
    metadata: Metadata
    headers: Mapping[str, str] = {}


Rule = tuple[Verdict, str, Callable[[Visit], bool]]


def judge(visit: Visit) -> Judgement:
    """What a server meant by its answer: the first rule that applies, with its evidence.

    A file has no words to be judged by.
    """
    for verdict, evidence, applies in RULES if visit.page.file is None else FILE_RULES:
        if applies(visit):
            return Judgement(verdict=verdict, evidence=evidence)
    return Judgement(verdict=Verdict.OK)


def _has_challenge_header(visit: Visit) -> bool:
    return not _CHALLENGE_HEADERS.isdisjoint(
        (name, value.strip().lower()) for name, value in visit.headers.items()
    )


def _is_refused_by_vendor(visit: Visit) -> bool:
    """A vendor's presence counts only where something was refused."""
    headers = visit.headers
    return visit.status in _REFUSALS and (
        not _VENDOR_HEADERS.isdisjoint(headers)
        or headers.get("server", "").strip().lower() in _VENDOR_SERVERS
    )


def _is_not_for_programs(visit: Visit) -> bool:
    return visit.status == _NOT_FOR_PROGRAMS


def _has(marker: Marker) -> Callable[[Visit], bool]:
    """Whether the marker was found; a page that introduces itself is no interstitial."""

    def applies(visit: Visit) -> bool:
        return marker.name in visit.page.markers and (
            visit.status >= _FIRST_ERROR or _is_plain(visit)
        )

    return applies


def _is_plain(visit: Visit) -> bool:
    """Whether the page took no care to say what it is about, but for a bare title."""
    return all(
        claim is None or claim.source.startswith(_UNDECLARED)
        for claim in map(visit.metadata.best, _SHOWN)
    )


def _says(phrases: str) -> Callable[[Visit], bool]:
    """Whether one of *phrases* is all that a plain page says, the site's name apart."""

    def applies(visit: Visit) -> bool:
        title = visit.metadata.value(Field.TITLE)
        if title is None or not _is_plain(visit):
            return False
        found = wording.parts(title)
        said = [part for part in found if wording.is_said(phrases, part)]
        if any(_is_asked_for(part, visit) for part in said):
            return False
        rest = [part for part in found if not (part in said or _is_site(part, visit))]
        is_said = bool(said) and not any(_VENDOR.fullmatch(part) is None for part in rest)
        return is_said or wording.is_said(phrases, wording.trim(title))

    return applies


def _is_asked_for(phrase: str, visit: Visit) -> bool:
    """Whether the address that was asked for has *phrase*: of "/wiki/CAPTCHA" that is the page."""
    words = _BETWEEN_WORDS.sub("-", phrase.casefold())
    path = unquote(visit.asked).casefold().partition("://")[2].partition("/")[2]
    return not words.isdigit() and f"-{words}-" in f"-{_BETWEEN_WORDS.sub('-', path)}-"


def _says_only(phrases: str) -> Callable[[Visit], bool]:
    """Whether one of *phrases* is all that a page says, not even the site's name apart."""

    def applies(visit: Visit) -> bool:
        title = visit.metadata.value(Field.TITLE)
        return (
            title is not None and _is_plain(visit) and wording.is_said(phrases, wording.trim(title))
        )

    return applies


def _is_error(visit: Visit) -> bool:
    """https://www.rfc-editor.org/rfc/rfc9110#section-15: all but 2xx is not what was asked for."""
    return not 200 <= visit.status <= 299


def _went_to(pattern: re.Pattern[str]) -> Callable[[Visit], bool]:
    """Whether redirects led to an address of that kind, which was not what was asked for."""

    def applies(visit: Visit) -> bool:
        # Behind the "?" may stand where the visitor came from.
        at = visit.page.url.partition("?")[0]
        return bool(pattern.search(at)) and not pattern.search(visit.asked)

    return applies


def _went_to_login(visit: Visit) -> bool:
    # A short link may lead to the chapter about logins.
    is_chapter = _GUIDE.search(visit.page.url) is not None and not _is_plain(visit)
    return _is_at_login(visit) and not is_chapter


_is_at_login = _went_to(_LOGIN_ADDRESS)


def _is_login(visit: Visit) -> bool:
    # Whoever pastes the address of a login page means the login page.
    return not _LOGIN_ADDRESS.search(visit.asked) and _is_titled(_is_login_phrase, visit)


def _is_login_phrase(part: str, visit: Visit) -> bool:
    if wording.is_said(wording.LOGIN, part):
        return True
    what = wording.login_to(part)
    if what is None:
        named = wording.login_of(part)
        return named is not None and _is_site(named, visit)
    return _is_plain(visit) or _is_site(what, visit) or _YOURS.fullmatch(what) is not None


def _calls_itself_login(visit: Visit) -> bool:
    """Whether the page's own address for itself is a login's."""
    canonical = visit.metadata.value(Field.CANONICAL)
    return (
        canonical is not None
        and is_same_site(canonical, visit.page.url)
        and _LOGIN_ADDRESS.search(canonical) is not None
        and _LOGIN_ADDRESS.search(visit.asked) is None
    )


def _has_password_only(visit: Visit) -> bool:
    """A field for a password, and a title or a body that is for nothing else."""
    page = visit.page
    if not page.has_password or _LOGIN_ADDRESS.search(visit.asked) or not _is_plain(visit):
        return False
    title = visit.metadata.value(Field.TITLE)
    is_speechless = page.body is not None and not (page.body.text or page.body.images)
    words = wording.parts(title or "")[:1]
    return is_speechless or not words or wording.is_said(wording.LOGIN_WORD, words[0])


def _is_not_found(visit: Visit) -> bool:
    # Whoever asks for the page about "page not found" gets it.
    return not _ABOUT_NOT_FOUND.search(visit.asked) and _is_titled(
        lambda part, _: wording.is_said(wording.NOT_FOUND, part), visit
    )


_says_only_not_found = _says_only(wording.NOT_FOUND_WORD)
_says_404 = _says(wording.NOT_FOUND_STATUS)


def _is_not_found_word(visit: Visit) -> bool:
    return not _ABOUT_NOT_FOUND.search(visit.asked) and (
        _says_only_not_found(visit) or _says_404(visit)
    )


def _is_titled(is_phrase: Callable[[str, Visit], bool], visit: Visit) -> bool:
    """Whether a title begins with a phrase, or with the site's name and one.

    A declared one must have but the site's name beside it.

    A song may be called "Login", a film "Page Not Found": what says that it is a thing, is one.
    """
    title = visit.metadata.best(Field.TITLE)
    found = wording.parts(title.value) if title else ()
    if len(found) > 1 and wording.is_said(wording.NOT_FOUND_WORD, found[0]):
        found = found[1:]
    if found and not is_phrase(found[0], visit):
        found = _behind_site(found, visit)
    if not found or not is_phrase(found[0], visit):
        return False
    says_more = visit.metadata.best(Field.DESCRIPTION) or visit.metadata.best(Field.IMAGE)
    if _is_plain(visit) or not says_more:
        return True
    is_thing = visit.metadata.value(Field.KIND) not in _ORDINARY_KINDS
    return not is_thing and all(
        is_phrase(part, visit)
        or _is_site(part, visit)
        or wording.is_said(wording.NOT_FOUND_STATUS, part)
        for part in found[1:]
    )


def _behind_site(found: tuple[str, ...], visit: Visit) -> tuple[str, ...]:
    """*found* without the site's name before it: of "Acme - Sign in" or "Acme: Sign in"."""
    first, colon, rest = found[0].partition(": ")
    if not _is_site(first, visit):
        return ()
    return (wording.trim(rest), *found[1:]) if colon else found[1:]


def _is_site(part: str, visit: Visit) -> bool:
    """Whether *part* is what the site is called, as it says or as its host does."""
    name = _letters(part)
    site = _letters(visit.metadata.value(Field.SITE_NAME) or "")
    return bool(name) and (name == site or name in _letters(host(visit.page.url)))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_not_found_behind_the_site(visit: Visit) -> bool:
    """Whether the document says so in a title that its tags for others hide behind the site's."""
    shown, document = visit.metadata.value(Field.TITLE), visit.page.title
    if not shown or not document or not _is_site(shown, visit):
        return False
    found = wording.parts(document)
    said = [part for part in found if wording.is_said(wording.NOT_FOUND, part)]
    rest = [part for part in found if not (part in said or _is_site(part, visit))]
    return bool(said) and not rest and _ABOUT_NOT_FOUND.search(visit.asked) is None


def _is_headed(phrases: str, visit: Visit) -> bool:
    """Whether a page that says nothing else begins with one of *phrases*."""
    heading = visit.page.body and visit.page.body.heading
    return bool(heading and _is_plain(visit)) and any(
        wording.is_said(phrases, part) for part in wording.parts(heading or "")
    )


def _has_not_found_heading(visit: Visit) -> bool:
    is_about_it = _ABOUT_NOT_FOUND.search(visit.asked)
    return is_about_it is None and _is_headed(wording.NOT_FOUND, visit)


def _has_challenge_heading(visit: Visit) -> bool:
    return _is_headed(wording.CHALLENGE, visit)


def _went_home(visit: Visit) -> bool:
    """From a page of the site to its home page; a short link is of another host."""
    asked, url = visit.asked, visit.page.url
    return is_deep(asked) and is_home(url) and is_same_site(asked, url)


def _is_the_home_page(visit: Visit) -> bool:
    """Whether a page far down a site calls itself its home page, by address and by name.

    Many a good page declares the home page as its canonical address: that alone is no proof.
    """
    canonical = visit.metadata.value(Field.CANONICAL)
    url = visit.page.url
    if canonical is None or not (is_deep(url) and is_home(canonical)):
        return False
    title, site = (visit.metadata.value(field) for field in (Field.TITLE, Field.SITE_NAME))
    is_named_so = title is not None and _letters(title) == _letters(site or "")
    is_thing = visit.metadata.value(Field.KIND) not in _ORDINARY_KINDS
    return is_named_so and not is_thing and is_same_site(canonical, url)


def _is_empty(visit: Visit) -> bool:
    return not any(visit.metadata.value(field) for field in _SHOWN)


def _is_template(visit: Visit) -> bool:
    """Whether each title there is was left unfilled."""
    titles = visit.metadata.claims.get(Field.TITLE, ())
    return bool(titles) and all(wording.is_placeholder(claim.value) for claim in titles)


def _markup(verdict: Verdict) -> tuple[Rule, ...]:
    return tuple(
        (verdict, f"markup_of_{marker.name}", _has(marker))
        for marker in MARKERS
        if marker.verdict is verdict
    )


RULES: tuple[Rule, ...] = (
    (Verdict.CHALLENGE, "challenge_header", _has_challenge_header),
    (Verdict.CHALLENGE, "challenge_address", _went_to(_CHALLENGE_ADDRESS)),
    *_markup(Verdict.CHALLENGE),
    (Verdict.CHALLENGE, "challenge_title", _says(wording.CHALLENGE)),
    (Verdict.CHALLENGE, "status_999", _is_not_for_programs),
    (Verdict.CHALLENGE, "refused_by_vendor", _is_refused_by_vendor),
    *_markup(Verdict.CONSENT_WALL),
    (Verdict.ERROR_PAGE, "status", _is_error),
    *_markup(Verdict.ERROR_PAGE),
    (Verdict.ERROR_PAGE, "error_title", _says(wording.ERROR)),
    (Verdict.CONSENT_WALL, "consent_address", _went_to(_CONSENT_ADDRESS)),
    (Verdict.CONSENT_WALL, "consent_title", _says(wording.CONSENT)),
    (Verdict.LOGIN_WALL, "login_address", _went_to_login),
    (Verdict.LOGIN_WALL, "login_canonical", _calls_itself_login),
    (Verdict.LOGIN_WALL, "login_title", _is_login),
    (Verdict.LOGIN_WALL, "password_field", _has_password_only),
    (Verdict.SOFT_404, "not_found_title", _is_not_found),
    (Verdict.SOFT_404, "not_found_word", _is_not_found_word),
    (Verdict.CHALLENGE, "challenge_heading", _has_challenge_heading),
    (Verdict.SOFT_404, "not_found_behind_site", _is_not_found_behind_the_site),
    (Verdict.SOFT_404, "not_found_heading", _has_not_found_heading),
    (Verdict.SOFT_404, "redirect_to_home_page", _went_home),
    (Verdict.SOFT_404, "canonical_is_home_page", _is_the_home_page),
    (Verdict.EMPTY, "nothing_to_show", _is_empty),
    (Verdict.EMPTY, "default_title", _says_only(wording.NO_TITLE)),
    (Verdict.EMPTY, "unrendered_template", _is_template),
)

FILE_RULES: tuple[Rule, ...] = ((Verdict.ERROR_PAGE, "status", _is_error),)
