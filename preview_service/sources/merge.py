"""Claims in order of trust → `Metadata`: per field the first claim wins, the next are kept."""

from collections.abc import Iterable

from preview_service.model import Claim, Field, Metadata

MAX_CLAIMS = 8
"""Claims kept per field: galleries declare every picture they have."""


def merge(claims: Iterable[Claim]) -> Metadata:
    """The claims by field, in the order given."""
    by_field: dict[Field, list[Claim]] = {}
    for claim in claims:
        kept = by_field.setdefault(claim.field, [])
        if len(kept) < MAX_CLAIMS:
            kept.append(claim)
    return Metadata(claims={field: tuple(kept) for field, kept in by_field.items()})
