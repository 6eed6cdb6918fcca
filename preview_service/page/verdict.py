"""A page and its status → what was really served. Only `ok` may become a card.

The rules stand in order; the first that applies names the verdict.
"""

from collections.abc import Callable

from preview_service.model import Field, Metadata, Page, Verdict

Rule = Callable[[int, Page, Metadata], bool]


def judge(status: int, page: Page, metadata: Metadata) -> Verdict:
    """What a server meant by *page*, sent with the HTTP *status*."""
    for verdict, applies in RULES:
        if applies(status, page, metadata):
            return verdict
    return Verdict.OK


def _is_error(status: int, _page: Page, _metadata: Metadata) -> bool:
    """https://www.rfc-editor.org/rfc/rfc9110#section-15: all but 2xx is not what was asked for."""
    return not 200 <= status <= 299


def _is_empty(_status: int, _page: Page, metadata: Metadata) -> bool:
    return not any(metadata.value(field) for field in _SHOWN)


# A card can be made of any of these.
_SHOWN = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE)

RULES: tuple[tuple[Verdict, Rule], ...] = (
    (Verdict.ERROR_PAGE, _is_error),
    (Verdict.EMPTY, _is_empty),
)
