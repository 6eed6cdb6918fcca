"""Which message goes out for an outcome, and why."""

from html import unescape

import msgspec
import pytest

from preview_service.channels import CHANNELS, channel
from preview_service.model import (
    Claim,
    Delivery,
    Field,
    Forecast,
    Image,
    Look,
    Preview,
    Reason,
    Rendered,
    Status,
    Verdict,
    Way,
)
from preview_service.outcome import Outcome, Trail
from preview_service.renderer import render, render_all

URL = "https://shop.example/p/42"
SHOE = Preview(url=URL, host="shop.example", title="Trail shoe 42", description="Light.")
SIGN_IN = Preview(url=URL, host="shop.example", title="Sign in", verdict=Verdict.LOGIN_WALL)


def on(name: str, outcome: Outcome, url: str = URL) -> Rendered:
    return render(outcome, url, channel(name))


def test_a_good_page_makes_the_channels_best() -> None:
    rendered = on("generic", Outcome(status=Status.COMPLETE, preview=SHOE))
    assert (rendered.delivery, rendered.reason) == (Delivery.CARD, None)
    assert rendered.message["title"] == "Trail shoe 42"
    assert rendered.text == f"Trail shoe 42\n{URL}"
    assert rendered.customer_sees == Forecast(look=Look.SMALL_CARD, because=("no_image",))


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(status=Status.PENDING, reason=Reason.DEADLINE), URL),
        (Outcome(status=Status.UNAVAILABLE, reason=Reason.DNS), URL),
        (Outcome(status=Status.UNAVAILABLE, reason=Reason.LOGIN_WALL, preview=SIGN_IN), URL),
        (
            Outcome(status=Status.PENDING, reason=Reason.DEADLINE, preview=SHOE),
            f"Trail shoe 42\n{URL}",
        ),
    ],
    ids=["deadline", "dns", "login-wall", "title-known-before-deadline"],
)
def test_without_a_card_words_go_out_with_the_reason(
    name: str, outcome: Outcome, text: str
) -> None:
    """The network's reason wins over the channel's, and a login page's title is never shown."""
    rendered = on(name, outcome)
    assert rendered.delivery is Delivery.TEXT
    assert rendered.reason is outcome.reason
    assert rendered.text == text
    assert rendered.message == channel(name).say(text)
    assert rendered.customer_sees == Forecast(look=Look.PLAIN_LINK)


def test_a_channel_of_words_says_so() -> None:
    rendered = on("standard_sms", Outcome(status=Status.COMPLETE, preview=SHOE))
    assert (rendered.delivery, rendered.reason) == (Delivery.TEXT, Reason.CHANNEL_TEXT_ONLY)


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("preview", [None, SIGN_IN], ids=["nothing", "login-wall"])
def test_an_outcome_without_a_usable_preview_makes_no_card(
    name: str, preview: Preview | None
) -> None:
    rendered = on(name, Outcome(status=Status.COMPLETE, preview=preview))
    assert (rendered.delivery, rendered.reason) == (Delivery.TEXT, Reason.NO_METADATA)
    assert rendered.text == URL


@pytest.mark.parametrize("name", CHANNELS)
def test_the_link_sent_is_the_one_given_not_where_it_leads(name: str) -> None:
    short = "https://sho.rt/x?a=%20&b=`'"
    rendered = on(name, Outcome(status=Status.COMPLETE, preview=SHOE), short)
    # Some channels write it in HTML or the like.
    assert short in unescape(msgspec.json.encode(rendered.message).decode())
    assert rendered.text == f"Trail shoe 42\n{short}"


def test_all_channels_at_once_are_each_as_alone() -> None:
    outcome = Outcome(status=Status.COMPLETE, preview=SHOE)
    together = render_all(outcome, URL, CHANNELS)
    assert list(together) == list(CHANNELS)
    for name, rendered in together.items():
        assert rendered == on(name, outcome)


@pytest.mark.parametrize(
    ("refused", "look"),
    [("http_status", Look.SMALL_CARD), ("smaller", Look.LARGE_CARD), (None, Look.LARGE_CARD)],
)
def test_of_a_pasted_link_the_app_sees_the_pages_own_picture(
    refused: str | None, look: Look
) -> None:
    """Open Graph's, though a better one was found elsewhere, which only a card of ours shows."""
    shown, declared = "https://shop.example/b.jpg", "https://shop.example/a.jpg"
    tags = [(shown, "json-ld:image"), (declared, "og:image")]
    image = Image(url=shown, source_url=shown, width=1200, height=630, media_type="image/jpeg")
    outcome = Outcome(
        status=Status.COMPLETE,
        preview=msgspec.structs.replace(SHOE, image=image),
        trail=Trail(
            claims={
                Field.IMAGE: tuple(
                    Claim(field=Field.IMAGE, value=value, source=source) for value, source in tags
                )
            },
            refused={declared: refused} if refused else {},
        ),
    )
    assert render(outcome, URL, channel("telegram"), Way.PASTE).customer_sees.look is look
