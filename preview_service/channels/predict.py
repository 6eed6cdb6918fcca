"""A channel's documented rules + what is known of a link → what the customer will see.

Rules are data in the channels' own files; here are the facts they are about and how they are
judged. A fact that nobody measured breaks no rule.
"""

from collections.abc import Callable
from functools import partial
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


def is_better(one: Forecast, other: Forecast) -> bool:
    """Whether *one* shows the customer more than *other*."""
    return _FROM_BEST.index(one.look) < _FROM_BEST.index(other.look)


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


no_image = partial(Rule, name="no_image", measure=images, min=1, leaves=Look.SMALL_CARD)
no_title = partial(Rule, name="no_title", measure=titles, min=1, leaves=Look.PLAIN_LINK)


def descriptions(facts: Facts) -> float:
    """How many descriptions the page has."""
    return 1 if one_line(facts.preview.description) else 0


def open_graph(name: str) -> Callable[[Facts], float | None]:
    """Measures how many tags `og:`*name* the page has: what comes from elsewhere does not count."""
    tag, parts = f"og:{name}", f"og:{name}:"

    def tags(facts: Facts) -> float | None:
        known = facts.measured.tags
        # What a page does not have at all is another rule's business.
        if known is None or getattr(facts.preview, name) is None:
            return None
        return sum(each == tag or each.startswith(parts) for each in known)

    return tags


def tagged(name: str, *ways: tuple[str, ...]) -> Callable[[Facts], float | None]:
    """Measures in how many of *ways* the page says its *name*: a way is the tags that it takes."""

    def said(facts: Facts) -> float | None:
        known = facts.measured.tags
        if known is None or getattr(facts.preview, name) is None:
            return None
        # A tag may have parts, as og:image has og:image:secure_url.
        stems = {tag[:end] for tag in known for end in _ends(tag)}
        return sum(stems.issuperset(way) for way in ways)

    return said


def _ends(tag: str) -> list[int]:
    return [at for at, char in enumerate(tag) if char == ":"] + [len(tag)]


def metadata_bytes(facts: Facts) -> float | None:
    """Bytes of the page up to the last of its tags."""
    return facts.measured.bytes_to_metadata


def response_ms(facts: Facts) -> float | None:
    """Milliseconds until the last of the page's tags had arrived."""
    return facts.measured.ms


def redirects(facts: Facts) -> float | None:
    """Redirects from the link to the page."""
    return facts.measured.redirects


def refreshes(facts: Facts) -> float | None:
    """Hops by `<meta>` refresh, which only a browser follows."""
    return facts.measured.refreshes


def image_bytes(facts: Facts) -> float | None:
    """Bytes of the picture."""
    return facts.card.image.bytes if facts.card.image else None


def image_width(facts: Facts) -> float | None:
    """Width of the picture in pixels."""
    return facts.card.image.width if facts.card.image else None


def image_aspect(facts: Facts) -> float | None:
    """Width of the picture by its height."""
    return facts.card.image.aspect if facts.card.image else None


def square_images(facts: Facts) -> float | None:
    """1 where the picture is as wide as it is high."""
    aspect = facts.card.image.aspect if facts.card.image else None
    return None if aspect is None else float(aspect == 1)


def insecure_images(facts: Facts) -> float:
    """How many pictures do not come over https."""
    image = facts.card.image
    return 1 if image and not image.url.startswith("https://") else 0


def longest_url_chars(facts: Facts) -> float:
    """Characters of the longer of the link and the picture's address."""
    image = facts.preview.image
    return max(len(facts.card.url), len(image.url) if image else 0)


def site_name_chars(facts: Facts) -> float:
    """Characters of the site's name, as the page has it."""
    return len(facts.preview.site_name or "")


def image_alt_chars(facts: Facts) -> float:
    """Characters of the picture's alternative text, as the page has it."""
    return len((facts.preview.image and facts.preview.image.alt) or "")


def ip_hosts(facts: Facts) -> float:
    """1 where the link names an address instead of a host."""
    try:
        ip_address(urlsplit(facts.card.url).hostname or "")
    except ValueError:
        return 0
    return 1
