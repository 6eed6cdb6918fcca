"""Parser events → the tags that say what a page is about, kept within bounds.

https://html.spec.whatwg.org/multipage/semantics.html#document-metadata
"""

from collections.abc import Mapping

import msgspec

from preview_service.model import Field, Link

MAX_METAS = 500
MAX_OTHER_METAS = 250  # the rest is for Open Graph and Twitter: journals name a thousand authors
MAX_META_CHARS = 256 * 1024
MAX_CONTENT_CHARS = 16 * 1024
MAX_LINKS = 100
MAX_LINK_CHARS = 4 * 1024
MAX_TITLE_CHARS = 4 * 1024
MAX_SCRIPTS = 10
MAX_SCRIPT_CHARS = 64 * 1024

MAX_DEPTH = 512
"""Open elements at which a document is given up; Chromium nests no deeper.

libxml2 compares each stray end tag with every open element: 1 MB of `<b></p>` takes it 18 s.
"""

MAX_NAMES = 10_000
"""Elements and attributes at which a document is given up; 500 real pages have 2,500 at most."""

NAME_BYTES = 150
"""What a name costs beyond its characters: half of it in libxml2, half in `Names`."""

ESSENTIALS = {
    "og:title": Field.TITLE,
    "og:description": Field.DESCRIPTION,
    "og:image": Field.IMAGE,
    "og:image:url": Field.IMAGE,
    "og:image:secure_url": Field.IMAGE,
    "twitter:title": Field.TITLE,
    "twitter:description": Field.DESCRIPTION,
    "twitter:image": Field.IMAGE,
    "twitter:image:src": Field.IMAGE,
    "description": Field.DESCRIPTION,
}
"""Tags of what a card shows: once the head has them, the body of 500 real pages adds nothing."""

RESOURCE_HINTS = frozenset(
    {
        "dns-prefetch",
        "modulepreload",
        "preconnect",
        "prefetch",
        "preload",
        "prerender",
        "stylesheet",
    }
)
"""Links that say how to draw a page, not what it is."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The tags of one document, in its order; values as they stand there, entities decoded."""

    title: str = ""
    lang: str | None = None
    base: str | None = None
    metas: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    json_ld: tuple[str, ...] = ()


class Names:
    """The element and attribute names that libxml2 has read, and what it costs to keep them."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.bytes = 0

    def learn(self, tag: str, attributes: Mapping[str, str]) -> None:
        new = {tag, *attributes} - self.known
        self.known |= new
        self.bytes += sum(len(name) + NAME_BYTES for name in new)


class Tags:
    """A target for lxml's parser: https://lxml.de/parsing.html#the-target-parser-interface.

    It never raises: an exception that crosses libxml2 leaks the parser (3 to 9 KB a page).
    """

    def __init__(self, names: "Names") -> None:
        self._names = names
        self._known = names.known
        self.reset()

    def reset(self) -> None:
        self.title = ""
        self.is_head_over = False
        self.missing = set(ESSENTIALS.values())
        self.essentials_read = 0
        self.depth = 0
        self.names = 0
        self.texts = 0
        self._lang: str | None = None
        self._base: str | None = None
        self._metas: list[tuple[str, str]] = []
        self._meta_chars_left = MAX_META_CHARS
        self._links: list[Link] = []
        self._json_ld: list[str] = []
        self._text: list[str] | None = None
        self._text_chars_left = 0
        self._templates = 0
        self._drawings = 0
        self._style_at = -1

    def take(self) -> Found:
        """What was found, and be ready for another document."""
        found = Found(
            title=self.title,
            lang=self._lang,
            base=self._base,
            metas=tuple(self._metas),
            links=tuple(self._links),
            json_ld=tuple(self._json_ld),
        )
        self.reset()
        return found

    @property
    def has_title(self) -> bool:
        return bool(self.title) or Field.TITLE not in self.missing

    @property
    def is_in_text(self) -> bool:
        """Whether the parser stands in a title or a script whose text is wanted."""
        return self._text is not None

    @property
    def is_at_style(self) -> bool:
        """Whether a style sheet was just opened, and nothing of it was read yet."""
        return self._style_at == self.texts

    @property
    def is_excessive(self) -> bool:
        return self.depth > MAX_DEPTH or self.names > MAX_NAMES

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.names += 1 + len(attributes)
        if tag not in self._known or not self._known.issuperset(attributes):
            self._names.learn(tag, attributes)
        handle = _STARTS.get(tag)
        if handle is not None and (not self._templates or tag == "template"):
            handle(self, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        handle = _ENDS.get(tag)
        if handle is not None:
            handle(self)

    def data(self, text: str) -> None:
        self.texts += 1
        if self._text is not None and self._text_chars_left >= 0:
            self._text.append(text)
            self._text_chars_left -= len(text)

    # Without these three lxml builds nodes for what they would be told.
    def comment(self, text: str) -> None:
        self.texts += 1

    def pi(self, target: str, data: str | None = None) -> None: ...
    def doctype(self, name: str, public_id: str | None, system_url: str | None) -> None: ...

    def close(self) -> None: ...

    def _start_html(self, attributes: Mapping[str, str]) -> None:
        if self._lang is None:
            self._lang = attributes.get("lang") or attributes.get("xml:lang")

    def _end_head(self) -> None:
        self.is_head_over = True

    def _start_body(self, _: Mapping[str, str]) -> None:
        self.is_head_over = True

    def _start_base(self, attributes: Mapping[str, str]) -> None:
        if self._base is None:
            self._base = attributes.get("href")

    def _start_meta(self, attributes: Mapping[str, str]) -> None:
        content = attributes.get("content")
        if not content:
            return
        name, term = attributes.get("name"), attributes.get("property")
        if term is None and name is not None:
            self._keep_meta(name.strip().lower(), content)
        elif name is None and term is not None and " " not in term:
            self._keep_meta(term.strip().lower(), content)
        else:
            for each in _names(attributes):
                self._keep_meta(each, content)

    def _keep_meta(self, name: str, content: str) -> None:
        if len(content) > MAX_CONTENT_CHARS:
            content = content[:MAX_CONTENT_CHARS]
        count = len(self._metas)
        if count >= MAX_OTHER_METAS and (
            count >= MAX_METAS or not name.startswith(("og:", "twitter:"))
        ):
            return
        self._meta_chars_left -= len(content) + len(name)
        if self._meta_chars_left < 0:
            return
        self._metas.append((name, content))
        field = ESSENTIALS.get(name)
        if field is not None and not content.isspace():
            self.missing.discard(field)
            self.essentials_read += 1

    def _start_link(self, attributes: Mapping[str, str]) -> None:
        rel = attributes.get("rel")
        if not rel or rel in RESOURCE_HINTS or len(self._links) >= MAX_LINKS:
            return
        href = attributes.get("href")
        kind, sizes = attributes.get("type", ""), attributes.get("sizes", "")
        if href and len(rel) + len(href) + len(kind) + len(sizes) <= MAX_LINK_CHARS:
            self._links.append(Link(rel=rel.lower(), href=href, type=kind, sizes=sizes))

    def _start_title(self, _: Mapping[str, str]) -> None:
        if not self.title and not self._drawings:
            self._open_text(MAX_TITLE_CHARS)

    def _end_title(self) -> None:
        if self._text is not None:
            self.title = "".join(self._text)[:MAX_TITLE_CHARS].strip()
            self._text = None
            self.essentials_read += 1

    def _start_script(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and len(self._json_ld) < MAX_SCRIPTS:
            self._open_text(MAX_SCRIPT_CHARS)

    def _end_script(self) -> None:
        if self._text is not None:
            # Half a script is not JSON.
            if self._text_chars_left >= 0:
                self._json_ld.append("".join(self._text))
            self._text = None

    def _start_style(self, _: Mapping[str, str]) -> None:
        self._style_at = self.texts

    def _end_style(self) -> None:
        self._style_at = -1

    def _start_svg(self, _: Mapping[str, str]) -> None:
        self._drawings += 1

    def _end_svg(self) -> None:
        self._drawings -= 1

    def _start_template(self, _: Mapping[str, str]) -> None:
        self._templates += 1

    def _end_template(self) -> None:
        self._templates -= 1

    def _open_text(self, chars: int) -> None:
        self._text, self._text_chars_left = [], chars


def _names(attributes: Mapping[str, str]) -> list[str]:
    """What a `<meta>` is called: by `property` and `name`, else by another attribute, marked so."""
    # RDFa's `property` is a list of terms: https://www.w3.org/TR/rdfa-core/#A-property
    names = attributes.get("property", "").lower().split()
    name = attributes.get("name", "").strip().lower()
    if name and name not in names:
        names.append(name)
    return names or [
        f"{attribute}:{attributes[attribute].strip().lower()}"
        for attribute in ("itemprop", "http-equiv")
        if attribute in attributes
    ]


_STARTS = {
    "html": Tags._start_html,
    "body": Tags._start_body,
    "base": Tags._start_base,
    "meta": Tags._start_meta,
    "link": Tags._start_link,
    "title": Tags._start_title,
    "script": Tags._start_script,
    "style": Tags._start_style,
    "svg": Tags._start_svg,
    "template": Tags._start_template,
}
_ENDS = {
    "head": Tags._end_head,
    "title": Tags._end_title,
    "script": Tags._end_script,
    "style": Tags._end_style,
    "svg": Tags._end_svg,
    "template": Tags._end_template,
}
