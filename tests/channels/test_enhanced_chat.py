"""Enhanced Chat gets a RichLink, or a link that Salesforce takes from the end of a text."""

from collections.abc import Callable
from typing import Any

import pytest

from preview_service.channels import CHANNELS
from preview_service.channels.base import Channel, Permission
from preview_service.model import Delivery, Preview, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

MEMBERS = [channel for channel in CHANNELS.values() if channel.family == "enhanced_chat"]
URL = "https://shop.example/p/42"
SHOE = Preview(url=URL, host="shop.example", title="Trail shoe 42")


@pytest.fixture(params=MEMBERS, ids=lambda channel: channel.name)
def member(request: pytest.FixtureRequest) -> Channel:
    assert isinstance(request.param, Channel)
    return request.param


def test_every_message_keeps_the_published_schema(
    member: Channel,
    every_rendering: Callable[[Channel], list[Rendered]],
    salesforce_kinds: Callable[[Any], set[str]],
) -> None:
    met = [salesforce_kinds(rendered.message) for rendered in every_rendering(member)]
    assert set.union(*met) >= {"StaticContentRichLink", "StaticContentText"}


def test_the_rich_link_is_preferred_and_is_the_component(member: Channel) -> None:
    outcome = Outcome(status=Status.COMPLETE, preview=SHOE)
    best = render(outcome, URL, member)
    assert best.message["staticContent"]["formatType"] == "RichLink"
    assert best.message == render(outcome, URL, member, Way.COMPONENT).message


def test_a_pasted_link_stands_at_the_end(member: Channel) -> None:
    pasted = render(Outcome(status=Status.COMPLETE, preview=SHOE), URL, member, Way.PASTE)
    assert pasted.delivery is Delivery.PASTE_PREVIEW
    assert pasted.message["staticContent"] == {"formatType": "Text", "text": URL}


def test_reps_need_the_chat_permission(member: Channel) -> None:
    assert member.permission is Permission.CHAT
