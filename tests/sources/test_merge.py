"""Who wins, and who is kept."""

from preview_service.model import Claim, Field
from preview_service.sources.merge import MAX_CLAIMS, merge


def claim(field: Field, value: str, source: str = "og:title") -> Claim:
    return Claim(field=field, value=value, source=source)


def test_the_first_claim_of_a_field_wins_and_the_next_are_kept_in_order() -> None:
    first = claim(Field.TITLE, "a", "og:title")
    other = claim(Field.IMAGE, "https://a.example/", "og:image")
    second = claim(Field.TITLE, "b", "title")
    metadata = merge(iter([first, other, second]))
    assert metadata.claims == {Field.TITLE: (first, second), Field.IMAGE: (other,)}
    assert metadata.best(Field.TITLE) is first
    assert metadata.value(Field.TITLE) == "a"


def test_nobody_wins_what_nobody_claims() -> None:
    metadata = merge([])
    assert metadata.claims == {}
    assert metadata.best(Field.TITLE) is None
    assert metadata.value(Field.TITLE) is None


def test_a_field_keeps_its_first_eight_claims() -> None:
    made = [claim(Field.IMAGE, f"https://a.example/{number}") for number in range(500)]
    last = claim(Field.TITLE, "still heard")
    assert merge([*made, last]).claims == {Field.IMAGE: tuple(made[:8]), Field.TITLE: (last,)}
    assert MAX_CLAIMS == 8


def test_what_is_said_twice_is_kept_once_but_two_who_say_it_are_two() -> None:
    first, other = claim(Field.TITLE, "a", "og:title"), claim(Field.TITLE, "a", "twitter:title")
    assert merge([first, claim(Field.TITLE, "a", "og:title"), other, first]).claims == {
        Field.TITLE: (first, other)
    }


def test_what_is_said_twice_takes_nobodys_place() -> None:
    made = [claim(Field.TAG, str(number // 2), "article:tag") for number in range(16)]
    assert [tag.value for tag in merge(made).claims[Field.TAG]] == list("01234567")
