"""Card → a RichLink or a link that Salesforce unfurls, for Enhanced Chat in an app and on the web.

A rep's client sends text, of which Salesforce takes a URL at the start or the end and shows it as a
RichLink: https://developer.salesforce.com/docs/service/messaging-api/references/about/send-message-use-cases.html
"""

from typing import Final

from preview_service.channels import salesforce
from preview_service.channels.base import Channel, Limit, Method, Permission
from preview_service.model import Delivery, Way

USE_CASES: Final = (
    "https://developer.salesforce.com/docs/service/messaging-api/references/about/"
    "send-message-use-cases.html"
)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="StaticContentMessage/Text",
    docs=USE_CASES,
    render=salesforce.paste,
    # What Salesforce's own fetcher takes is written down nowhere.
    rules=salesforce.UNFURLED,
)


def _chat(name: str, label: str, *notes: str) -> Channel:
    return Channel(
        name=name,
        label=label,
        family="enhanced_chat",
        permission=Permission.CHAT,
        docs=salesforce.DOCS,
        component_formats=("RichLink", "Text"),
        methods=(salesforce.RICH_LINK, PASTE),
        say=salesforce.say,
        say_component=salesforce.say,
        text_limits=(Limit(max=10_000, confirmed=False),),
        longest_text=Limit(max=10_000, confirmed=False),
        notes=notes,
    )


ENHANCED_IN_APP_CHAT: Final = _chat("enhanced_in_app_chat", "Enhanced In-App Chat")
ENHANCED_WEB_CHAT_V1: Final = _chat("enhanced_web_chat_v1", "Enhanced Web Chat v1")
ENHANCED_WEB_CHAT_V2: Final = _chat(
    "enhanced_web_chat_v2",
    "Enhanced Web Chat v2",
    f"The page on Agentforce's rich links names v1 only: {salesforce.RICH_LINK_RESPONSE}",
)
