"""The nouns that flow from a URL to an answer: Page → Claim → Metadata → Preview → Rendered.

All are frozen `msgspec.Struct`s: the same types are the wire format, the cache format and what the
code passes around (https://jcristharif.com/msgspec/structs.html). Shapes that callers see
(`Preview`, `Answer`) are contracts; the rest may change with the code.
"""

from enum import StrEnum
from typing import Any

import msgspec


class Field(StrEnum):
    """What a page can claim about itself."""

    TITLE = "title"
    DESCRIPTION = "description"
    IMAGE = "image"
    SITE_NAME = "site_name"
    ICON = "icon"
    CANONICAL = "canonical"
    LANG = "lang"
    AUTHOR = "author"
    PUBLISHED_AT = "published_at"
    KIND = "kind"
    VIDEO = "video"
    AUDIO = "audio"
    MODIFIED_AT = "modified_at"
    SECTION = "section"
    TAG = "tag"
    PRICE = "price"
    AVAILABILITY = "availability"
    DETAIL = "detail"
    RATING = "rating"
    THEME_COLOR = "theme_color"
    MANIFEST = "manifest"
    FEED = "feed"
    OEMBED = "oembed"
    ALTERNATE = "alternate"


class Kind(StrEnum):
    """What the thing behind the link is; `website` when nobody says."""

    WEBSITE = "website"
    ARTICLE = "article"
    PRODUCT = "product"
    VIDEO = "video"
    MUSIC = "music"
    BOOK = "book"
    PROFILE = "profile"
    IMAGE = "image"
    AUDIO = "audio"
    DOCUMENT = "document"
    FEED = "feed"
    ARCHIVE = "archive"


class Verdict(StrEnum):
    """What was really served at the address. Only `ok` makes a card."""

    OK = "ok"
    CHALLENGE = "challenge"
    LOGIN_WALL = "login_wall"
    CONSENT_WALL = "consent_wall"
    SOFT_404 = "soft_404"
    ERROR_PAGE = "error_page"
    EMPTY = "empty"


class Reason(StrEnum):
    """Why an answer is plain text, or why something is missing from it."""

    CHANNEL_TEXT_ONLY = "channel_text_only"
    PARTNER_TEXT_ONLY = "partner_text_only"
    DEADLINE = "deadline"
    OVERLOADED = "overloaded"
    UNREACHABLE = "unreachable"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    SIDE_EFFECT_URL = "side_effect_url"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    HTTP_STATUS = "http_status"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    CHALLENGE = "challenge"
    LOGIN_WALL = "login_wall"
    CONSENT_WALL = "consent_wall"
    SOFT_404 = "soft_404"
    NO_METADATA = "no_metadata"
    UNREADABLE = "unreadable"


class Status(StrEnum):
    """How far the answer got."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"


class Delivery(StrEnum):
    """How the message reaches the customer: a native card, a link the app unfurls, or words."""

    CARD = "card"
    PASTE_PREVIEW = "paste_preview"
    TEXT = "text"


class Way(StrEnum):
    """How a caller wants a link sent: as the channel's own card, as Salesforce's link component, as
    the pasted URL; `auto` is whichever shows the customer most.
    https://help.salesforce.com/apex/HTViewHelpDoc?id=service.messaging_send_links.htm
    """

    AUTO = "auto"
    COMPONENT = "component"
    CARD = "card"
    PASTE = "paste"


class Look(StrEnum):
    """What the customer is expected to see."""

    LARGE_CARD = "large_card"
    SMALL_CARD = "small_card"
    PLAIN_LINK = "plain_link"


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A `<link>` element: lower-cased `rel` tokens and the raw `href`."""

    rel: str
    href: str
    type: str = ""
    sizes: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What the body of a page that declares nothing holds: words and pictures as they stand.

    `text` is the first prose; `images` are (src, alt), the likeliest first; `properties` are the
    (name, value) pairs of microdata and RDFa, names in lower case.
    """

    heading: str | None = None
    text: str | None = None
    images: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is no web page but a file: `bytes` is its whole size, if it is known.

    `title`, `author` and `pages` are what its format says of itself; `width`, `height` in pixels.
    """

    kind: Kind
    media_type: str
    name: str
    bytes: int | None = None
    title: str | None = None
    description: str | None = None
    author: str | None = None
    pages: int | None = None
    width: int | None = None
    height: int | None = None


class Embed(msgspec.Struct, frozen=True, kw_only=True):
    """An oEmbed answer but for its HTML, which is never passed on. https://oembed.com/#section2.3"""

    type: str
    title: str | None = None
    description: str | None = None
    author_name: str | None = None
    provider_name: str | None = None
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    url: str | None = None
    width: int | None = None
    height: int | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says about itself, in document order and nothing decided yet.

    `metas` are (name, content) with `name` the lower-cased value of property or name, else of
    itemprop or http-equiv behind that word and a colon; `json_ld` the raw text of each JSON-LD
    script. `base` is the address relative URLs are resolved against. `bytes_to_metadata` counts
    the page's bytes as UTF-8 up to the last tag of a card, rounded up by at most 16 KiB.
    `has_password`: a field for one was seen. `markers` are the proofs of a challenge found in the
    markup, by `page.markers`'s names. `body`, `file` and `embed` are there if they were read.
    """

    url: str
    base: str
    charset: str
    title: str | None = None
    lang: str | None = None
    metas: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    json_ld: tuple[str, ...] = ()
    bytes_to_metadata: int = 0
    has_password: bool = False
    markers: tuple[str, ...] = ()
    body: Body | None = None
    file: File | None = None
    embed: Embed | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One statement of a page about itself and who made it, e.g. title, "Trail shoe", "og:title".

    `width`, `height` (pixels), `media_type` and `alt` go with image and video claims. `raw` is
    the value as the page has it, where `value` was made fit for a card.
    """

    field: Field
    value: str
    source: str
    width: int | None = None
    height: int | None = None
    media_type: str | None = None
    alt: str | None = None
    raw: str | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Per field the claims made for it, the winning one first."""

    claims: dict[Field, tuple[Claim, ...]]

    def best(self, field: Field) -> Claim | None:
        found = self.claims.get(field)
        return found[0] if found else None

    def value(self, field: Field) -> str | None:
        found = self.claims.get(field)
        return found[0].value if found else None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture: `url` is what a message may use, `source_url` where the page has it.

    `width`, `height` in pixels and `bytes` are as measured, or as declared if nobody could look.
    `placeholder` is a data URI of some pixels, `color` the dominant one as #rrggbb.
    """

    url: str
    source_url: str
    width: int | None = None
    height: int | None = None
    media_type: str | None = None
    bytes: int | None = None
    alt: str | None = None
    placeholder: str | None = None
    color: str | None = None


class Icon(msgspec.Struct, frozen=True, kw_only=True):
    """A site's icon; `width` and `height` in pixels as declared."""

    url: str
    width: int | None = None
    height: int | None = None


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """A film or a player page; `width` and `height` in pixels as declared."""

    url: str
    width: int | None = None
    height: int | None = None
    media_type: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The channel-free answer to "what is behind this URL?". Values are plain text, URLs http(s).

    `url` is where the redirects ended, without tracking parameters; `published_at` as declared.
    """

    url: str
    host: str
    title: str | None = None
    description: str | None = None
    site_name: str | None = None
    kind: Kind = Kind.WEBSITE
    lang: str | None = None
    author: str | None = None
    published_at: str | None = None
    sensitive: bool = False
    image: Image | None = None
    icon: Icon | None = None
    video: Video | None = None
    verdict: Verdict = Verdict.OK


class Forecast(msgspec.Struct, frozen=True, kw_only=True, rename={"look": "as"}):
    """What the customer will see, and which of the channel's rules stand in the way of more."""

    look: Look
    because: tuple[str, ...] = ()


class FitAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing done to make a card fit: `was` and `limit` are counted in `unit`.

    `because` says why where it is no question of size, e.g. `media_type`.
    """

    field: str
    action: str
    limit: int | None = None
    unit: str | None = None
    was: int | None = None
    because: str | None = None


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's share of an answer. `message` is the channel's native JSON."""

    delivery: Delivery
    reason: Reason | None
    message: dict[str, Any]
    text: str
    customer_sees: Forecast
    fit: tuple[FitAction, ...] = ()
