"""Claims in order of trust → `Metadata`: per field the first claim wins, the next are kept."""

from collections.abc import Iterable

from preview_service.model import Claim, Field, Metadata

MAX_CLAIMS = 8
"""Claims kept per field: galleries declare every picture they have."""


def merge(claims: Iterable[Claim]) -> Metadata:
    """The claims by field, in the order given; of two that are the same, one is kept."""
    by_field: dict[Field, list[Claim]] = {}
    for claim in claims:
        kept = by_field.get(claim.field)
        if kept is None:
            by_field[claim.field] = [claim]
        elif len(kept) < MAX_CLAIMS and claim not in kept:
            kept.append(claim)
    return Metadata(claims={field: tuple(kept) for field, kept in by_field.items()})
