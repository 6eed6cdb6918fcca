"""Tags of a document → those that say what it is about, kept within bounds.

https://html.spec.whatwg.org/multipage/semantics.html#document-metadata
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from preview_service.model import Field, Link
from preview_service.page.markup import IDLE_NAMES, IDLE_RELATIONS, RELATIONS, TELLING_PRAGMAS
from preview_service.page.references import read_raw, read_text

MAX_METAS = 500
MAX_OTHER_METAS = 250  # the rest is for Open Graph and Twitter: journals name a thousand authors
MAX_TERMS = 10  # of one meta
MAX_META_CHARS = 256 * 1024
MAX_CONTENT_CHARS = 16 * 1024
MAX_LINKS = 100
MAX_LINK_CHARS = 4 * 1024
MAX_TITLE_CHARS = 4 * 1024
MAX_TITLE_BYTES = 4 * MAX_TITLE_CHARS
MAX_SCRIPTS = 10
MAX_SCRIPTS_BYTES = 128 * 1024
"""Of all JSON-LD together; 500 real pages have 19 KB at most, and hostile ones take 15 ms of it."""


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


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The tags of one document, in its order; values as they stand there, entities decoded."""

    title: str = ""
    lang: str | None = None
    base: str | None = None
    metas: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    json_ld: tuple[str, ...] = ()
    has_password: bool = False


class Tags:
    """A `markup.Target` that keeps what counts."""

    def __init__(self) -> None:
        self.title = ""
        self.has_password = False
        self.missing = set(ESSENTIALS.values())
        self.at = 0
        self.essential_at = 0
        self.head_at = 0  # where the last tag ended that belongs in a head
        self._lang: str | None = None
        self._base: str | None = None
        self._metas: list[tuple[str, str]] = []
        self._meta_chars_left = MAX_META_CHARS
        self._links: list[Link] = []
        self._json_ld: list[str] = []
        self._script_bytes_left = MAX_SCRIPTS_BYTES
        self._text: list[bytes] | None = None
        self._text_bytes_left = 0
        self._templates = 0
        self._drawings = self._drawings_outside = 0

    def found(self) -> Found:
        return Found(
            title=self.title,
            lang=self._lang,
            base=self._base,
            metas=tuple(self._metas),
            links=tuple(self._links),
            json_ld=tuple(self._json_ld),
            has_password=self.has_password,
        )

    @property
    def has_title(self) -> bool:
        return bool(self.title) or Field.TITLE not in self.missing

    @property
    def is_in_drawing(self) -> bool:
        return self._drawings > 0

    @property
    def is_in_text(self) -> bool:
        """Whether a title or a script is open whose text is wanted."""
        return self._text is not None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        handle = _STARTS.get(name)
        if handle is not None and (not self._templates or name in _NESTED):
            handle(self, attributes)

    def meta(self, name: str, content: str) -> None:
        self.head_at = self.at
        if not content or self._templates or name in IDLE_NAMES:
            return
        metas = self._metas
        if len(metas) >= MAX_OTHER_METAS and not self._has_room_for(name):
            return
        content = content[:MAX_CONTENT_CHARS]
        self._meta_chars_left -= len(content) + len(name)
        if self._meta_chars_left < 0:
            return
        metas.append((name, content))
        field = ESSENTIALS.get(name)
        if field is not None and not content.isspace():
            self.missing.discard(field)
            self.essential_at = self.at

    def link(self, rel: str, href: str, media_type: str | None, sizes: str) -> None:
        self.head_at = self.at
        kind = media_type or ""
        is_long = len(rel) + len(href) + len(kind) + len(sizes) > MAX_LINK_CHARS
        if not href or is_long or self._templates or len(self._links) >= MAX_LINKS:
            return
        relation = _told(rel, media_type is not None)
        if relation:
            self._links.append(Link(rel=relation, href=href, type=kind, sizes=sizes))

    def end(self, name: str) -> None:
        handle = _ENDS.get(name)
        if handle is not None:
            handle(self)

    def data(self, text: bytes) -> None:
        if self._text is not None:
            self._text_bytes_left -= len(text)
            if self._text_bytes_left >= 0:
                self._text.append(text)
            else:
                # Half a script is not JSON.
                self._text = None

    def _start_html(self, attributes: Mapping[str, str]) -> None:
        if self._lang is None:
            self._lang = attributes.get("lang") or attributes.get("xml:lang")

    def _start_base(self, attributes: Mapping[str, str]) -> None:
        if self._base is None:
            self._base = attributes.get("href")

    def _start_meta(self, attributes: Mapping[str, str]) -> None:
        self.head_at = self.at
        content = attributes.get("content")
        if not content:
            return
        name, term = attributes.get("name"), attributes.get("property")
        if term is None and name and not name.isspace():
            self.meta(name.strip().lower(), content)
        elif name is None and term and len(terms := term.split(None, 1)) == 1:
            self.meta(terms[0].lower(), content)
        else:
            for each in _names(attributes):
                self.meta(each, content)

    def _has_room_for(self, name: str) -> bool:
        return len(self._metas) < MAX_METAS and name.startswith(("og:", "twitter:"))

    def _start_link(self, attributes: Mapping[str, str]) -> None:
        rel, item = attributes.get("rel"), attributes.get("itemprop")
        if not rel and item:
            rel = f"itemprop:{item.strip().lower()}"
        self.link(
            rel or "",
            attributes.get("href", ""),
            attributes.get("type"),
            attributes.get("sizes", ""),
        )

    def _start_input(self, attributes: Mapping[str, str]) -> None:
        self.has_password |= attributes.get("type", "").strip().lower() == "password"

    def _start_title(self, _: Mapping[str, str]) -> None:
        if not self.title and not self._drawings:
            self._open_text(MAX_TITLE_BYTES)

    def _end_title(self) -> None:
        if self._text is not None:
            text = read_text(b"".join(self._text))
            self.title = text[:MAX_TITLE_CHARS].strip()
            self._text = None
            self.essential_at = self.at

    def _start_script(self, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and len(self._json_ld) < MAX_SCRIPTS:
            self._open_text(self._script_bytes_left)

    def _end_script(self) -> None:
        if self._text is not None:
            self._json_ld.append(read_raw(b"".join(self._text)))
            self._script_bytes_left = self._text_bytes_left
            self._text = None

    def _start_svg(self, _: Mapping[str, str]) -> None:
        self._drawings += 1

    def _end_svg(self) -> None:
        self._drawings = max(0, self._drawings - 1)

    def _start_template(self, _: Mapping[str, str]) -> None:
        if not self._templates:
            self._drawings_outside = self._drawings
        self._templates += 1

    def _end_template(self) -> None:
        if self._templates:
            self._templates -= 1
            self._drawings = self._drawings_outside

    def _open_text(self, limit: int) -> None:
        self.head_at = self.at
        self._text, self._text_bytes_left = [], limit


# All pages name their links in the same few ways.
@lru_cache(maxsize=64)
def _told(rel: str, is_typed: bool) -> str | None:
    """*rel* as it is kept; None if it says nothing of the page."""
    rel = rel.lower()
    if rel.startswith("itemprop:"):
        return rel
    words = [word for word in RELATIONS if word in rel and rel not in IDLE_RELATIONS]
    if words == ["alternat"] and not is_typed:
        return None  # the page in another language
    return rel if words else None


def _names(attributes: Mapping[str, str]) -> list[str]:
    """What a `<meta>` is called: by `property` and `name`, else by another attribute, marked so."""
    # RDFa's `property` is a list of terms: https://www.w3.org/TR/rdfa-core/#A-property
    names = attributes.get("property", "").lower().split(None, MAX_TERMS)[:MAX_TERMS]
    name = attributes.get("name", "").strip().lower()
    if name and name not in names:
        names.append(name)
    if names:
        return names
    item, pragma = (attributes.get(key, "").strip().lower() for key in ("itemprop", "http-equiv"))
    marked = [f"itemprop:{item}"] if item else []
    return [*marked, f"http-equiv:{pragma}"] if pragma in TELLING_PRAGMAS else marked


_NESTED = frozenset({"svg", "template"})  # whose depth counts within a template too
_STARTS = {
    "html": Tags._start_html,
    "base": Tags._start_base,
    "meta": Tags._start_meta,
    "link": Tags._start_link,
    "title": Tags._start_title,
    "script": Tags._start_script,
    "input": Tags._start_input,
    "svg": Tags._start_svg,
    "template": Tags._start_template,
}
_ENDS = {
    "title": Tags._end_title,
    "script": Tags._end_script,
    "svg": Tags._end_svg,
    "template": Tags._end_template,
}
