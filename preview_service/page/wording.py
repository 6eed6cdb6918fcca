"""A title or heading → whether it is a set phrase for "this is not what you asked for".

A phrase is the whole text, or a whole part of it beside others such as the site's name: a text that
has more to say, like "How to fix 404 Not Found errors", is about the phrase. The phrases are those
that servers, frameworks and large sites print, in the languages of most pages.
"""

import re
from functools import cache, lru_cache
from typing import Final

MAX_PHRASE_CHARS: Final = 100

# Of "Sign in | Acme", "Login • Acme", "404 - Page not found".
_BETWEEN = re.compile(r"\s+[-–—:/]+\s+|\s*[|｜•·»«]+\s*")
_EDGES = " \t.,!?…。！？¡¿:;-–—'\"“”„"


@lru_cache(maxsize=64)
def parts(text: str) -> tuple[str, ...]:
    """*text* where separators divide it, each part without the punctuation around it."""
    return tuple(part for each in _BETWEEN.split(text) if (part := trim(each)))


def trim(text: str) -> str:
    """*text* without the punctuation around it."""
    return text.strip(_EDGES)


def is_said(phrases: str, text: str) -> bool:
    """Whether *text* is one of *phrases*, a pattern; a long text is none, and not tried."""
    return len(text) <= MAX_PHRASE_CHARS and _compiled(phrases).fullmatch(text) is not None


# All of them take 20 ms, which the start of the service can do without.
@cache
def _compiled(phrases: str) -> re.Pattern[str]:
    return re.compile(phrases, re.IGNORECASE)


def _any(*alternatives: str) -> str:
    """A pattern of *alternatives*, patterns in which a space may be any of its kind."""
    return "|".join(alternatives).replace(" ", r"\s")


CHALLENGE: Final = _any(
    # Cloudflare, in its languages
    "just a moment",
    "attention required",
    "einen moment(?: bitte)?",
    "nur einen moment",
    "un (?:momento|instant|moment)",
    "um momento",
    "een moment(?: geduld)?",
    "chwileczkę",
    "один момент",
    "bir dakika(?: lütfen)?",
    "请稍候",
    "請稍候",
    "しばらくお待ちください",
    "잠시만 기다리십시오",
    "لحظة(?: من فضلك)?",
    # other vendors and sites
    "(?:please wait|one moment)\\W+cloudflare",
    "access to this page has been denied",
    "are you (?:a )?(?:human|robot)",
    "are you not a robot",
    "(?:bist du|sind sie) ein (?:mensch|roboter)|[eê]tes-vous un (?:humain|robot)",
    "(?:eres|es usted) (?:un )?(?:humano|robot)|(?:você é|és) um (?:humano|rob[oô])",
    "sei (?:un )?(?:umano|robot)|ben je een (?:mens|robot)|czy jesteś (?:robotem|człowiekiem)",
    "(?:robot|insan) (?:musunuz|mısınız|değilim)|ロボットですか|私はロボットではありません",
    "(?:botcheck|bot|robot) (?:check|detection|verification)",
    "(?:please )?confirm (?:that )?you(?: are|[’']re) (?:a )?human",
    "(?:please )?verify(?:ing)? (?:that )?you(?: are|[’']re) (?:a )?human"
    "(?:(?:\\.| (?:to|by|before|in order)\\b).*)?",
    "(?:h|re)?captcha(?: challenge| page| required)?",
    "checking your browser(?: before .*)?",
    "please wait while we (?:verify|check) your browser",
    "unusual traffic(?: (?:detected|from your (?:computer )?network))*",
    "client challenge",
    "ddos-guard",
    "(?:please )?enable (?:cookies|js|javascript)(?: (?:and|to|in order)\\b.*)?",
    "human verification",
    "javascript (?:is )?(?:not available|disabled|required)",
    "making sure you(?: are|[’']re) not a bot",
    "(?:one moment|please wait),? please",
    "pardon (?:our|the) interruption",
    "radware (?:bot manager )?captcha(?: page)?",
    "request (?:blocked|rejected)",
    "security (?:check|challenge|checkpoint|verification)(?: required)?",
    "shieldsquare (?:captcha|block)",
    "sucuri website firewall",
    "vercel security checkpoint",
    "(?:sorry, )?you (?:are|have been) blocked",
    "(?:your )?ip(?: address)? (?:has been |is )?(?:banned|blocked)",
    "you are being redirected",
    "(?:ой\\W+)?(?:вы (?:не )?робот|я не робот)|проверка (?:безопасности|браузера)",
    "sicherheitsabfrage|vérification de sécurité|verificación de seguridad",
    "verificação de segurança|verifica di sicurezza|güvenlik (?:doğrulaması|kontrolü)",
    "подтвердите, что (?:вы не робот|запросы отправляли вы, а не робот)",
    "(?:百度)?安全验证|人机验证|访问验证|请完成(?:安全)?验证|セキュリティ(?:チェック|確認)",
    "보안 (?:확인|인증)|로봇이 아닙니다",
    "(?:滑动)?验证码(?:拦截)?",
)

_STATUS = "(?:http )?(?:error |status )?(?:4[0-9][0-9]|5[0-9][0-9])"
ERROR: Final = _any(
    rf"(?:{_STATUS}\W*)?(?:access (?:denied|forbidden)|bad gateway|bad request|forbidden"
    r"|authentication required|authori[sz]ation required|gateway time-?out"
    r"|internal (?:server )?error|method not allowed|not acceptable"
    r"|origin is unreachable|payment required|permission denied"
    r"|service (?:temporarily )?unavailable"
    r"|server error|too many requests|unauthori[sz]ed|unavailable (?:due to|for) legal reasons"
    r"|web server is (?:down|returning an unknown error)|backend fetch failed"
    r"|connection timed out|a timeout occurred|ssl handshake failed)(?:\W+5[0-9][0-9]\W*)?",
    rf"{_STATUS}\W*gone|rate limit(?:ed| exceeded)",
    "(?:http )?(?:error )?(?!404)[45][0-9][0-9](?: error)?",
    rf"{_STATUS}\W+(?:forbidden|unauthori[sz]ed): access is denied.*",
    "(?:an )?(?:unexpected |unknown |application |database |fatal |runtime )?error(?: occurred)?",
    "apache tomcat/\\S+ .*error report",
    "(?:account|site|website) (?:has been )?suspended",
    "(?:error )?establishing a database connection",
    "error establishing a database connection",
    "(?:error: )?the request could not be satisfied",
    "iis [\\d.]+ detailed error.*",
    "(?:briefly unavailable for|site is (?:down|undergoing)|(?:site|website) under|under|down for)"
    " (?:scheduled )?maintenance",
    "(?:site |website )?(?:in maintenance|maintenance (?:mode|page))|site maintenance",
    "we(?: wi|[’'])ll be (?:right )?back(?: shortly| soon)?",
    "wartungs(?:arbeiten|modus)|(?:site )?en maintenance|(?:sito )?in manutenzione",
    "(?:sitio )?en mantenimiento|(?:site )?em manutenção|(?:ведутся )?технические работы",
    "(?:ただいま|現在)?メンテナンス中(?:です)?|(?:网站|系统)维护中",
    "(?:this )?(?:content|page|site|website|video) is (?:not |un)available in your"
    " (?:area|country|location|region)",
    "no such app",
    r"whoops\W+looks like something went wrong",
    "oops|something went wrong|(?:oops\\W+)?something went wrong",
    "fehler",
    "erreur",
    "ошибка",
    "zugriff verweigert",
    "accès (?:refusé|interdit)",
    "acceso denegado",
    "acesso negado",
    "accesso negato",
    "toegang geweigerd",
    "доступ (?:запрещ[её]н|ограничен)",
    "アクセス(?:拒否|が拒否されました)",
    "(?:拒绝访问|访问被拒绝|存取被拒)",
)

CONSENT: Final = _any(
    "before you continue(?: to (?:google|youtube).*)?",
    "bevor sie (?:zu (?:google|youtube).* weitergehen|fortfahren)",
    "avant d[’']accéder à (?:google|youtube).*|avant de continuer",
    "antes de (?:continuar|ir) a (?:google|youtube).*",
    "prima di continuare su (?:google|youtube).*",
    "voordat je (?:verdergaat|doorgaat) naar (?:google|youtube).*",
    "antes de (?:continuar|aceder ao|prosseguir para o) (?:google|youtube).*",
    "zanim przejdziesz do (?:google|youtube).*",
    "innan du fortsätter till (?:google|youtube).*",
    "(?:inden|før) du fortsætter til (?:google|youtube).*",
    "(?:dpg media )?privacy gate",
    "yahoo (?:is part of|est membre|ist teil|forma parte|fa parte|faz parte|maakt deel) .*",
    "(?:cookie|privacy|tracking)[ -](?:consent|wall|zustimmung)",
    "(?:einwilligung|zustimmung)(?: erforderlich)?",
)

LOGIN: Final = _any(
    "log into \\S+(?: \\S+)?",
    r"(?:log|sign) ?in or (?:sign|join) ?(?:up|now)?(?: to (?:view|continue|see more))?",
    r"(?:please )?(?:log|sign)[ -]?(?:in|on)",
    r"(?:member|user|account|customer|client) (?:log|sign) ?in",
    r"(?:log|sign) ?in (?:page|required)",
    r"(?:log|sign)[ -]?in to (?:continue|proceed|(?:read|see|view) this .*)",
    r"subscribe to (?:read|continue(?: reading)?)",
    r"(?:you must|you need to|please) (?:be logged|log|sign) in.*",
    "(?:bitte )?(?:anmelden|einloggen)|login erforderlich",
    "se connecter|connectez-vous|identifiez-vous|s[’']identifier",
    "inicia(?:r)? sesi[oó]n|identif[ií]cate",
    "iniciar sess[aã]o|fa[cç]a (?:o )?login|fazer login",
    "accedi|effettua (?:il login|l[’']accesso)",
    "inloggen|log in op",
    "logga in|log ind|logg inn|kirjaudu(?: sisään)?|innskráning",
    "zaloguj(?: się)?|logowanie|přihlásit(?: se)?|přihlášení|prihlásenie|prihlásiť sa",
    "bejelentkezés|autentificare|conectare|giriş yap|oturum aç",
    "авторизация|войти|вход в (?:систему|аккаунт|личный кабинет)|увійти|вхід до системи",
    "σύνδεση|вписване",
    "ログイン(?:ページ|画面)?|サインイン",
    "(?:用户|用戶|会员|會員|账号|帐号)?(?:登录|登入|登陆)(?:页面|頁面)?",
    "로그인(?: 페이지)?",
    "تسجيل الدخول|התחברות|đăng nhập|เข้าสู่ระบบ",
)
# "Log in to Acme", "Anmelden bei Acme": to the site, or to "your account".
_TO = re.compile(
    r"(?P<login>.+?)\s(?:to|into|or|en|bei|bij|auf|på|sur|su|a|à|ao|no|na|w|do|till?|в|на)\s"
    r"(?:continue\sto\s)?"
    r"(?P<what>\S+(?:\s\S+){0,2})",
    re.IGNORECASE,
)


def login_to(text: str) -> str | None:
    """What *text* asks to log in to, if it asks for that."""
    found = _TO.fullmatch(text) if len(text) <= MAX_PHRASE_CHARS else None
    return found["what"] if found and is_said(LOGIN, found["login"]) else None


# These are also the names of things: of a song, a way in, a place at a course.
LOGIN_WORD: Final = _any(
    "acceder|accesso|anmeldung|connexion|entrar|ingresar|masuk|вход|вхід|είσοδος|כניסה|ورود|belépés"
)

# "Acme Login", "Bei Acme anmelden", "Acmeにログイン".
_NAMED = re.compile(
    r"(?:bei\s)?(?P<what>\S+(?:\s\S+){0,2}?)(?:\s|[’'][^\W\d_]{1,3}\s|に|への)"
    r"(?:(?:log|sign)[ -]?(?:in|on)|anmelden|einloggen|giriş(?:\syap)?|ログイン|로그인|登[录入])",
    re.IGNORECASE,
)


def login_of(text: str) -> str | None:
    """What *text* is for a login to, if that is a site's name: else it may be of anything."""
    if len(text) > MAX_PHRASE_CHARS:
        return None
    named, found = _NAMED.fullmatch(text), _TO.fullmatch(text)
    if named:
        return named["what"]
    return found["what"] if found and is_said(LOGIN_WORD, found["login"]) else None


_ERROR = "(?:error|erreur|fehler|ошибка|errore|erro)"
_404 = rf"(?:\W*(?:http )?{_ERROR}? ?404(?: error)?\W*)?"
_SORRY = (
    r"(?:(?:oo+ps|ops|sorry|ups|whoops|uh[ -]?oh|oh no|hoppla|hoppsan|huch|leider|désolé"
    r"|lo sentimos|siamo spiacenti|упс|ой|抱歉|عذرا)\W*)?"
)
_NO = "(?:could not|couldn[’']t|cannot|can[’']t)"
_THE_SEITE = "(?:diese |die )?(?:angeforderte |gesuchte |gewünschte )?seite"
_THING = "(?:account|article|content|event|item|job|listing|post|product|profile|story|video)"
NOT_FOUND: Final = _any(
    *(
        rf"{_404}{_SORRY}(?:{each})(?:\W*{_ERROR}? ?404\W*)?"
        for each in (
            "(?:the |this |that )?(?:requested )?(?:page|url) (?:was )?not found",
            "file or directory not found",
            f"(?:the |this |that )?(?:{_THING}|file|resource|user) (?:was )?not found",
            f"(?:the |this |that )?{_THING} (?:is )?(?:unavailable|(?:no longer|not) available)",
            f"(?:this |that )?{_THING} isn[’']t available(?: anymore| right now)?",
            "page (?:is )?unavailable|nothing (?:was )?found",
            f"(?:the |this |that )?(?:page|resource|url)(?: you requested)? {_NO} be found",
            f"we {_NO} find (?:that|this|the|your) page(?: you(?: are|[’']re) looking for)?",
            "(?:the |this |that )?(?:requested )?page (?:does not|doesn[’']t) exist",
            "(?:the |this |that )?page (?:is not|isn[’']t|is no longer) available",
            "the page you(?: are|[’']re| were) looking for.*(?:found|exists?|available|moved)",
            f"{_THE_SEITE} (?:wurde )?(?:leider )?nicht (?:gefunden|vorhanden|verfügbar)",
            f"{_THE_SEITE} (?:existiert nicht|konnte (?:leider )?nicht gefunden werden)",
            f"{_THE_SEITE} ist nicht (?:mehr )?verfügbar",
            "(?:cette |la )?page (?:est )?(?:introuvable|inexistante|non trouvée)",
            "(?:cette |la )?page (?:n[’']existe (?:pas|plus)|n[’']a pas été trouvée)",
            "(?:cette |la )?page demandée est introuvable",
            "(?:la )?página no (?:encontrada|existe|disponible|se encuentra)",
            "no se ha encontrado(?: la página)?",
            "(?:a )?página não (?:encontrada|existe|foi encontrada)|página inexistente",
            "(?:la )?pagina (?:non (?:trovata|esiste|disponibile)|inesistente)",
            "(?:deze )?pagina (?:is )?niet gevonden|(?:deze )?pagina bestaat niet",
            "sidan (?:(?:kan|kunde) inte hittas|hittades inte|finns inte|saknas)",
            "siden (?:blev ikke fundet|findes ikke|kunne ikke findes)",
            "siden (?:ble ikke funnet|finnes ikke)|fant ikke siden|síða fannst ekki",
            "sivua ei (?:löydy|löytynyt)",
            "(?:nie znaleziono|brak) strony|strony nie znaleziono",
            "strona(?:, której szukasz,)? nie (?:została znaleziona|znaleziona|istnieje)",
            "stránka (?:nenalezena|nebyla nalezena|neexistuje|sa nenašla|nebola nájdená)",
            "az? (?:keresett |kért )?oldal nem (?:található|létezik)",
            "stranica (?:nije (?:pronađena|nađena)|ne postoji)",
            "страница (?:није (?:пронађена|нађена)|не постоји)",
            "stran (?:ni (?:bila )?najdena|ne obstaja)|strani ni mogoče najti",
            "puslapis nerastas|lapa nav atrasta|(?:lehte|lehekülge) ei leitud|pàgina no trobada",
            "pagina nu (?:a fost găsită|există)",
            "(?:aradığınız )?sayfa bulunamadı",
            "(?:такая )?страница не (?:найдена|существует)|(?:такой )?страницы не существует",
            "сторінк[ау] не (?:знайдено|знайдена|існує)|страницата не е намерена",
            "η σελίδα δεν (?:βρέθηκε|υπάρχει)",
            "(?:お探しの|指定された)?ページ[がは](?:見つかりません(?:でした)?|存在しません)",
            "(?:您(?:访问|查看|要找)的)?(?:页面|頁面|網頁|网页)(?:不存在|未找到|没有找到|找不到)",
            "找不到(?:此|该|該)?(?:页面|頁面|網頁|网页)",
            "(?:요청하신 )?페이지를 찾을 수 없습니다|존재하지 않는 페이지(?:입니다)?",
            "الصفحة (?:غير موجودة|المطلوبة غير موجودة)|لم يتم العثور على الصفحة",
            "ה?דף לא נמצא|صفحه (?:مورد نظر )?(?:یافت|پیدا) نشد",
            "không tìm thấy trang|trang không tồn tại",
            "halaman tidak (?:ditemukan|tersedia)",
            "ไม่พบหน้า(?:นี้|ที่(?:คุณ)?(?:ค้นหา|ต้องการ)|เว็บ)?|पृष्ठ नहीं मिला|पेज नहीं मिला",
        )
    ),
    r"(?:http )?(?:error |status )?404\W*(?:file |page )?(?:or directory )?not[ _]found",
    rf"(?:http )?(?:{_ERROR}|status) 404(?: page| error| \W.*)?",
    r"404\W+that[’']s an error|404 ?(?:error |错误)?(?:page|页面?|頁面?|ページ)|404错误",
)

# So terse that they are names as well: of a year, a band, a car.
NOT_FOUND_WORD: Final = _any("404(?: error)?|not found|nicht gefunden|no encontrado|introuvable")
NOT_FOUND_STATUS: Final = _any("404(?: error)?")

NO_TITLE: Final = _any(
    "untitled(?: document| page)?|new page|document|title|index|site title|page title",
    "loading|loading,? please wait|please wait|wird geladen|chargement|cargando|загрузка",
    r"(?:react|vite|vue|angular|svelte|next\.?js) app|vite \+ \w+(?: \+ ts)?|create next app",
    "unbenanntes dokument|sans titre|sin título|senza titolo|無題(?:ドキュメント)?|无标题(?:文档)?",
    "welcome to (?:nginx|openresty|centos)(?: on .*)?|iis windows(?: server)?|it works",
    r"apache2? (?:\w+ )?default page(?:\W+it works)?|apache http server test page.*",
    "test page for (?:the )?(?:apache|nginx) .*",
    "redirecting|(?:301 |302 )?moved (?:permanently|temporarily)|object moved|302 found",
)
"""What authors' tools write where a title belongs, and servers without a site."""

# Of Mustache, Jinja and Angular; ERB and EJS; JavaScript; the plugin that titles WordPress.
_HOLE = re.compile(
    r"\{\{[^{}]{0,80}\}\}|\{%[^{}%]{0,80}%\}|<%[^<>%]{0,80}%>|[$#]\{[^{}]{0,80}\}|%%[\w-]{1,40}%%"
)
_FILLED_WITH_NOTHING = re.compile(r"undefined|null|NaN|\[object Object\]")
_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"


def is_placeholder(text: str) -> bool:
    """Whether *text* is a template's that nobody filled: "{{ title }} | Acme", "undefined".

    A text that has a hole among its words may be about templates.
    """
    has_hole = "{" in text or "%" in text
    if not has_hole and _FILLED_WITH_NOTHING.match(text) is None:
        return False
    found = parts(_HOLE.sub(_MARK, text))
    return bool(found) and (
        _FILLED_WITH_NOTHING.fullmatch(found[0]) is not None
        or any(not part.replace(_MARK, "").strip() for part in found)
    )
