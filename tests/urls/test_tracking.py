"""What goes from a query, and that the rest stays as it was written."""

import pytest

from preview_service.urls.tracking import TRACKING_NAMES, without_tracking


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/p", "https://a.example/p"),
        ("https://a.example/p?", "https://a.example/p"),
        ("https://a.example/p?utm_source=chat", "https://a.example/p"),
        ("https://a.example/p?utm_source", "https://a.example/p"),
        ("https://a.example/p?id=3&fbclid=x", "https://a.example/p?id=3"),
        ("https://a.example/p?gclid=x&id=3", "https://a.example/p?id=3"),
        ("https://a.example/p?b=2&mc_eid=1&a=1", "https://a.example/p?b=2&a=1"),
        ("https://a.example/p?UTM_Campaign=x&hsCtaTracking=y&q", "https://a.example/p?q"),
        ("https://a.example/p?oly_enc_id=1&oly_anon_id=2&mtm_kwd=3", "https://a.example/p"),
        ("https://a.example/p?q=%C3%A9+%20%2b&&c==", "https://a.example/p?q=%C3%A9+%20%2b&&c=="),
        ("https://a.example/p?a=1&&utm_id=2&&b", "https://a.example/p?a=1&&&b"),
        ("https://a.example/p?next=?utm_source=x", "https://a.example/p?next=?utm_source=x"),
        ("https://a.example/p?ref=x&si=y&source=z", "https://a.example/p?ref=x&si=y&source=z"),
        (
            "https://a.example/p?utm=1&xfbclid=2&fbclid2=3",
            "https://a.example/p?utm=1&xfbclid=2&fbclid2=3",
        ),
        ("https://a.example/utm_source=1?id=2", "https://a.example/utm_source=1?id=2"),
    ],
)
def test_only_parameters_that_identify_a_visit_go(address: str, expected: str) -> None:
    assert without_tracking(address) == expected


def test_names_are_written_in_lower_case() -> None:
    assert all(name == name.lower() for name in TRACKING_NAMES)
