"""What a card shows of a value: mended where that is certain, and what the page had kept beside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Claim, Field, Metadata
from preview_service.page.text import clean
from preview_service.sources.polish import mended, polish, without_site


def claim(field: Field, value: str, source: str = "test") -> Claim:
    return Claim(field=field, value=value, source=source)


def metadata(**values: str | tuple[str, ...]) -> Metadata:
    return Metadata(
        claims={
            Field(name): tuple(
                claim(Field(name), each) for each in ((value,) if isinstance(value, str) else value)
            )
            for name, value in values.items()
        }
    )


@pytest.mark.parametrize(
    ("title", "site", "shown"),
    [
        ("A trail shoe | Acme", "Acme", "A trail shoe"),
        ("A trail shoe - ACME", "Acme", "A trail shoe"),
        ("A trail shoe — Acme", "acme", "A trail shoe"),
        ("A trail shoe– Acme", "Acme", "A trail shoe"),
        ("A trail shoe · Acme", "Acme", "A trail shoe"),
        ("A trail shoe : Acme", "Acme", "A trail shoe"),
        ("A trail shoe|Acme", "Acme", "A trail shoe"),
        ("A trail shoe » Acme", "Acme", "A trail shoe"),
        ("A trail shoe ‹ Acme", "Acme", "A trail shoe"),
        ("新しい靴が出ました_アクメ", "アクメ", "新しい靴が出ました"),
        ("新しい靴が出ました-アクメ", "アクメ", "新しい靴が出ました"),
        ("A trail_shoe_Acme", "Acme", "A trail_shoe_Acme"),
        ("A trail shoe | Shoes | Acme", "Acme", "A trail shoe | Shoes"),
        ("A trail shoe | Acme | Acme", "Acme", "A trail shoe"),
        ("Acme: A trail shoe", "Acme", "A trail shoe"),
        ("Acme | A trail shoe", "Acme", "A trail shoe"),
        ("Acme » A trail shoe", "Acme", "A trail shoe"),
        ("速報｜新しい靴が出ました｜アクメ", "アクメ", "速報｜新しい靴が出ました"),
        ("新しい靴が出ました｜アクメ", "アクメ", "新しい靴が出ました"),
        ("Σας αρέσει; | ΑΚΜΗ", "ακμη", "Σας αρέσει;"),
        ("Acme - Acme", "Acme", "Acme"),
        ("Acme", "Acme", "Acme"),
        ("Home | Acme", "Acme", "Home | Acme"),
        ("| Acme", "Acme", "| Acme"),
        ("The trail shoes of Acme", "Acme", "The trail shoes of Acme"),
        ("The trail-Acme", "Acme", "The trail-Acme"),
        ("Acme and the trail shoe", "Acme", "Acme and the trail shoe"),
        ("Acme's trail shoe: a review", "Acme", "Acme's trail shoe: a review"),
        ("A trail shoe | AcmePlus", "Acme", "A trail shoe | AcmePlus"),
        ("A trail shoe | Plus Acme", "Acme", "A trail shoe | Plus Acme"),
        ("Acme:A", "Acme", "Acme:A"),
        ("A trail shoe |", "", "A trail shoe |"),
        ("", "Acme", ""),
    ],
)
def test_the_sites_name_leaves_the_title_it_is_shown_beside(
    title: str, site: str, shown: str
) -> None:
    assert without_site(title, site) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Don&#39;t &quot;go&quot;", 'Don\'t "go"'),
        ("caf&eacute;&nbsp;&hellip;", "café …"),
        ("Penn &amp;#039;proposes&amp;#039;", "Penn 'proposes'"),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("one&#0;two&#8238;three", "one\N{REPLACEMENT CHARACTER}twothree"),
        ("Fish &notchips; and peas &amp; co", "Fish &notchips; and peas & co"),
        ("How to write &amp; in HTML", "How to write &amp; in HTML"),
        ("AT&T &amp; friends", "AT&T &amp; friends"),
        ("R&D & more", "R&D & more"),
        ("a&b;c", "a&b;c"),
        ("?a=1&copy=2", "?a=1&copy=2"),
    ],
)
def test_what_was_escaped_twice_is_unescaped(text: str, shown: str) -> None:
    assert mended(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>Hello <b>world</b></p>", "Hello world"),
        ("<p>One</p><p>Two", "One Two"),
        ("one<br>two<BR />three", "one two three"),
        ('See <a href="https://acme.example/?a=1">the shoe</a>.', "See the shoe."),
        ("<ul><li>One<li>Two</ul>", "One Two"),
        ("<em>E. coli</em> in H<sub>2</sub>O", "E. coli in H2O"),
        ("a < b and c > d", "a < b and c > d"),
        ("a <b and c> d", "a <b and c> d"),
        ("The <b> of the matter", "The <b> of the matter"),
        ("Use <b>bold</b> tags", "Use <b>bold</b> tags"),
        ("The <p> HTML element", "The <p> HTML element"),
        ("<i>crossed <b>over</i></b>", "<i>crossed <b>over</i></b>"),
        ("Map<String> and <i>List</i>", "Map<String> and <i>List</i>"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("I <3 <b>you</b>", "I <3 <b>you</b>"),
        ("<b></b>", "<b></b>"),
    ],
)
def test_well_formed_markup_becomes_words(text: str, shown: str) -> None:
    assert mended(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CafÃ© du Monde", "Café du Monde"),
        ("Ãœber uns", "Über uns"),
        ("Itâ€™s here â€“ now", "It’s here – now"),
        ("ZaÅ¼Ã³Å‚Ä‡", "Zażółć"),
        ("Â© 2020 Acme", "© 2020 Acme"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет"),
        ("æ—¥æœ¬èªž", "日本語"),
        ("CAFÉ’S MENU", "CAFÉ’S MENU"),
        ("Viel Spaß…", "Viel Spaß…"),
        ("NESCAFÉ® Gold", "NESCAFÉ® Gold"),
        ("MAIS OÙ…", "MAIS OÙ…"),
        ("KESÄ… PÅ…", "KESÄ… PÅ…"),
        ("Günter Grauß’ Werk", "Günter Grauß’ Werk"),
        ("il est désolé…”", "il est désolé…”"),
        ("São João, naïve, Ångström™", "São João, naïve, Ångström™"),
        ("CafÃ© and café", "CafÃ© and café"),
        ("CafÃ© 日本", "CafÃ© 日本"),
        ("Why UTF-8 shows as CafÃ©", "Why UTF-8 shows as CafÃ©"),
    ],
)
def test_only_certain_mojibake_is_repaired(text: str, shown: str) -> None:
    assert mended(text) == shown


def test_a_changed_claim_keeps_what_the_page_had() -> None:
    found = polish(
        metadata(
            title=("Tom &amp; Jerry | Ben &amp; Co", "Second"),
            site_name="Ben &amp; Co",
            description="Plain.",
            image="https://acme.example/a.png?b=1&amp;c",
        )
    )
    title = found.best(Field.TITLE)
    assert title is not None
    assert (title.value, title.raw) == ("Tom & Jerry", "Tom &amp; Jerry | Ben &amp; Co")
    assert found.value(Field.SITE_NAME) == "Ben & Co"
    assert found.claims[Field.TITLE][1].raw is None
    description = found.best(Field.DESCRIPTION)
    assert description is not None
    assert description.raw is None
    assert found.value(Field.IMAGE) == "https://acme.example/a.png?b=1&amp;c"


def test_a_home_page_is_called_what_its_site_is() -> None:
    values = {"title": "Acme | Shoes for all", "site_name": "Acme"}
    home = polish(metadata(**values, canonical="https://acme.example/"))
    assert home.value(Field.TITLE) == "Acme | Shoes for all"
    page = polish(metadata(**values, canonical="https://acme.example/about"))
    assert page.value(Field.TITLE) == "Shoes for all"


def test_a_placeholder_gives_way_to_what_is_filled() -> None:
    found = polish(
        metadata(
            title=("{{ title }}", "Shoes"),
            description="undefined",
            author=("[object Object]", "Ada"),
        )
    )
    assert found.value(Field.TITLE) == "Shoes"
    assert Field.DESCRIPTION not in found.claims
    assert found.value(Field.AUTHOR) == "Ada"


def test_a_title_that_is_only_a_placeholder_stays_to_be_judged() -> None:
    assert polish(metadata(title="{{ title }}")).value(Field.TITLE) == "{{ title }}"


def test_what_needs_nothing_is_as_it_was() -> None:
    given_metadata = metadata(title="A trail shoe", description="Light & fast.", site_name="Acme")
    assert polish(given_metadata) == given_metadata


@given(st.text(alphabet="<>&;#/abipr =\"'0ÃÂ©â€™|-: Acme{}%\n\u202e", max_size=80))
def test_any_value_is_mended_to_one_clean_line(text: str) -> None:
    text = clean(text, 1000)
    found = polish(metadata(title=text or "x", site_name="Acme", description=text or "x"))
    for field in (Field.TITLE, Field.DESCRIPTION):
        value = found.value(field)
        assert value is None or (value and value == clean(value, 1000))
