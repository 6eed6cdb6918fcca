"""A channel's documented rules + what is known of a link → what the customer will see.

Rules are data in the channels' own files; here are the facts they are about and how they are
judged. A fact that nobody measured breaks no rule.
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from preview_service.channels.base import Facts, Rule
from preview_service.channels.fit import one_line
from preview_service.model import Forecast, Look

_FROM_BEST: Final = (Look.LARGE_CARD, Look.SMALL_CARD, Look.PLAIN_LINK)


def forecast(rules: tuple[Rule, ...], facts: Facts) -> Forecast:
    """What is left of a large card when each broken rule has taken its share."""
    broken = [rule for rule in rules if _is_broken(rule, facts)]
    look = max((rule.leaves for rule in broken), key=_FROM_BEST.index, default=Look.LARGE_CARD)
    return Forecast(look=look, because=tuple(rule.name for rule in broken))


def _is_broken(rule: Rule, facts: Facts) -> bool:
    value = rule.measure(facts)
    if value is None:
        return False
    too_little = rule.min is not None and value < rule.min
    return too_little or (rule.max is not None and value > rule.max)


def images(facts: Facts) -> float:
    """How many pictures the card has."""
    return 1 if facts.card.image else 0


def titles(facts: Facts) -> float:
    """How many titles the page has."""
    return 1 if one_line(facts.preview.title) else 0


def descriptions(facts: Facts) -> float:
    """How many descriptions the page has."""
    return 1 if one_line(facts.preview.description) else 0


def metadata_bytes(facts: Facts) -> float | None:
    """Bytes of the page up to the last of its tags."""
    return facts.bytes_to_metadata or None


def image_bytes(facts: Facts) -> float | None:
    """Bytes of the picture."""
    return facts.card.image.bytes if facts.card.image else None


def image_width(facts: Facts) -> float | None:
    """Width of the picture in pixels."""
    return facts.card.image.width if facts.card.image else None


def image_aspect(facts: Facts) -> float | None:
    """Width of the picture by its height."""
    image = facts.card.image
    return image.width / image.height if image and image.width and image.height else None


def ip_hosts(facts: Facts) -> float:
    """1 where the link names an address instead of a host."""
    try:
        ip_address(urlsplit(facts.card.url).hostname or "")
    except ValueError:
        return 0
    return 1
