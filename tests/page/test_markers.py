"""What proves a challenge in a page's markup, and what is only a vendor at work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Verdict
from preview_service.page.markers import MARKERS, MAX_BYTES, Marker, find


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_a_marker_is_found_where_all_its_needles_are(marker: Marker) -> None:
    page = b"<html>" + b" ".join(reversed(marker.needles)) + b"</html>"
    assert marker.name in find(page)
    assert marker.name not in find(page.replace(marker.needles[0], b""))


def test_each_marker_has_a_name_of_its_own() -> None:
    assert len({marker.name for marker in MARKERS}) == len(MARKERS)


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_a_marker_is_proof_of_a_wall(marker: Marker) -> None:
    assert marker.verdict in {Verdict.CHALLENGE, Verdict.CONSENT_WALL, Verdict.ERROR_PAGE}
    assert all(len(needle) > 4 for needle in marker.needles)


@pytest.mark.parametrize(
    "script",
    [
        "<script>window['__CF$cv$params']={}</script><script src='/cdn-cgi/challenge-platform/j'>",
        "<script>window._pxAppId='PX1'</script><script src='/px/init.js'></script>",
        '<script src="https://js.datadome.example/tags.js"></script>',
        '<div class="h-captcha" data-sitekey="1"></div><div class="cf-turnstile"></div>',
        "<script src='https://www.google.example/recaptcha/api.js'></script>",
        '<script src="/149e9513/p.js"></script><script>KPSDK.configure([])</script>',
        "<p>Blocked by network security? Ask your administrator.</p>",
        "<code>if (window.bobcmn) return</code>",
        "<p>Our systems have detected unusual traffic, the road office says.</p>",
    ],
)
def test_a_vendor_at_work_is_no_marker(script: str) -> None:
    assert find(script.encode()) == ()


def test_a_sensor_alone_is_a_challenge_and_in_a_page_none() -> None:
    sensor = b'<script src="/_Incapsula_Resource?SWJIYLWA=1,2"></script>'
    assert find(b"<html>" + sensor + b"</html>") == ("imperva_challenge",)
    assert find(b"<html>" + sensor + b"words " * 1000 + b"</html>") == ()


def test_what_is_far_down_counts_for_nothing() -> None:
    needle = b'<script id="anubis_challenge"'
    assert find(b" " * (MAX_BYTES - len(needle)) + needle) == ("anubis",)
    assert find(b" " * (MAX_BYTES - len(needle) + 1) + needle) == ()


@given(st.binary(max_size=300))
def test_any_bytes_are_searched(document: bytes) -> None:
    assert set(find(document)) <= {marker.name for marker in MARKERS}
