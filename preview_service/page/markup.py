"""HTML as UTF-8 bytes, as they arrive → the tags and texts that say what a page is about.

The tokeniser of https://html.spec.whatwg.org/multipage/parsing.html#tokenization, scripting off,
and no tree: what nobody wants is stepped over by one regular expression, and only what is wanted
becomes objects. Nothing is kept but a token that is still arriving, so that a document costs time
in proportion to its length, whatever it nests, leaves open or closes twice.

lxml's parser target, which did this before, takes 1.5 times as long on 500 real pages, 18 s for
1 MB of `<b></p>`, and keeps every name it has read for the life of its thread.
"""

import re
from itertools import islice
from typing import Final, Protocol, cast

from preview_service.page.patterns import compiled
from preview_service.page.references import decoded, read_raw, resolve_value

MAX_TOKEN_BYTES: Final = 256 * 1024
"""At a tag that is longer a document is given up; real ones hold pictures as data."""

MAX_TOLD: Final = 15_000
"""Tags, attributes and references at which a document is given up; real pages have some 3,000."""

MAX_DULL_BYTES: Final = 64 * 1024
"""How much of a body is kept, unread, until something in it is worth reading."""

HEAD_ELEMENTS: Final = frozenset(
    {
        *("html", "head", "base", "basefont", "bgsound", "link", "meta"),
        *("noframes", "noscript", "script", "style", "template", "title"),
    }
)
"""A start tag of any other begins the body. https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inhead"""

RELATIONS: Final = ("icon", "canonical", "alternat", "image_src", "manifest", "amphtml")
"""Words of links that say something of a page; most links say how to draw it."""

IDLE_RELATIONS: Final = frozenset(
    {
        *("stylesheet", "preload", "preconnect", "prefetch", "dns-prefetch", "modulepreload"),
        *("pingback", "wlwmanifest", "edituri", "shortlink", "archives", "prev", "next"),
    }
)
"""Those of the most common links that say nothing of it."""

IDLE_NAMES: Final = frozenset(
    {
        *("viewport", "robots", "generator", "fb:app_id", "fb:pages", "fb:admins", "referrer"),
        *("google-site-verification", "msvalidate.01", "msapplication-tileimage"),
        *("msapplication-tilecolor", "apple-mobile-web-app-capable", "format-detection"),
        *("twitter:site", "twitter:creator", "twitter:url", "twitter:domain", "keywords"),
        *("article:publisher", "application-name", "apple-mobile-web-app-title", "news_keywords"),
        *("apple-itunes-app", "copyright", "p:domain_verify", "msapplication-config"),
    }
)
"""The most common metas that say nothing of a page either."""

TELLING_PRAGMAS: Final = ("content-language", "refresh")  # of all values of `http-equiv`
_SPACE = rb"\t\n\f\r\x20"
_COMMENT = "!--"  # which no element is called
_SCRIPT = "script"
_ESCAPED = "escaped script"
_TWICE_ESCAPED = "twice escaped script"

# Where text ends that is no markup, or the state of a script changes:
# https://html.spec.whatwg.org/multipage/parsing.html#script-data-state
_ENDS: Final = {
    name: re.compile(pattern % {b"end": rb"(?=[%b/>])" % _SPACE}, re.IGNORECASE)
    for name, pattern in {
        **{
            name: rb"</%b%%(end)b" % name.encode()
            for name in ("iframe", "noembed", "noframes", "style", "textarea", "title", "xmp")
        },
        "plaintext": rb"(?!)",
        _COMMENT: rb"--!?>",
        _SCRIPT: rb"</script%(end)b|<!--",
        _ESCAPED: rb"</script%(end)b|<script%(end)b|-->",
        _TWICE_ESCAPED: rb"</script%(end)b|-->",
    }.items()
}
_LONGEST_END = len(b"</textarea>")
_NEXT_STATE = {
    (_SCRIPT, b"<!--"): _ESCAPED,
    (_ESCAPED, b"-->"): _SCRIPT,
    (_ESCAPED, b"<script"): _TWICE_ESCAPED,
    (_TWICE_ESCAPED, b"-->"): _SCRIPT,
    (_TWICE_ESCAPED, b"</script"): _ESCAPED,
}
_COMMENT_OPENING = b"<!--"
_OPENING_DASHES = len(b"--")  # which in a script may be those of the end as well: <!-->

# Quantifiers that never give back keep these linear.
_TAG_END = rb"""(?:
        [\t\n\f\r\x20/]*+[^\t\n\f\r\x20/>][^\t\n\f\r\x20/>=]*+
        (?:[\t\n\f\r\x20]*+=[\t\n\f\r\x20]*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\t\n\f\r\x20>]*+)
        |(?![\t\n\f\r\x20]*+=))
    )*+[\t\n\f\r\x20/]*+>"""
_REST = rb"[^\t\n\f\r\x20/>]*+" + _TAG_END
_WANTED = rb"""(?i:base|body|html|iframe|input|link|meta|noembed|noframes|plaintext|script|style
    |svg|template|textarea|title|xmp)(?=[\t\n\f\r\x20/>])"""
_WANTED_END = rb"(?i:head|svg|template)(?=[\t\n\f\r\x20/>])"

# Scripts, style sheets and hints as most pages write them, with no look at their attributes: it
# saves a third of the time. Written in any other way they are read like all tags.
_USUAL_TYPE = rb"(?:text|application)/javascript|module|text/css"
_USUAL_TAG_END = rb"""(?:[\t\n\r\x20]++(?:
        (?!(?i:type))[a-zA-Z0-9:_-]++(?:="[^"]*+"|='[^']*+')?+
        |type=(?:"(?:%(type)b)"|'(?:%(type)b)')
    ))*+[\t\n\r\x20]*+>""" % {b"type": _USUAL_TYPE}
_USUAL = rb"""
    script%(usual_end)b(?:[^<]++|<(?!/(?i:script)[%(space)b/>]|!--))*+(?=</(?i:script)[%(space)b/>])
    |style%(usual_end)b(?:[^<]++|<(?!/(?i:style)[%(space)b/>]))*+(?=</(?i:style)[%(space)b/>])
    |link(?:[\t\n\r\x20]++(?!(?i:rel))[a-zA-Z0-9-]++(?:="[^"]*+"|='[^']*+')?+)*+
        [\t\n\r\x20]++rel=(?:"(?:%(idle)b)"|'(?:%(idle)b)')%(tag_end)b
    |meta[\t\n\r\x20]++(?:charset="[a-zA-Z0-9_-]++"
        |(?:name|property)="(?:%(idle_names)b)"[\t\n\r\x20]++content="[^"]*+"
        |http-equiv="(?!(?i:%(pragmas)b)")[a-zA-Z-]++"[\t\n\r\x20]++content="[^"]*+")[\x20/]*+>
    |link[\t\n\r\x20]++rel="alternate"(?:[\t\n\r\x20]++href(?:lang)?="[^"]*+")*+[\x20/]*+>
""" % {
    b"idle": "|".join(sorted(IDLE_RELATIONS)).encode(),
    b"idle_names": "|".join(sorted(IDLE_NAMES)).replace(".", r"\.").encode(),
    b"pragmas": "|".join(TELLING_PRAGMAS).encode(),
    b"space": _SPACE,
    b"tag_end": _TAG_END,
    b"usual_end": _USUAL_TAG_END,
}
# Metas and links in their usual order, metas also with the marks of frameworks.
_DATA = rb"""(?:[\t\n\r\x20]++data-[a-z-]++="[^"]*+")*+"""
_USUAL_META = rb"""meta%(data)b[\t\n\r\x20]++(?:
        (?:name|property)="(?P<key>[!#-%%'-~]++)"
            [\t\n\r\x20]++content="(?P<content>[^"\r\0]*+)"
        |content="(?P<value>[^"\r\0]*+)"
            [\t\n\r\x20]++(?:name|property)="(?P<term>[!#-%%'-~]++)"
    )%(data)b[\t\n\r\x20/]*+>""" % {b"data": _DATA}
_USUAL_LINK = rb"""link[\t\n\r\x20]++rel="(?P<rel>[^"&\r\0]++)"
    (?:[\t\n\r\x20]++type="(?P<type>[^"&\r\0]*+)")?+(?:[\t\n\r\x20]++title="[^"]*+")?+
    (?:[\t\n\r\x20]++sizes="(?P<sizes>[^"&\r\0]*+)")?+
    [\t\n\r\x20]++href="(?P<href>[^"&\r\0]*+)"[\x20/]*+>"""


def _step(unwanted: bytes, wanted: bytes) -> re.Pattern[bytes]:
    """Over text, comments, declarations and tags that begin like *unwanted*, to what is behind."""
    return compiled(
        rb"(?:[^<]++|<(?:"
        rb"/(?:(?!" + _WANTED_END + rb")[a-zA-Z]" + _REST + rb"|[^a-zA-Z>][^>]*+>|>)|"
        + _USUAL +
        rb"|!(?:--(?:-?>|(?:[^-]++|-(?!-!?>))*+--!?>)|(?!--)[^>]*+>)"
        rb"|" + unwanted + _REST +
        rb"|\?[^>]*+>|[^a-zA-Z/!?<]|(?:<(?=<))*+(?=<)"
        rb"))*+(?:<(?:" + _USUAL_META + rb"|" + _USUAL_LINK + rb"|(?P<comment>!--)(?=-?+[^>])"
        rb"|(?P<usual>script|style)" + _USUAL_TAG_END +
        rb"|(?P<name>(?:/(?=" + _WANTED_END + rb")|" + wanted + rb")[a-zA-Z][^\t\n\f\r\x20/>]*+)"
        rb"(?P<attributes>" + _TAG_END + rb")))?",
        re.VERBOSE,
    )  # fmt: skip


_UNTOLD = frozenset({None, "comment", "usual"})

# Until the body begins, each start tag might begin it.
_UNWANTED = rb"(?i:head|noscript)(?=[\t\n\f\r\x20/>])"
_IN_HEAD: Final = _step(_UNWANTED, rb"(?!" + _UNWANTED + rb")")
# Most elements have a first letter that no wanted one has.
_IN_BODY: Final = _step(
    rb"(?:[ac-gjkoqru-wyzAC-GJKOQRU-WYZ]|(?!" + _WANTED + rb")[a-zA-Z])", rb"(?=" + _WANTED + rb")"
)

# A body without any of these has no tag that anybody wants, whichever of its first letters it has:
# scripts and inputs whose type has a "+", a "w" or a reference, or is not easy to see, might be
# JSON-LD and ask for a password.
_WORTH_READING: Final = compiled(
    rb"""<[bhilmstBHILMST](?:(?i:ase|tml|ink|eta|itle)[\t\n\f\r\x20/>]
    |(?i:nput|cript)(?!>)(?=[\t\n\f\r\x20/])(?!(?:[\t\n\r\x20]++(?:
        type=(?:"[^"<&+wW]*+"|'[^'<&+wW]*+'|[a-vx-z/-]++(?=[\t\n\r\x20>]))
        |(?!(?i:type))[a-zA-Z0-9:@._-]++(?:="[^"<]*+"|='[^'<]*+'|=(?!["'])[^<>\t\n\f\r\x20]++)?+
    ))*+[\t\n\r\x20/]*+>))""",
    re.VERBOSE,
)
_LONGEST_WORTH = len(b"<script>")

_ATTRIBUTE: Final = re.compile(
    r"""([^\t\n\f\r\x20/>][^\t\n\f\r\x20/>=]*+)
    (?:[\t\n\f\r\x20]*+=[\t\n\f\r\x20]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r\x20>]*+)))?""",
    re.VERBOSE,
)
_MANY = 4000  # attributes of a tag at least as long; there are no more than 35 on 500 real pages


class Target(Protocol):
    """Is told of the tags in their order; names in lower case. `at` is where the last one ends."""

    at: int

    def meta(self, name: str, content: str) -> None:
        """A `<meta>` with these two and nothing else."""

    def link(self, rel: str, href: str, media_type: str | None, sizes: str) -> None:
        """A `<link>` with these and nothing else that counts."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    @property
    def is_in_drawing(self) -> bool:
        """Whether an `<svg>` is open, where `<title/>` is a whole element."""

    @property
    def is_in_text(self) -> bool:
        """Whether the text of the element that was just opened is wanted."""

    def data(self, text: bytes) -> None:
        """A piece of that text, as it stands there."""


class Markup:
    """A document that is fed in pieces and read tag by tag, the same however it was cut."""

    def __init__(self, target: Target) -> None:
        self.is_in_body = False
        self.is_past_head = False
        self._target = target
        self._step = _IN_HEAD
        self._element = ""  # whose text we are in, if the target was told of it
        self._text = ""  # which of `_ENDS` ends the text we are in
        self._left = MAX_TOLD
        self._held = bytearray()
        self._at = 0  # of what is held, where the next token begins
        self._dropped = 0
        self._retry_at = 0
        self._searched = 0  # of what is held, for what makes it worth reading
        self._worth_until = -1
        self._is_whole = False

    @property
    def seen(self) -> int:
        """Bytes of the document that have arrived."""
        return self._dropped + len(self._held)

    @property
    def has_given_up(self) -> bool:
        return self._left <= 0

    def feed(self, data: bytes) -> None:
        self._dropped += self._at
        self._retry_at -= self._at
        self._searched -= self._at
        self._worth_until -= self._at
        del self._held[: self._at]
        self._held += data
        self._at = 0

    def finish(self) -> None:
        """Say that nothing more will be fed."""
        self._is_whole = True
        self._retry_at = 0

    def read(self, until: int) -> bool:
        """Tell of the tags that end before byte *until*: of the head's all, then of one.

        False if there was none, or its end has not arrived yet.
        """
        if len(self._held) < self._retry_at and self.seen < until:
            return False
        while self._left > 0 and (not self._text or self._pass_text()):
            if self.is_in_body and self._is_dull(until):
                return False
            at = self._at
            # It always matches, if only nothing.
            found = cast("re.Match[bytes]", self._step.match(self._held, at, at + MAX_TOKEN_BYTES))
            kind, end = found.lastgroup, self._dropped + found.end()
            if kind in _UNTOLD:
                if not self._pass(found):
                    return False
                continue
            if end > until:
                return False
            self._at, self._target.at = end - self._dropped, end
            self._left -= 1
            self._tell(kind, found)
            if self.is_in_body:
                return True
        return False

    def _pass(self, found: re.Match[bytes]) -> bool:
        """Go to where nobody need be told of anything; False if what is there must still arrive."""
        before, self._at = self._at, found.end()
        if found.lastgroup is not None:
            self._element, self._text = "", found[found.lastgroup].decode()
        elif len(self._held) < before + MAX_TOKEN_BYTES:
            # A long tag in small pieces must not be read from its beginning with each.
            twice = 2 * len(self._held) - self._at
            self._retry_at = min(twice, self._at + MAX_TOKEN_BYTES)
            return False
        elif self._at == before:
            self._left = 0
        return True

    def _is_dull(self, until: int) -> bool:
        """Whether nothing that is held of the body is worth reading, so far."""
        if self._at <= self._worth_until:
            return False
        end = min(len(self._held), until - self._dropped)
        if end - self._at > MAX_DULL_BYTES:
            return False
        start = max(self._at, self._searched)
        found = _WORTH_READING.search(self._held, start, end)
        if found:
            self._searched = self._worth_until = found.start()
            return False
        # The last tag may have arrived in part.
        self._searched = max(start, end - _LONGEST_WORTH)
        return True

    def _tell(self, kind: str | None, found: re.Match[bytes]) -> None:
        if kind == "attributes":
            self._tell_tag(*found.group("name", "attributes"))
        elif kind == "href":
            rel, media_type, sizes, href = found.group("rel", "type", "sizes", "href")
            self._target.link(
                decoded(rel),
                decoded(href),
                None if media_type is None else decoded(media_type),
                decoded(sizes or b""),
            )
        else:
            key, content = (
                found.group("key", "content") if kind == "content" else found.group("term", "value")
            )
            value = content.decode("utf-8", "replace")
            if "&" in value:
                self._left -= value.count("&")
                value = resolve_value(value)
            self._target.meta(key.decode().lower(), value)

    def _tell_tag(self, tag: bytes, attributes: bytes) -> None:
        name = tag.decode("latin-1").lower()
        if name[0] == "/":
            self.is_past_head |= name == "/head"
            self._target.end(name[1:])
        else:
            self.is_past_head |= name == "body"
            self.is_in_body |= name not in HEAD_ELEMENTS
            named = {} if attributes == b">" else self._named(read_raw(attributes))
            self._target.start(name, named)
            if attributes.endswith(b"/>") and self._target.is_in_drawing:
                self._target.end(name)
            elif name in _ENDS:
                self._element = self._text = name
        if self.is_past_head or self.is_in_body:
            self.is_in_body, self._step = True, _IN_BODY

    def _named(self, attributes: str) -> dict[str, str]:
        """The attributes of a tag, from behind its name to its ">"; of two alike the first."""
        if len(attributes) < _MANY:
            found = _ATTRIBUTE.findall(attributes)
        else:
            found = [each.groups("") for each in islice(_ATTRIBUTE.finditer(attributes), _MANY)]
        self._left -= len(found)
        found.reverse()
        if "&" in attributes:
            self._left -= attributes.count("&")
            return {
                name.lower(): resolve_value(double or single or bare)
                for name, double, single, bare in found
            }
        return {name.lower(): double or single or bare for name, double, single, bare in found}

    def _pass_text(self) -> bool:
        """Go behind the text we are in; False while its end has not arrived."""
        while found := _ENDS[self._text].search(self._held, self._at):
            state = _NEXT_STATE.get((self._text, found[0].lower()))
            if state is None:
                # An end tag itself is one of those that are stepped over.
                self._end_text(found.end() if self._text == _COMMENT else found.start())
                return True
            overlap = _OPENING_DASHES if found[0] == _COMMENT_OPENING else 0
            self._take_text(found.end() - overlap)
            self._text = state
            self._left -= 1
            if self._left <= 0:
                return False
        if self._is_whole:
            self._end_text(len(self._held))
            return True
        self._take_text(max(self._at, len(self._held) - _LONGEST_END))
        return False

    def _end_text(self, end: int) -> None:
        self._take_text(end)
        if self._element:
            self._target.at = self._dropped + end
            self._target.end(self._element)
        self._text = ""

    def _take_text(self, end: int) -> None:
        if self._element and self._target.is_in_text:
            self._target.data(bytes(self._held[self._at : end]))
        self._at = end
