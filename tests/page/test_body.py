"""What the body of a page that declares nothing says, and what in it is not about the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Body
from preview_service.page.body import MAX_PROPERTIES, read_body

SENTENCE = "The light trail shoe was made for wet rocks and long days in the hills."
OTHER = "Its sole has been tested on every path between the lake and the summit."
NOTHING = Body()


def read(markup: str) -> Body:
    return read_body(markup.encode())


def properties(markup: str) -> dict[str, str]:
    return dict(read(markup).properties)


def test_a_page_without_a_body_tag_has_a_body_all_the_same() -> None:
    # libxml2 leaves what it does not know, such as <nav>, and all behind it in the head.
    words = b"This lamp was made by hand in a small workshop by the sea, of brass and of glass."
    body = read_body(b"<title>x</title><nav>Home</nav><main><h1>A lamp</h1><p>" + words * 2)
    assert body.heading == "A lamp"
    assert body.text is not None


def test_a_page_has_a_heading_a_text_and_a_picture() -> None:
    found = read(f"""<!DOCTYPE html><html><head><title>Shop</title></head><body>
        <header><h1><a href="/">Acme</a></h1><nav><p>{OTHER}</p></nav></header>
        <main><h1>Trail <em>shoe</em></h1><p>{SENTENCE}</p><img src="shoe.jpg" alt="A shoe"></main>
        <footer><p>{OTHER}</p></footer></body></html>""")
    assert found == Body(heading="Trail shoe", text=SENTENCE, images=(("shoe.jpg", "A shoe"),))


@pytest.mark.parametrize(
    "document", [b"", b"   ", b"\x00", b"\xff\xfe", b"<", b"x.html", b"<?xml ?>"]
)
def test_what_shows_nothing_has_an_empty_body(document: bytes) -> None:
    assert read_body(document) == NOTHING


@pytest.mark.parametrize(
    "opening",
    [
        "<nav>",
        "<aside>",
        "<footer>",
        "<dialog open>",
        "<noscript>",
        "<template>",
        "<fieldset>",
        "<svg>",
        "<div hidden>",
        "<div aria-hidden=true>",
        '<div style="display: none">',
        '<div role="contentinfo">',
        '<div role="dialog">',
        '<div id="cookieBanner">',
        '<div class="x gdpr-notice">',
        '<div class="site_footer">',
        '<ul class="breadcrumb">',
        '<section id="comments">',
        '<div class="newsletter">',
    ],
)
def test_what_is_not_the_content_is_not_read(opening: str) -> None:
    name = opening[1:].split(maxsplit=1)[0].rstrip(">")
    around = f'{opening}<h2>About</h2><p>{OTHER}</p><img src="a.jpg" width="400"></{name}>'
    assert read(around) == NOTHING
    assert read(f"{around}<p>{SENTENCE}</p>") == Body(text=SENTENCE)


@pytest.mark.parametrize(
    "opening",
    [
        '<div class="canvas">',  # no nav
        '<div class="has-sidebar">',
        '<article class="category-social tag-cookies">',
        '<div hidden="until-found" class="nav"><h1>Shoe</h1>',
        '<body class="no-nav modal-open menu">',
        '<div style="background:none">',
        "<div role=main>",
    ],
)
def test_names_that_do_not_set_it_aside_leave_the_content(opening: str) -> None:
    assert read(f"{opening}<p>{SENTENCE}</p>").text == SENTENCE


def test_text_of_a_header_is_the_site_s_but_an_article_s_own() -> None:
    assert read(f"<header><p>{SENTENCE}</p><img src=a.jpg width=400></header>") == NOTHING
    assert read(f"<header class=wide><p>{SENTENCE}</p></header>") == NOTHING
    assert read(f"<div role=banner><p>{SENTENCE}</p></div>") == NOTHING
    assert read(f'<div class="page-header"><p>{SENTENCE}</p></div>') == NOTHING
    assert read(f"<article><header><p>{SENTENCE}</p></header></article>").text == SENTENCE
    listed = f"<article><div class=article-header><p>{SENTENCE}</p></div></article><article>"
    assert read(listed).text == SENTENCE
    assert read(f'<body class="below-header"><p>{SENTENCE}</p>').text == SENTENCE


@pytest.mark.parametrize(
    "around", ["<main>{}</main>", "<div itemprop=articleBody>{}</div>", "<article>{}</article>"]
)
def test_what_is_marked_as_the_content_comes_first(around: str) -> None:
    markup = f"<div><p>{OTHER}</p><p>{OTHER}</p></div>{around.format(f'<p>{SENTENCE}</p>')}"
    assert read(markup).text == SENTENCE


def test_several_articles_are_a_list_and_none_the_content() -> None:
    lead = f"<div><p>{SENTENCE}</p></div>"
    assert read(lead + f"<article><p>{OTHER}</p></article>" * 2).text == SENTENCE
    assert read(lead + f"<article><p>{OTHER}</p></article>").text == OTHER


def test_text_without_paragraphs_is_read_too() -> None:
    assert read(f"<div>{SENTENCE}<br>{OTHER}</div>").text == f"{SENTENCE} {OTHER}"
    assert read(f"<table><tr><td>{SENTENCE}</td></tr></table>").text == SENTENCE
    assert read(f"<div>Price<div>{SENTENCE}</div>Size</div>").text == SENTENCE


def test_links_captions_and_comments_are_no_text() -> None:
    linked = f'<a href="/x">{OTHER}</a>'
    caption = f"<figure><img src=a.jpg><figcaption>{OTHER}</figcaption></figure>"
    markup = f"<p>{linked}</p>{caption}<!-- {OTHER} --><pre>{OTHER}</pre><p>{SENTENCE}</p>"
    assert read(markup).text == SENTENCE


def test_the_indentation_of_a_link_is_no_part_of_it() -> None:
    spaces = "\n" + " " * 80
    assert read(f"<p><a href=/x>{spaces}<b>Shoe</b>{spaces}</a> {SENTENCE}").text is not None


def test_how_a_character_is_read_is_no_text() -> None:
    ruby = "<ruby>靴<rp>(</rp><rt>くつ</rt><rp>)</rp></ruby>"
    assert read(f"<h1>赤い{ruby}</h1>").heading == "赤い靴"


def test_what_stands_behind_the_end_of_the_page_is_read_too() -> None:
    streamed = f"<div hidden><main><h1>Shoe</h1><p>{SENTENCE}</p></main></div>"
    found = read(f"<div id=root></div></body></html>{streamed}")
    assert found == Body(heading="Shoe", text=SENTENCE)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h1>Shoe</h1>", "Shoe"),
        ("<h1><a href='/p/42'>Shoe</a></h1>", "Shoe"),
        ("<h1><a href='?p=42'>Shoe</a></h1>", "Shoe"),
        ("<h1><a href='/'>Acme</a></h1>", None),
        ("<a href='https://acme.example'><h1>Acme</h1></a>", None),
        ("<h1><a href='index.html'>Acme</a></h1><h2>Shoe</h2>", "Shoe"),
        ("<h1><img src=logo.png></h1><h2>Shoe</h2>", "Shoe"),
        ("<header><h1>Acme</h1></header><h1>Shoe</h1>", "Shoe"),
        ("<header><h1>Shoe</h1></header><h2>Sizes</h2>", "Shoe"),
        ("<h1>Acme</h1><main><h1>Shoe</h1></main>", "Shoe"),
        ("<h2>Sizes</h2><h1>Shoe</h1>", "Shoe"),
        ("<h2>Leave a comment</h2><h2>Shoe</h2>", "Shoe"),
        ("<nav><h2>Shop</h2></nav>", None),
        ("<h1>" + "Shoe " * 200 + "</h1>", ("Shoe " * 60).strip()),
        ("<h3>Shoe</h3>", None),
    ],
)
def test_the_heading_is_the_page_s_name(markup: str, expected: str | None) -> None:
    assert read(markup).heading == expected


def test_a_picture_element_is_read_with_its_sources() -> None:
    sources = '<source srcset="s.webp 1x, l.webp 2x">'
    assert read(f"<picture>{sources}<img src=data:,></picture>").images == (("l.webp", ""),)
    closed = sources.replace(">", "/>")
    assert read(f"<picture>{closed}<img src=data:,></picture>").images == (("l.webp", ""),)
    assert read(f"{sources}<img src=data:,>").images == ()


def test_the_sources_of_a_picture_are_those_of_its_first_image_only() -> None:
    small, large = '<source srcset="logo.svg">', '<source srcset="l.webp 2x">'
    assert read(f"<picture>{small}{large}<img></picture>").images == (("l.webp", ""),)
    other = '<img alt="Another">'
    assert read(f"<picture>{large}<img></picture>{other}").images == (("l.webp", ""),)
    assert read(f"<picture>{large}<img src=a.jpg>{other}").images == (("a.jpg", ""),)
    assert read(f"<picture>{large}</picture>{other}").images == ()


def test_microdata_gives_its_values() -> None:
    assert properties("""<div itemscope itemtype="https://schema.org/Product">
        <b itemprop="name Headline">Trail shoe</b> <img itemprop="image" src="shoe.jpg">
        <meta itemprop="sku" content="42"> <data itemprop="mpn" value="A-42">x</data>
        <time itemprop="releaseDate" datetime="2024-05-01">May</time>
        <a itemprop="url" href="/p/42">here</a> <a itemprop="category" href="/c">Shoes</a>
        <span itemprop="empty"> </span></div>""") == {
        "name": "Trail shoe",
        "headline": "Trail shoe",
        "image": "shoe.jpg",
        "sku": "42",
        "mpn": "A-42",
        "releasedate": "2024-05-01",
        "url": "/p/42",
        "category": "Shoes",
    }


def test_rdfa_gives_its_values_and_open_graph_is_not_among_them() -> None:
    assert (
        properties("""<meta property="og:title" content="x">
        <div vocab="https://schema.org/" typeof="Article"><h2 property="schema:headline">Shoe</h2>
        <span property="https://schema.org/datePublished" content="2024-05-01">May</span></div>""")
        == {
            "headline": "Shoe",
            "datepublished": "2024-05-01",
        }
    )


def test_an_item_within_an_item_says_whose_its_properties_are() -> None:
    assert properties("""<article itemscope itemtype="https://schema.org/Article">
        <b itemprop="name">Shoe</b>
        <span itemprop="author" itemscope><i itemprop="name">Ada</i></span></article>""") == {
        "name": "Shoe",
        "author.name": "Ada",
    }


@pytest.mark.parametrize("kind", ["BreadcrumbList", "WPFooter", "Organization", "Review"])
def test_items_that_pages_of_any_subject_have_are_left_out(kind: str) -> None:
    markup = f'<div itemscope itemtype="http://schema.org/{kind}"><b itemprop=name>x</b></div>'
    assert read(markup).properties == ()


def test_one_of_several_alike_is_not_what_the_page_is_about() -> None:
    item = '<div itemscope itemtype="https://schema.org/Product"><b itemprop=name>Shoe</b></div>'
    assert read(item).properties == (("name", "Shoe"),)
    assert read(item * 2).properties == ()


def test_properties_of_no_item_are_the_page_s_unless_there_are_several() -> None:
    assert properties("<b property=name>Shoe</b><b itemprop=color>red</b>") == {
        "name": "Shoe",
        "color": "red",
    }
    assert properties("<b itemprop=name>Shoe</b><b itemprop=name>Sock</b>") == {}


def test_a_document_may_be_cut_anywhere() -> None:
    document = f"<p>{SENTENCE}</p><p class='é'>Ünfinished".encode()
    for end in range(len(document), len(document) - 16, -1):
        assert read_body(document[:end]).text == SENTENCE


def test_a_charset_that_the_document_names_is_not_believed() -> None:
    text = "Der Schuh für nasse Felsen und lange Tage in den Bergen, über alle Pässe."
    assert read(f"<meta charset=windows-1252><p>{text}</p>").text == text


@pytest.mark.parametrize(
    "piece", ["<b>", "<div>x", "<p itemprop=x>y", "<h1>x", "<b></p>", "<i a=b"]
)
def test_nesting_of_any_depth_is_read(piece: str) -> None:
    document = piece * 5000
    assert len(read(document).properties) <= MAX_PROPERTIES


PIECES = st.sampled_from(
    [
        *(
            "<div>",
            "</div>",
            "<p>",
            "</p>",
            "<main>",
            "</main>",
            "<h1>",
            "</h1>",
            "<a href=/>",
            "</a>",
        ),
        *("<img src=a.jpg>", "<picture>", "<source srcset=b.jpg>", "<br>", "<nav>", "</nav>"),
        *(
            "<i itemprop=name>",
            "<div itemscope itemtype=x/Y>",
            "<b property=p typeof>",
            "</i>",
            "</b>",
        ),
        *(
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "<style>",
            "<svg>",
            "<table>",
            "<td>",
            "<![CDATA[",
        ),
        *("<div class='nav", "'>", '"', "&#0;", "&#xD800;", "&amp", "\0", SENTENCE, OTHER, " "),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join).map(str.encode) | st.binary(max_size=300))
def test_any_bytes_have_a_body(document: bytes) -> None:
    found = read_body(document)
    for text in (found.heading, found.text, *(value for _, value in found.properties)):
        assert text is None or (text and text == " ".join(text.split()))
    assert found == read_body(document)
