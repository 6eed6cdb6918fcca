"""The first sentences that say what a page is about; what every page says is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.prose import MAX_CHARS, Block, first_prose, is_boilerplate

SENTENCE = "The light trail shoe was made for wet rocks and long days in the hills."
OTHER = "Its sole has been tested on every path between the lake and the summit."


def block(
    text: str, *, linked: int = 0, main: bool = False, p: bool = True, group: int = 0
) -> Block:
    return Block(text=text, linked=linked, is_main=main, is_paragraph=p, group=group)


def test_no_blocks_are_no_prose() -> None:
    assert first_prose([]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Trail shoes.",
        "Home Shop About Contact Careers Press Imprint Jobs Help Stores Gift cards Returns",
        "1. 2. 3. 4.5 6.7 8.9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30.",
        "夏の靴です。",
    ],
)
def test_labels_lists_and_tables_are_no_prose(text: str) -> None:
    assert first_prose([block(text)]) is None


def test_what_is_mostly_links_is_no_prose() -> None:
    assert first_prose([block(SENTENCE, linked=len(SENTENCE) // 2)]) is None
    assert first_prose([block(SENTENCE, linked=len(SENTENCE) // 5)]) == SENTENCE


@pytest.mark.parametrize(
    "text",
    [
        "We use cookies to give you the best experience on our shop and to count visitors.",
        "Wir verwenden Cookies, um Inhalte und Anzeigen für Sie angenehmer zu machen.",
        "Nous utilisons des cookies pour mesurer l'audience de notre site et l'améliorer.",
        "Este sitio utiliza cookies propias y de terceros para mejorar nuestros servicios.",
        "Deze website gebruikt functionele cookies zodat alles werkt zoals het hoort.",
        "Мы используем файлы cookie, чтобы сайт работал лучше, а реклама была полезной.",
        "当サイトではCookieを使用して、お客様の利便性の向上とアクセス解析を行っています。",
        "This website stores data such as cookies to let you do what you came here to do.",
        "Ta strona korzysta z ciasteczek, aby świadczyć usługi na najwyższym poziomie dla Ciebie.",
        "Ova stranica koristi kolačiće kako bi vam pružila bolje korisničko iskustvo na stranici.",
        "Αυτός ο ιστότοπος χρησιμοποιεί cookies για να βελτιώσει την εμπειρία που σας προσφέρει.",
        "เว็บไซต์นี้ใช้คุกกี้เพื่อปรับปรุงประสบการณ์การใช้งานของคุณและเพื่อวิเคราะห์การเข้าชม.",
        "It looks like you are using an ad blocker. Please switch it off for us, if only today.",
        "Join our mailing list, and hear of everything that is new before anybody else does so.",
        "Download our free app for the best experience, now on the App Store and on Google Play.",
        "JavaScript is disabled, so that most of what this page can do will not work for you.",
        "You need to enable JavaScript to run this app, as it is made of nothing but scripts.",
        "Bitte aktivieren Sie JavaScript, damit diese Seite vollständig angezeigt werden kann.",
        "You are using an outdated browser. Upgrade it to improve what you see on this page.",
        "Subscribe to our weekly letter and never miss an offer of ours again, we promise you.",
        "Copyright 2024 Acme Shoes of Somewhere, a company registered in England and Wales.",
        "© Acme Shoes of Somewhere, which is a company that is registered in some country.",
        "Your email address will not be published, but we do need it to tell who you are.",
        "Your basket {{ basket.total }} will be here as soon as the template has been filled in.",
    ],
)
def test_what_every_page_says_is_no_prose(text: str) -> None:
    assert first_prose([block(text), block(SENTENCE)]) == SENTENCE
    assert is_boilerplate(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ciasteczka korzenne pieczemy dwa razy, żeby przez cały tydzień były naprawdę kruche.",
        "These chocolate cookies are baked twice, so that they stay crisp for a whole week.",
        "Store the cookies in an airtight tin, and use the broken cookies for a cake or a trifle.",
        "She and her four partners bake all their bread by hand, in an oven made of clay.",
        "JavaScript was written in ten days, and its first name was not the one it has now.",
        "A banner hung over the street where the newspaper has had its offices since 1903.",
    ],
)
def test_the_subject_may_be_a_notice_s_word(text: str) -> None:
    assert first_prose([block(text)]) == text


def test_paragraphs_are_joined_until_enough_is_said() -> None:
    blocks = [block(SENTENCE), block("Label"), block(OTHER), block(SENTENCE), block(OTHER)]
    assert first_prose(blocks) == f"{SENTENCE} {OTHER} {SENTENCE}"


def test_only_what_stands_together_is_joined() -> None:
    assert first_prose([block(SENTENCE, group=1), block(OTHER, group=2)]) == SENTENCE


def test_a_stray_sentence_is_not_what_the_page_is_about() -> None:
    article = [block(OTHER, group=2) for _ in range(8)]
    found = first_prose([block(SENTENCE, group=1), *article])
    assert found is not None
    assert found.startswith(OTHER)


def test_the_main_content_comes_first_however_short() -> None:
    around = [block(OTHER, group=2) for _ in range(20)]
    assert first_prose([*around, block(SENTENCE, main=True)]) == SENTENCE


def test_a_paragraph_counts_more_than_other_text() -> None:
    around = [block(OTHER, group=1, p=False)]
    assert first_prose([*around, *[block(SENTENCE, group=2)] * 3]) == " ".join([SENTENCE] * 3)
    assert first_prose(around) == OTHER


def test_ideographs_say_more_in_less() -> None:
    text = "この靴は濡れた岩の上でも滑りにくく、長い一日を山で過ごすために作られました。"
    assert first_prose([block(text)]) == text


def test_a_long_text_ends_with_a_sentence() -> None:
    found = first_prose([block(" ".join([SENTENCE] * 12))])
    assert found == " ".join([SENTENCE] * 6)
    assert len(found) <= MAX_CHARS


def test_a_long_sentence_ends_with_a_word() -> None:
    found = first_prose([block("word " * 200 + "end.")])
    assert found is not None
    assert found.endswith("word…")
    assert MAX_CHARS - 10 < len(found) <= MAX_CHARS


@given(
    st.lists(
        st.builds(
            Block,
            st.text(max_size=900),
            st.integers(0, 900),
            st.booleans(),
            st.booleans(),
            st.integers(0, 3),
        ),
        max_size=8,
    )
)
def test_any_blocks_give_one_short_line_or_nothing(blocks: list[Block]) -> None:
    found = first_prose(blocks)
    assert found is None or (0 < len(found) <= MAX_CHARS and found == " ".join(found.split()))


@given(st.text(alphabet="abc. 。é\n", min_size=500, max_size=1500))
def test_text_is_cut_not_changed(text: str) -> None:
    found = first_prose([block(text)])
    whole = " ".join(text.split())
    assert found is None or whole.startswith(found.removesuffix("…"))
