"""What a channel is: limits as data, ways to deliver in order of preference, pure renderers."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from preview_service.channels.gsm7 import is_gsm7
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Kind, Look, Preview, Reason, Way

Message = dict[str, Any]

OPEN_LINK: Final = "Open link"
"""What a card's button says where the channel wants one."""

# https://www.rfc-editor.org/rfc/rfc3986 wants more encoded than browsers do: "|", a lone "%".
_ENCODED: Final = r"(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_URI: Final = re.compile(rf"https?://(?:\[[0-9A-Fa-f:.]+\])?{_ENCODED}(?:#{_ENCODED})?")


class Permission(StrEnum):
    """What a Salesforce user needs to send on a channel; what is no channel of theirs counts as
    messaging.

    `chat`: the Enhanced Chat User licence and the Enhanced Chat Rep permission; `messaging`: the
    Messaging Agent permission.
    https://help.salesforce.com/apex/HTViewHelpDoc?id=service.messaging_send_links.htm
    """

    CHAT = "chat"
    MESSAGING = "messaging"


class Excess(StrEnum):
    """What the channel itself does with more than a limit allows."""

    REJECT = "reject"
    CUT = "cut"
    DROP = "drop"
    NO_PREVIEW = "no_preview"


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most a field may hold, and the address of the document that says so.

    Without `source` the limit is this service's own prudence; `confirmed` is false where no
    document of the vendor could be read that states it. A `required` field is filled with the
    host's name. `escape` is how the renderer writes the text: what counts is what is written.
    `uri_only`: an address with every character percent-encoded that RFC 3986 wants so.
    """

    max: int
    unit: Unit = Unit.CHARACTERS
    required: bool = False
    bmp_only: bool = False
    uri_only: bool = False
    excess: Excess | None = None
    source: str | None = None
    confirmed: bool = True
    escape: Callable[[str], str] | None = None

    def length(self, text: str) -> int:
        """What *text* comes to in this message."""
        return self.unit.length(self.escape(text) if self.escape else text)

    def allows(self, text: str) -> bool:
        if self.unit is Unit.SEPTETS and not is_gsm7(text):
            return False
        if self.bmp_only and max(text, default="") > "\uffff":
            return False
        if self.uri_only and not is_uri(text):
            return False
        return self.length(text) <= self.max


class MessageLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on several fields of a message together: `read` gives all that counts."""

    name: str
    read: Callable[[Message], str]
    limit: Limit


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A card's image; None is what nobody knows.

    `media_type` is as declared, else by the URL's extension. `data` is the image itself in base64,
    for channels that take it inside the message.
    """

    url: str
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    alt: str | None = None
    data: str | None = None

    @property
    def aspect(self) -> float | None:
        """Width by height."""
        return self.width / self.height if self.width and self.height else None


class PictureRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which images a message may carry. What is not known of an image is not held against it.

    Sizes in bytes and pixels, aspects are width by height. `is_inline`: the message holds the
    image itself, not its address. `is_required`: without an image there is no such message.
    `ideal` are the width and height that a copy is best made within, `crop` the aspect ratio, width
    and height, that the channel cuts to in any case.
    `uri_only` as of a `Limit`.
    `extensions`, in lower case, are those one of which the address must end in.
    `assumed_type` is what the message calls an image whose type nobody knows.
    """

    media_types: frozenset[str]
    assumed_type: str | None = None
    https: bool = False
    is_inline: bool = False
    is_required: bool = False
    ideal: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None
    max_bytes: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    min_aspect: float | None = None
    max_aspect: float | None = None
    max_url: int | None = None
    uri_only: bool = False
    extensions: frozenset[str] = frozenset()
    source: str | None = None
    confirmed: bool = True


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A preview cut to what one way of delivery takes: all that a renderer sees.

    `url` is the link to send, `host` where it ends. The title is never empty: it is the host
    where the page has none. Every text is one line of plain text. `lang` is as the page has it.
    """

    url: str
    host: str
    title: str
    description: str | None = None
    site_name: str | None = None
    kind: Kind = Kind.WEBSITE
    lang: str | None = None
    image: Picture | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured when the page was fetched; None is what nobody knows.

    `bytes_to_metadata` up to the last tag of a card, `ms` until that had arrived, `tags` the
    sources of all that the page claims, such as `og:title`.
    """

    bytes_to_metadata: int | None = None
    ms: int | None = None
    redirects: int | None = None
    refreshes: int | None = None
    tags: frozenset[str] | None = None


UNMEASURED: Final = Measured()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a link when the forecast is made."""

    preview: Preview
    card: Card
    measured: Measured = UNMEASURED


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A bound a channel's documents put on a fact, and what is left of the card beyond it.

    `measure` gives None where the fact is not known: then the rule is not judged.
    """

    name: str
    measure: Callable[[Facts], float | None]
    leaves: Look
    min: float | None = None
    max: float | None = None
    source: str | None = None
    confirmed: bool = True


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """One way to bring a link to the customer as more than words.

    `format` is the vendor's name of the payload, `docs` where it is described. `ways` are the words
    by which a caller may ask for it. `limits` go by the names of `Card`'s texts, `alt` for the
    picture's and `url`, which is never cut: a link that is too long goes another way. Without
    `picture` the message carries no image, so none is refused. `wholes` hold for the message as
    rendered. `with_text` puts the card into one message with the words around it, where a channel
    has such; `is_first_link` if then the app previews the first link of the words, whichever it is.
    """

    ways: tuple[Way, ...]
    delivery: Delivery
    format: str
    render: Callable[[Card], Message]
    docs: str | None = None
    limits: Mapping[str, Limit] = {}
    picture: PictureRules | None = None
    wholes: tuple[MessageLimit, ...] = ()
    rules: tuple[Rule, ...] = ()
    with_text: Callable[[Card, str], Message] | None = None
    is_first_link: bool = False

    @property
    def takes_text(self) -> bool:
        """Whether one message may hold an agent's words as well."""
        return self.with_text is not None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A destination of messages and what it can show.

    `family` is the app it belongs to, `docs` where its maker describes the message (None: the
    format is ours). `methods` stand in order of preference; words are always the last resort:
    `say` puts a text into a message, and a text keeps to one of `text_limits`, the first it can be
    written under; a longer one of an agent's goes out in several messages of `longest_text`.
    `component_formats` are those of Salesforce's enhanced link component (None: there are no
    components), `say_component` its Text. `text_only` is the reason why it may be words.
    `can_edit`: whether what was sent can be replaced, by a late card say, as `can_edit_source`
    states; a no without one: the channel's documents name no way. None: a partner may know.
    """

    name: str
    label: str
    family: str
    docs: str | None
    methods: tuple[Method, ...]
    say: Callable[[str], Message]
    text_limits: tuple[Limit, ...]
    permission: Permission = Permission.MESSAGING
    component_formats: tuple[str, ...] | None = None
    say_component: Callable[[str], Message] | None = None
    longest_text: Limit | None = None
    text_only: Reason = Reason.CHANNEL_TEXT_ONLY
    can_edit: bool | None = None
    can_edit_source: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The ways this channel can carry a link, the best one first."""
        found = (method.delivery for method in self.methods if is_of(method, Way.AUTO))
        return (*dict.fromkeys(found), Delivery.TEXT)


def is_of(method: Method, way: Way) -> bool:
    """Whether *method* may be taken by who asks for *way*.

    A component goes through Salesforce and not to the channel's maker, so nobody gets one unasked.
    """
    return way in method.ways or (way is Way.AUTO and method.ways != (Way.COMPONENT,))


def is_uri(address: str) -> bool:
    """Whether *address* is written as the strictest reader wants an http(s) address."""
    return _URI.fullmatch(address) is not None


def filled(**fields: Any) -> Message:
    """The fields that have a value: a vendor's schema takes neither null nor empty text."""
    return {name: value for name, value in fields.items() if value}


def json_of(message: Any) -> str:
    """*message* as it travels, for limits on its whole size."""
    return msgspec.json.encode(message).decode()
