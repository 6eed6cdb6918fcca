"""What was really served: only `ok` may become a card."""

import pytest

from preview_service.model import Claim, Field, Metadata, Page, Verdict
from preview_service.page.verdict import judge

PAGE = Page(url="https://a.example/", base="https://a.example/", charset="utf-8")


def metadata(*fields: Field) -> Metadata:
    return Metadata(
        claims={field: (Claim(field=field, value="x", source="test"),) for field in fields}
    )


@pytest.mark.parametrize(
    ("status", "fields", "verdict"),
    [
        (200, [Field.TITLE], Verdict.OK),
        (203, [Field.DESCRIPTION], Verdict.OK),
        (200, [Field.IMAGE], Verdict.OK),
        (200, [], Verdict.EMPTY),
        (200, [Field.ICON, Field.LANG, Field.CANONICAL, Field.SITE_NAME], Verdict.EMPTY),
        (404, [Field.TITLE], Verdict.ERROR_PAGE),
        (403, [], Verdict.ERROR_PAGE),
        (500, [Field.TITLE], Verdict.ERROR_PAGE),
        (999, [Field.TITLE], Verdict.ERROR_PAGE),
        (302, [Field.TITLE], Verdict.ERROR_PAGE),
    ],
)
def test_a_page_is_judged_by_its_status_and_what_it_says(
    status: int, fields: list[Field], verdict: Verdict
) -> None:
    assert judge(status, PAGE, metadata(*fields)) is verdict
