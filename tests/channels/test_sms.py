"""An SMS is words alone."""

from preview_service.channels import channel
from preview_service.model import Delivery, Look, Preview, Reason, Status
from preview_service.outcome import Outcome
from preview_service.renderer import render

SMS = channel("standard_sms")


def test_the_body_is_the_text() -> None:
    preview = Preview(url="https://shop.example/p/42", host="shop.example", title="Trail shoe 42")
    outcome = Outcome(status=Status.COMPLETE, preview=preview)
    rendered = render(outcome, "https://shop.example/p/42", SMS)
    assert rendered.message == {"body": "Trail shoe 42\nhttps://shop.example/p/42"}
    assert rendered.text == rendered.message["body"]
    assert (rendered.delivery, rendered.reason) == (Delivery.TEXT, Reason.CHANNEL_TEXT_ONLY)
    assert rendered.customer_sees.look is Look.PLAIN_LINK
