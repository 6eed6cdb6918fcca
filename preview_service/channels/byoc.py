"""Card → what Salesforce hands to a partner who brings the channel: a rich link, or a link to draw.

https://developer.salesforce.com/docs/service/messaging-partner/guide/link-previews.html. What a
partner takes is its own to say, in a profile (`channels.partners`); this is what all may be sent.
"""

from typing import Final

from msgspec.structs import replace

from preview_service.channels import salesforce
from preview_service.channels.base import Channel, Limit, Method
from preview_service.model import Delivery, Way

_GUIDES: Final = "https://developer.salesforce.com/docs/service/"
LINK_PREVIEWS: Final = f"{_GUIDES}messaging-partner/guide/link-previews.html"
CCAAS_LINK_PREVIEWS: Final = f"{_GUIDES}messaging-byoc-ccaas/guide/link-previews.md"

RICH_LINK: Final = replace(salesforce.RICH_LINK, docs=LINK_PREVIEWS)

LINKS: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="StaticContentMessage/Links",
    docs=LINK_PREVIEWS,
    render=salesforce.links,
    # How a partner draws it, or Salesforce where the link comes in, is written down nowhere.
    rules=salesforce.UNFURLED,
)

# Only where it is asked for: a partner who registers pictures has not said that it shows links.
MEDIA: Final = Method(
    ways=(Way.COMPONENT,),
    delivery=Delivery.CARD,
    format="StaticContentMessage/Media",
    docs=salesforce.COMPONENT_FORMATS,
    render=salesforce.media,
    limits={field: salesforce.LIMITS[field] for field in ("title", "alt")},
    picture=replace(salesforce.IMAGES, is_required=True),
)

# Prudence: the published schemas set no length.
_TEXT: Final = Limit(max=4096)


def _channel(name: str, label: str, docs: str) -> Channel:
    return Channel(
        name=name,
        label=label,
        family="byoc",
        docs=docs,
        component_formats=("RichLink", "Media", "Text"),
        methods=(RICH_LINK, LINKS, MEDIA),
        say=salesforce.say,
        say_component=salesforce.say,
        text_limits=(_TEXT,),
        longest_text=_TEXT,
    )


BYOC: Final = _channel("byoc", "Bring Your Own Channel", LINK_PREVIEWS)
BYOC_CCAAS: Final = _channel("byoc_ccaas", "Bring Your Own Channel for CCaaS", CCAAS_LINK_PREVIEWS)
