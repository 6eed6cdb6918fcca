"""What a file is called, by its headers and its address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.file_name import extension, file_name, is_attachment

URL = "https://files.example/a/report%20final.pdf?x=/y.zip#z"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=minutes.pdf", "minutes.pdf"),
        ('attachment; filename="minutes; final.pdf"', "minutes; final.pdf"),
        ('attachment; filename="say \\"hi\\".pdf"', 'say "hi".pdf'),
        ("inline;FileName = minutes.pdf ", "minutes.pdf"),
        ("attachment; filename=EU.pdf; filename*=UTF-8''%E2%82%AC.pdf", "€.pdf"),
        ("attachment; filename*=utf-8'en'%E2%82%AC.pdf; filename=EU.pdf", "€.pdf"),
        ("attachment; filename*=iso-8859-1''%A3.pdf", "£.pdf"),
        ("attachment; filename*=utf-7''x.pdf; filename=EU.pdf", "EU.pdf"),
        ("attachment; filename*=nonsense; filename=EU.pdf", "EU.pdf"),
        ("attachment; filename=na%C3%AFve.pdf", "naïve.pdf"),
        ("attachment; filename=100%E9.pdf", "100%E9.pdf"),
        ("attachment; filename=one.pdf; filename=two.pdf", "one.pdf"),
        ("filename=minutes.pdf", "minutes.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="..\\\\..\\\\boot.ini"', "boot.ini"),
        ("attachment; filename=%2e%2e%2fpasswd", "passwd"),
        ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
        ('attachment; filename=".."', "report final.pdf"),
        ('attachment; filename=""', "report final.pdf"),
        ("attachment", "report final.pdf"),
        ("", "report final.pdf"),
        (None, "report final.pdf"),
    ],
)
def test_a_server_s_name_goes_before_the_address(disposition: str | None, name: str) -> None:
    assert file_name(URL, disposition) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://files.example/", "files.example"),
        ("https://files.example/shared/", "shared"),
        ("https://files.example/%2F%2F", "files.example"),
        ("https://files.example/%E2%82%AC.txt", "€.txt"),
        ("https://files.example/%FF.txt", "\ufffd.txt"),
        ("https://files.example/a%00b.txt", "ab.txt"),
        ("https://files.example/...", "files.example"),
    ],
)
def test_an_address_without_a_name_gives_its_host(url: str, name: str) -> None:
    assert file_name(url, None) == name


def test_a_long_name_keeps_its_extension() -> None:
    name = file_name(f"https://files.example/{'x' * 2000}.tar", None)
    assert name == "x" * 146 + ".tar"
    assert file_name(f"https://files.example/{'x' * 2000}", None) == "x" * 150


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.PDF", "pdf"),
        ("a.tar.gz", "gz"),
        ("a", ""),
        (".profile", ""),
        ("a.", ""),
        ("v1.2 draft", ""),
        ("a." + "x" * 13, ""),
    ],
)
def test_an_extension_is_short_and_behind_a_name(name: str, suffix: str) -> None:
    assert extension(name) == suffix


@pytest.mark.parametrize(
    ("disposition", "is_one"),
    [
        ("attachment", True),
        ("Attachment ; filename=x", True),
        ("inline; filename=attachment", False),
        ("filename=x", False),
        (None, False),
    ],
)
def test_an_attachment_says_so(disposition: str | None, is_one: bool) -> None:
    assert is_attachment(disposition) is is_one


@given(st.text(max_size=300) | st.text(alphabet="filename*=\"';%2fUTF-8\\ ", max_size=300))
def test_any_header_gives_a_name_that_is_no_path(disposition: str) -> None:
    name = file_name(URL, f"attachment; filename{disposition}")
    assert 0 < len(name) <= 150
    assert not {"/", "\\", "\n", "\0"} & set(name)
