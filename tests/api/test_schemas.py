import pytest
from msgspec import UNSET

from preview_service.api.schemas import explanation, public
from preview_service.model import Claim, Field, Reason, Status
from preview_service.outcome import FetchReport, Hop, Outcome, Purpose, Trail


@pytest.mark.parametrize("reason", list(Reason))
def test_only_admins_learn_what_is_inside(reason: Reason) -> None:
    telling = {"blocked_address", "dns", "connect", "tls"}
    assert public(reason, is_admin=True) is reason
    assert public(reason, is_admin=False) == ("unreachable" if reason in telling else reason)


TITLE = Claim(field=Field.TITLE, value="Shoe", source="og:title")
OTHER = Claim(field=Field.TITLE, value="Shoe | Acme", source="title")
SAME = Claim(field=Field.TITLE, value="Shoe", source="twitter:title")
SECOND = Claim(field=Field.TITLE, value="Shoes", source="og:title")
REFUSED = FetchReport(
    url="https://a.example/",
    purpose=Purpose.PAGE,
    reason=Reason.CONNECT,
    ms=3,
    redirects=(Hop(url="https://a.example/", status=302),),
    detail="connection refused",
)


def test_an_explanation_names_the_winner_and_the_rejected() -> None:
    outcome = Outcome(status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (TITLE, OTHER)}))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    title = told.fields[Field.TITLE]
    assert (title.value, title.source) == ("Shoe", "og:title")
    assert [(r.value, r.source) for r in title.rejected] == [("Shoe | Acme", "title")]


def test_an_explanation_says_why_a_claim_did_not_win() -> None:
    outcome = Outcome(
        status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (TITLE, SECOND, SAME, OTHER)})
    )
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False).fields[Field.TITLE]
    assert [rejected.because for rejected in told.rejected] == [
        "another og:title",
        "the same as og:title",
        "after og:title",
    ]
    assert told.raw is UNSET


def test_an_explanation_keeps_what_was_declared() -> None:
    polished = Claim(field=Field.TITLE, value="Shoe", source="og:title", raw="Shoe | Acme")
    outcome = Outcome(status=Status.COMPLETE, trail=Trail(claims={Field.TITLE: (polished,)}))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    assert told.fields[Field.TITLE].raw == "Shoe | Acme"


def test_an_explanation_tells_no_stranger_how_a_connection_failed() -> None:
    outcome = Outcome(status=Status.UNAVAILABLE, trail=Trail(fetches=(REFUSED,)))
    told = explanation(outcome, "https://a.example/", "miss", is_admin=False)
    assert told.fetches == (
        FetchReport(url="https://a.example/", purpose=Purpose.PAGE, reason=Reason.UNREACHABLE),
    )
    assert explanation(outcome, "", "miss", is_admin=True).fetches == (REFUSED,)
