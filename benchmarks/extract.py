"""Reading metadata, from bytes to merged claims, against a bare `lxml.etree.HTML(page)` of them.

    python benchmarks/extract.py [--rounds N] [--passes N]

CPU time of one process, paired round by round. Needs the corpus of real pages beside the checkout.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from lxml import etree

from preview_service.extractor import CHUNK_BYTES, Row, declared
from preview_service.page.response import ResponseReader

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "pages.jsonl"

Corpus = list[tuple[Row, bytes]]


def read_page(row: Row, body: bytes, blocks: list[float] | None = None) -> None:
    """One page as it would arrive; the time of each call that would hold the loop to *blocks*."""
    reader = ResponseReader()
    reader.begin(row.url, row.status, {"content-type": row.content_type or "text/html"})
    for start in range(0, len(body), CHUNK_BYTES):
        began = time.perf_counter()
        is_enough = reader.feed(body[start : start + CHUNK_BYTES])
        if blocks is not None:
            blocks.append(time.perf_counter() - began)
        if is_enough:
            break
    began = time.perf_counter()
    page = reader.close()
    if blocks is not None:
        blocks.append(time.perf_counter() - began)
    declared(page)


def ours(corpus: Corpus) -> None:
    for row, body in corpus:
        read_page(row, body)


def bare(corpus: Corpus) -> None:
    for _, body in corpus:
        etree.HTML(body)


def cpu_seconds(work: Callable[[Corpus], None], corpus: Corpus) -> float:
    gc.collect()
    began = time.process_time()
    work(corpus)
    return time.process_time() - began


def longest_block(corpus: Corpus, rounds: int) -> tuple[float, str | int]:
    """Milliseconds of the longest call, each at the best of *rounds*, and the page it was for."""
    longest = (0.0, "" if corpus else "none")
    for row, body in corpus:
        runs: list[list[float]] = []
        for _ in range(rounds):
            runs.append([])
            read_page(row, body, runs[-1])
        longest = max(longest, (max(map(min, zip(*runs, strict=True))) * 1000, str(row.id)))
    return longest


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--passes", type=int, default=40, help="over the corpus, for the drift")
    given = parser.parse_args()
    if not CORPUS.exists():
        print(f"no corpus at {CORPUS}: nothing measured", file=sys.stderr)
        return 1
    rows = [msgspec.json.decode(line, type=Row) for line in CORPUS.read_bytes().splitlines()]
    corpus = [(row, (CORPUS.parent / row.file).read_bytes()) for row in rows]
    ours(corpus)
    bare(corpus)

    pairs = [(cpu_seconds(bare, corpus), cpu_seconds(ours, corpus)) for _ in range(given.rounds)]
    ratios = sorted(floor / spent for floor, spent in pairs)
    floor, spent = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{len(corpus)} pages, {given.rounds} rounds, CPU time")
    print(f"bare lxml.etree.HTML   {len(corpus) / floor:8.0f} pages/s")
    print(f"ours, to merged claims {len(corpus) / spent:8.0f} pages/s")
    print(f"ratio min {ratios[0]:.2f} median {statistics.median(ratios):.2f} max {ratios[-1]:.2f}")

    block, page = longest_block(corpus, given.rounds)
    print(f"longest single feed {block:.2f} ms (page {page})")

    ours(corpus)
    before = resident_mib()
    for _ in range(given.passes):
        ours(corpus)
    drift = resident_mib() - before
    print(f"resident memory over {given.passes * len(corpus)} pages {drift:+.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
