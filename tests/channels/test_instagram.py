"""Instagram gets Messenger's template in its own envelope, and counts a text in bytes."""

import pytest

from preview_service.channels import channel
from preview_service.model import Delivery, Image, Look, Preview, Reason, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

URL = "https://shop.example/p/42"
INSTAGRAM = channel("instagram")


def outcome(title: str = "Trail shoe 42", image: str = "https://cdn.example/42.jpg") -> Outcome:
    preview = Preview(
        url=URL,
        host="shop.example",
        title=title,
        description="Light trail shoe, in stock.",
        image=Image(url=image, source_url=image),
    )
    return Outcome(status=Status.COMPLETE, preview=preview)


def test_a_template_without_what_only_messenger_asks_for() -> None:
    rendered = render(outcome(), URL, INSTAGRAM)
    assert (rendered.delivery, rendered.customer_sees.look) == (Delivery.CARD, Look.LARGE_CARD)
    assert rendered.message == {
        "message": {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "generic",
                    "elements": [
                        {
                            "title": "Trail shoe 42",
                            "subtitle": "Light trail shoe, in stock.",
                            "image_url": "https://cdn.example/42.jpg",
                            "default_action": {"type": "web_url", "url": URL},
                            "buttons": [{"type": "web_url", "url": URL, "title": "Open link"}],
                        }
                    ],
                },
            }
        }
    }


@pytest.mark.parametrize(("image", "look"), [("42.gif", "small_card"), ("42.png", "large_card")])
def test_images_it_takes(image: str, look: str) -> None:
    rendered = render(outcome(image=f"https://cdn.example/{image}"), URL, INSTAGRAM)
    assert rendered.customer_sees.look == look


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("靴" * 324, "靴" * 324),
        ("靴" * 325, "靴" * 323 + "…"),
        ("x" * 974, "x" * 974),
        ("x" * 975, "x" * 971 + "…"),
    ],
)
def test_a_text_is_1000_bytes_at_most(title: str, kept: str) -> None:
    """25 of them are the URL's, one the newline's, three an ellipsis's."""
    rendered = render(outcome(title), URL, INSTAGRAM, Way.PASTE)
    assert rendered.message == {"message": {"text": f"{kept}\n{URL}"}}
    assert len(rendered.text.encode()) <= 1000


def test_a_failed_page_is_words() -> None:
    failed = Outcome(status=Status.UNAVAILABLE, reason=Reason.TIMEOUT)
    assert render(failed, URL, INSTAGRAM).message == {"message": {"text": URL}}


def test_the_web_client_is_told_of() -> None:
    notes = " ".join(INSTAGRAM.notes)
    assert "on the web" in notes
