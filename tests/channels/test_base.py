"""Limits, and what channels say of themselves."""

import pytest

from preview_service.channels import channel
from preview_service.channels.base import Limit, filled, is_uri
from preview_service.channels.units import Unit
from preview_service.model import Delivery


@pytest.mark.parametrize(
    ("limit", "text", "is_allowed"),
    [
        (Limit(max=4), "shoe", True),
        (Limit(max=4), "shoes", False),
        (Limit(max=2), "👟", True),
        (Limit(max=1), "👟", False),
        (Limit(max=1, unit=Unit.GRAPHEMES), "👨‍👩‍👧‍👦", True),
        (Limit(max=5, unit=Unit.UTF8_BYTES), "é靴", True),
        (Limit(max=4, unit=Unit.UTF8_BYTES), "é靴", False),
        (Limit(max=4, unit=Unit.SEPTETS), "[a€", False),
        (Limit(max=5, unit=Unit.SEPTETS), "[a€", True),
        (Limit(max=99, unit=Unit.SEPTETS), "靴", False),
        (Limit(max=24, uri_only=True), "https://shop.example/a|b", False),
        (Limit(max=26, uri_only=True), "https://shop.example/a%7Cb", True),
        (Limit(max=25, uri_only=True), "https://shop.example/a%7Cb", False),
    ],
)
def test_limits_count_in_their_own_unit(limit: Limit, text: str, is_allowed: bool) -> None:
    assert limit.allows(text) is is_allowed


def test_deliveries_end_with_words() -> None:
    assert channel("generic").deliveries == (Delivery.CARD, Delivery.TEXT)
    assert channel("enhanced_whatsapp").deliveries == (
        Delivery.PASTE_PREVIEW,
        Delivery.CARD,
        Delivery.TEXT,
    )
    assert channel("standard_sms").deliveries == (Delivery.TEXT,)


def test_only_fields_with_a_value_are_filled() -> None:
    assert filled(title="Shoe", description=None, alt="", width=0) == {"title": "Shoe"}


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example",
        "http://shop.example:8080/p/42?a=1&b=(2)#top",
        "https://xn--bcher-kva.example/b%C3%BCcher/42",
        "https://[2001:db8::7]:8443/p",
        "https://shop.example/~a;b=c,d!$'*+@:",
    ],
)
def test_addresses_the_strictest_reader_takes(address: str) -> None:
    assert is_uri(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop.example/p/42",
        "data:image/png;base64,AA",
        "https://bücher.example/42",
        "https://shop.example/靴",
        "https://shop.example/a b",
        "https://shop.example/100%",
        "https://shop.example/%zz",
        "https://shop.example/#a#b",
        "https://shop.example/p/42\n",
        *(f"https://shop.example/?q={char}" for char in '|^`{}[]\\"<>'),
    ],
)
def test_addresses_that_are_not_percent_encoded(address: str) -> None:
    assert not is_uri(address)
