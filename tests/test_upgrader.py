"""An agent's text becomes parts in which nothing of it is lost."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.app import pipeline
from preview_service.channels import CHANNELS, channel
from preview_service.channels.base import Channel
from preview_service.image_proxy import NO_OFFER, ImageProxy, Offer
from preview_service.model import Delivery, Image, Look, Preview, Reason, Status, Way
from preview_service.outcome import Outcome
from preview_service.previewer import Previewer, Sight
from preview_service.settings import Settings
from preview_service.upgrader import MAX_LINKS, Looked, Parts, RichLink, Upgrader, Words, compose
from preview_service.urls.find import find_links

PAGES = Path(__file__).parents[1] / "fixtures" / "pages"
SHOE = "https://shop.example/p/42"
GONE = "https://unheard-of.example/"

MEMBERS = list(CHANNELS.values())
IDS = list(CHANNELS)


@pytest.fixture
async def upgrader() -> AsyncIterator[Upgrader]:
    """The pipeline over the recorded pages."""
    parts = pipeline(Settings(), PAGES)
    yield Upgrader(parts.previewer, parts.images)
    await parts.close()


def sight(*, is_card: bool = True, title: str = "Trail shoe 42", **changes: object) -> Sight:
    source = "https://cdn.example/42.jpg"
    image = Image(url=source, source_url=source, width=1200, height=630)
    preview = Preview(
        url=SHOE, host="shop.example", title=title, description="Light.", image=image, **changes
    )  # type: ignore[arg-type]
    if is_card:
        return Sight(outcome=Outcome(status=Status.COMPLETE, preview=preview))
    return Sight(outcome=Outcome(status=Status.UNAVAILABLE, reason=Reason.TIMEOUT))


def parts_of(text: str, name: str, *sights: Sight, way: Way = Way.AUTO) -> Parts:
    """The parts of *text* whose first links came to *sights*."""
    found = find_links(text)
    looked = [Looked(found=link, sight=each) for link, each in zip(found, sights, strict=False)]
    return compose(text, found, looked, channel(name), way)


def told(parts: Parts) -> list[str]:
    return [part.text if isinstance(part, Words) else f"[{part.rendered.text}]" for part in parts]


def words_of(part: Words | RichLink) -> str:
    return part.text if isinstance(part, Words) else part.rendered.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no link at all", ["no link at all"]),
        (SHOE, [f"[Trail shoe 42\n{SHOE}]"]),
        (
            f"Have a look: {SHOE} and tell me",
            ["Have a look: ", f"[Trail shoe 42\n{SHOE}]", " and tell me"],
        ),
        (f"Here it is: {SHOE}.", ["Here it is: ", f"[Trail shoe 42\n{SHOE}.]"]),
        (f"({SHOE})", [f"[Trail shoe 42\n({SHOE})]"]),
        (f"See <{SHOE}>, please", ["See ", f"[Trail shoe 42\n<{SHOE}>,]", " please"]),
        (f"看看{SHOE} 👍", ["看看", f"[Trail shoe 42\n{SHOE}]", " 👍"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_words_and_card_stand_in_turn(text: str, expected: list[str]) -> None:
    assert told(parts_of(text, "generic", sight())) == expected


def test_marks_between_links_go_with_the_first() -> None:
    text = f"{SHOE} / https://shop.example/p/43"
    parts = parts_of(text, "generic", sight(), sight(title="Trail shoe 43"))
    assert told(parts) == [
        f"[Trail shoe 42\n{SHOE} / ]",
        "[Trail shoe 43\nhttps://shop.example/p/43]",
    ]


def test_messages_are_said_without_the_space_around_them() -> None:
    first, _, last = parts_of(f"Look: {SHOE} now", "generic", sight())
    assert isinstance(first, Words)
    assert isinstance(last, Words)
    assert (first.message["text"], last.message["text"]) == ("Look:", "now")


def test_where_the_app_unfurls_words_and_link_are_one_message() -> None:
    text = f"Have a look: {SHOE} and tell me"
    (part,) = parts_of(text, "enhanced_whatsapp", sight())
    assert isinstance(part, RichLink)
    assert part.rendered.delivery is Delivery.PASTE_PREVIEW
    assert part.rendered.text == text
    assert part.rendered.message == {"type": "text", "text": {"preview_url": True, "body": text}}


@pytest.mark.parametrize("way", [Way.AUTO, Way.PASTE])
def test_a_link_that_the_app_would_not_draw_stands_alone(way: Way) -> None:
    """WhatsApp draws the first link of a text, so the second needs a message of its own."""
    text = f"Not {GONE} but {SHOE}"
    words, link = parts_of(text, "enhanced_whatsapp", sight(is_card=False), sight(), way=way)
    assert words_of(words) == f"Not {GONE} but "
    assert isinstance(words, Words)
    assert words.message["text"]["preview_url"] is False
    assert isinstance(link, RichLink)
    assert link.rendered.message["text"] == {"preview_url": True, "body": SHOE}


@pytest.mark.parametrize("name", ["enhanced_line", "telegram"])
def test_a_link_is_drawn_as_large_beside_words_too_many_for_one_message(name: str) -> None:
    *words, link = parts_of("word " * 1200 + SHOE, name, sight())
    assert "".join(map(words_of, words)) == "word " * 1200
    assert isinstance(link, RichLink)
    assert link.rendered.delivery is Delivery.PASTE_PREVIEW
    assert link.rendered.customer_sees.look is Look.LARGE_CARD


def test_words_too_many_for_one_message_are_several() -> None:
    text = "word " * 1000 + SHOE
    *words, link = parts_of(text, "enhanced_whatsapp", sight())
    assert len(words) == 2
    assert "".join(map(words_of, words)) == "word " * 1000
    assert isinstance(link, RichLink)


@pytest.mark.parametrize("blank", [" " * 4500, "\n" * 9000])
@pytest.mark.parametrize("words", ["{}{}", "{1}{0}", "{0}{1}{0}{1}"])
def test_no_message_is_of_spaces_alone(words: str, blank: str) -> None:
    text = words.format("word", blank)
    parts = parts_of(text, "enhanced_whatsapp")
    assert "".join(map(words_of, parts)) == text
    for part in parts:
        assert isinstance(part, Words)
        body = part.message["text"]["body"]
        assert body.strip()
        assert len(body) <= 4096


def test_a_channel_of_words_gets_the_text_as_it_is() -> None:
    text = f"Have a look: {SHOE} and tell me"
    (part,) = parts_of(text, "standard_sms", sight())
    assert part == Words(text=text, message={"body": text})


@pytest.mark.parametrize("member", MEMBERS, ids=IDS)
async def test_the_example_is_sendable_on_every_channel(
    upgrader: Upgrader, member: Channel
) -> None:
    text = f"Have a look: {SHOE} and tell me"
    parts = await upgrader.upgrade(text, member, wait_s=5)
    assert all(part.message if isinstance(part, Words) else part.rendered.message for part in parts)
    assert is_within(text, parts)
    if member.methods:
        assert sum(isinstance(part, RichLink) for part in parts) == 1


async def test_links_that_may_not_be_asked_stay_words(upgrader: Upgrader) -> None:
    text = "http://10.0.0.1/admin and http://a.example:22/"
    parts = await upgrader.upgrade(text, channel("generic"), wait_s=5)
    assert told(parts) == [text]


async def test_code_duplicates_and_links_past_the_fifth_are_left_alone() -> None:
    asked: list[str] = []

    class Noting:
        async def look(self, url: object, *, wait_s: float) -> Sight:
            asked.append(url.key)  # type: ignore[attr-defined]
            return sight()

    class NoPictures:
        async def offer(self, *_: object, wait_s: float) -> Offer:
            return NO_OFFER

    links = [f"https://shop.example/{number}" for number in range(500)]
    text = f"`{GONE}` {SHOE} {SHOE}#again " + " ".join(links)
    upgrader = Upgrader(cast(Previewer, Noting()), cast(ImageProxy, NoPictures()))
    parts = await upgrader.upgrade(text, channel("generic"), wait_s=5)
    assert asked == [SHOE, *links[: MAX_LINKS - 1]]
    assert sum(isinstance(part, RichLink) for part in parts) == MAX_LINKS
    assert is_within(text, parts)


def is_within(text: str, parts: Sequence[Words | RichLink]) -> bool:
    """Whether the parts together hold every character of *text*, in its order."""
    characters = iter("".join(map(words_of, parts)))
    return all(char in characters for char in text)


PIECES = st.sampled_from(
    [
        *("Have a look", " ", "\n", ".", ",", "(", ")", "`", "**", "👍", "靴", "\u200f", " - "),
        *(SHOE, "https://shop.example/b?x=1&y=(2)", "http://10.0.0.1/", "http://[", "a@b.example"),
    ]
) | st.text(max_size=8)


@given(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.sampled_from(MEMBERS),
    st.sampled_from([*Way]),
)
def test_no_character_is_lost_or_moved(
    text: str, are_cards: list[bool], member: Channel, way: Way
) -> None:
    found = find_links(text)
    sights = (sight(is_card=is_card) for is_card in are_cards)
    looked = [Looked(found=link, sight=each) for link, each in zip(found, sights, strict=False)]
    parts = compose(text, found, looked, member, way)
    assert is_within(text.strip(), parts)
    assert bool(parts) == bool(text.strip())


@given(st.text(max_size=300), st.integers(5, 40))
def test_long_words_are_cut_into_messages_within_the_limit(text: str, most: int) -> None:
    from msgspec.structs import replace

    from preview_service.channels.base import Limit

    member = replace(channel("generic"), longest_text=Limit(max=most))
    parts = compose(text, [], [], member)
    assert "".join(map(words_of, parts)) == (text if text.strip() else "")
