"""What a channel is: limits as data, ways to deliver in order of preference, pure renderers."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from preview_service.channels.gsm7 import is_gsm7
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Kind, Look, Preview

Message = dict[str, Any]


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The most a field may hold, and the address of the document that says so.

    Without `source` the limit is this service's own prudence; `confirmed` is false where no
    document of the vendor could be read that states it.
    """

    max: int
    unit: Unit = Unit.CHARACTERS
    source: str | None = None
    confirmed: bool = True

    def allows(self, text: str) -> bool:
        if self.unit is Unit.SEPTETS and not is_gsm7(text):
            return False
        return self.unit.length(text) <= self.max


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A card's image; None is what nobody knows.

    `media_type` is as declared, else by the URL's extension.
    """

    url: str
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    alt: str | None = None


class PictureRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which images a message may carry. What is not known of an image is not held against it."""

    media_types: frozenset[str]
    https: bool = False
    max_bytes: int | None = None
    source: str | None = None
    confirmed: bool = True


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A preview cut to what one way of delivery takes: all that a renderer sees.

    `url` is the link to send, `host` where it ends. The title is never empty: it is the host
    where the page has none. Every text is one line of plain text.
    """

    url: str
    host: str
    title: str
    description: str | None = None
    site_name: str | None = None
    kind: Kind = Kind.WEBSITE
    image: Picture | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a link when the forecast is made; zero bytes: not known."""

    preview: Preview
    card: Card
    bytes_to_metadata: int = 0


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

    `limits` go by the names of `Card`'s texts, and `alt` for the picture's. Without `picture`
    the message carries no image, so none is refused.
    """

    delivery: Delivery
    render: Callable[[Card], Message]
    limits: Mapping[str, Limit]
    picture: PictureRules | None = None
    rules: tuple[Rule, ...] = ()


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A destination of messages and what it can show.

    `family` is the app it belongs to, `docs` where its maker describes the message (None: the
    format is ours). `methods` stand in order of preference; words are always the last resort:
    `say` puts a text into a message, and a text keeps to one of `text_limits`, the first it can be
    written under.
    """

    name: str
    label: str
    family: str
    docs: str | None
    methods: tuple[Method, ...]
    say: Callable[[str], Message]
    text_limits: tuple[Limit, ...]

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The ways this channel can carry a link, the best one first."""
        return (*(method.delivery for method in self.methods), Delivery.TEXT)


def filled(**fields: Any) -> Message:
    """The fields that have a value: a vendor's schema takes neither null nor empty text."""
    return {name: value for name, value in fields.items() if value}
