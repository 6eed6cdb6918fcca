"""Rendering a preview for each channel and for all, against encoding the same messages as JSON.

    python benchmarks/render.py [--rounds N]

The floor is `json.dumps` of the finished messages: what any service pays that has them at hand.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

from preview_service.channels import CHANNELS
from preview_service.model import Claim, Field, Image, Preview, Status
from preview_service.outcome import FetchReport, Outcome, Purpose, Trail
from preview_service.renderer import render, render_all

URL = "https://shop.example/p/42"
SOURCE = "https://cdn.example/42.jpg"
TIMES = 200


def outcome() -> Outcome:
    """A page as most are: all tags, a title that fits, a description that many channels cut."""
    tags = {
        Field.TITLE: "og:title",
        Field.DESCRIPTION: "og:description",
        Field.IMAGE: "og:image",
        Field.CANONICAL: "og:url",
    }
    return Outcome(
        status=Status.COMPLETE,
        preview=Preview(
            url=URL,
            host="shop.example",
            title="Trail shoe 42 – light, dry and made to last a thousand kilometres",
            description="Light trail shoe, in stock. Größe wählen, morgen geliefert. " * 5,
            site_name="Acme",
            image=Image(url=SOURCE, source_url=SOURCE, width=1000, height=525, bytes=83211),
        ),
        bytes_to_metadata=4096,
        trail=Trail(
            claims={
                field: (Claim(field=field, value="x", source=source),)
                for field, source in tags.items()
            },
            fetches=(FetchReport(url=URL, purpose=Purpose.PAGE, status=200, bytes=9000, ms=120),),
        ),
    )


def microseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(TIMES):
        work()
    return (time.perf_counter() - began) / TIMES * 1e6


def paired(
    rounds: int, work: Callable[[], object], floor: Callable[[], object]
) -> tuple[float, float]:
    """The median time of *work*, and the median of its times by the floor's of the same round."""
    work()
    pairs = [(microseconds(floor), microseconds(work)) for _ in range(rounds)]
    return (
        statistics.median(spent for _, spent in pairs),
        statistics.median(spent / least for least, spent in pairs),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    page = outcome()
    singles = []
    for name, channel in CHANNELS.items():
        message = render(page, URL, channel).message
        spent, ratio = paired(
            given.rounds,
            lambda channel=channel: render(page, URL, channel),  # type: ignore[misc]
            lambda message=message: json.dumps(message),  # type: ignore[misc]
        )
        singles.append(spent)
        print(f"{name:30} {spent:7.1f} µs  {ratio:5.1f} × json.dumps")
    everything = {name: each.message for name, each in render_all(page, URL, CHANNELS).items()}
    spent, ratio = paired(
        given.rounds,
        lambda: render_all(page, URL, CHANNELS),
        lambda: json.dumps(everything),
    )
    print(f"one channel: median {statistics.median(singles):.1f} µs, most {max(singles):.1f} µs")
    print(f"all {len(CHANNELS)}: {spent / 1000:.2f} ms, {ratio:.1f} × json.dumps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
