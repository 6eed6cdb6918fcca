"""Words → an SMS in one segment when it can be: 160 septets, or 70 UTF-16 units in other scripts.

3GPP TS 23.038 (https://www.3gpp.org/dynareport/23038.htm). The network knows no cards; a phone
may draw one, which nobody can rely on.
"""

from typing import Final

from preview_service.channels import salesforce
from preview_service.channels.base import Channel, Excess, Limit, Message
from preview_service.channels.units import Unit

SEGMENTS: Final = "https://www.twilio.com/docs/glossary/what-sms-character-limit"

ONE_SEGMENT: Final = (
    Limit(max=160, unit=Unit.SEPTETS, source=SEGMENTS),
    Limit(max=70, unit=Unit.UTF16, source=SEGMENTS),
)


def say(text: str) -> Message:
    """A text message."""
    return {"body": text}


# Of several segments, as the best known gateway takes them: it advises 320.
_LONGEST: Final = Limit(max=1600, excess=Excess.REJECT, source=SEGMENTS)

STANDARD_SMS: Final = Channel(
    name="standard_sms",
    label="Standard SMS",
    family="sms",
    docs=SEGMENTS,
    can_edit=False,
    methods=(),
    say=say,
    text_limits=ONE_SEGMENT,
    longest_text=_LONGEST,
)

ENHANCED_SMS: Final = Channel(
    name="enhanced_sms",
    label="Enhanced SMS",
    family="sms",
    docs=SEGMENTS,
    can_edit=False,
    component_formats=("Text",),
    methods=(),
    say=say,
    say_component=salesforce.say,
    text_limits=ONE_SEGMENT,
    longest_text=_LONGEST,
)
