"""Previews per second of pages that are not cached, against iframely's server (npm, 2.4).

    npm install iframely@2.4        # in a folder outside the checkout
    python benchmarks/uncached.py --iframely FOLDER [--pages N] [--rounds N]

A loopback origin serves the corpus of real pages; addresses in them are turned to itself, where all
that looks like a picture is one. Origin, client and servers are all on one core, one request in
flight; rounds are paired and their order alternates; no server has seen a round's addresses.

What each does for a page: iframely fetches it whole, runs its plugins and asks for the size of the
pictures and icons it found. Ours reads as far as the metadata goes and looks at the first bytes of
one or two pictures ("pictures off": PREVIEW_PUBLIC_URL is not set); with "pictures on" one is also
taken whole, decoded and copied for every channel.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import aiohttp
from nodes import free_port

ROOT: Final = Path(__file__).parents[1]
CORPUS: Final = ROOT.parent / "shared" / "corpus" / "pages.jsonl"
PICTURE: Final = ROOT / "fixtures" / "pages" / "file-picture" / "dusk.png"

IFRAMELY: Final = """
export default {
  DEBUG: false, RICH_LOG_ENABLED: false, baseAppUrl: "http://127.0.0.1:PORT",
  port: PORT, host: "127.0.0.1", CACHE_ENGINE: "no-cache", CACHE_TTL: 0, allowedOrigins: ["*"],
  SKIP_IFRAMELY_RENDERS: true, GROUP_LINKS: true,
  providerOptions: { "readability": {}, "twitter.status": {} },
};
"""


def corpus(port: int, count: int) -> dict[str, tuple[str, bytes]]:
    """Content types and bodies by path."""
    kept = {}
    there = f"http://127.0.0.1:{port}/".encode()
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = (CORPUS.parent / row["file"]).read_bytes()
        if row["status"] == 200 and b"<html" in body[:2000].lower():
            body = re.sub(rb"https?:(?:\\?/){2}[\w.-]+(?::\d+)?(?=[/\\\"'])\\?/?", there, body)
            kept[f"/{row['id']}"] = (row["content_type"] or "text/html", body)
    return dict(itertools.islice(kept.items(), count))


async def origin(port: int, pages: dict[str, tuple[str, bytes]]) -> None:
    picture = PICTURE.read_bytes()
    asked = itertools.count()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split()[1].decode().partition("?")[0]
                number = next(asked)
                status, (kind, body) = "200 OK", pages.get(path, ("image/png", picture))
                if path not in pages and not re.search(r"\.(png|jpe?g|gif|webp|ico)$", path):
                    status, kind, body = "404 Not Found", "text/plain", b""
                if path == "/asked":
                    status, body = "200 OK", str(number).encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                )
                writer.write(b"" if head.startswith(b"HEAD") else body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        print("listening", flush=True)
        await asyncio.Event().wait()


@contextmanager
def started(command: list[str], ready: bytes, folder: Path, **environ: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    assert any(ready in line for line in process.stdout), command
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@contextmanager
def ours(origin_port: int, public_url: str) -> Iterator[str]:
    """Our service; the address to which to append one to preview."""
    port = free_port()
    environ = {
        "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8",
        "PREVIEW_ALLOW_PORTS": str(origin_port),
        "PREVIEW_PUBLIC_URL": public_url,
    }
    command = [sys.executable, "-m", "preview_service", "serve", "--port", str(port)]
    with started(command, b"listening", ROOT, **environ):
        yield f"http://127.0.0.1:{port}/preview?wait_ms=10000&url="


@contextmanager
def iframely(installed: Path) -> Iterator[str]:
    """The same of iframely's server, as npm put it into *installed*."""
    port = free_port()
    folder = installed / "node_modules" / "iframely"
    (folder / "config.local.js").write_text(IFRAMELY.replace("PORT", str(port)))
    # It looks for its plugins' packages in its own folder.
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(folder.parent)
    command = ["node", "server.js"]
    with started(command, b"iframely is running", folder, NODE_ENV="local"):
        yield f"http://127.0.0.1:{port}/iframely?url="


async def walk(session: aiohttp.ClientSession, asks: list[str]) -> tuple[float, int]:
    """Pages per second, one after another, and how many were found to have a title."""
    titled = 0
    began = time.perf_counter()
    for ask in asks:
        async with session.get(ask) as response:
            answer = await response.json(content_type=None)
        facts = answer.get("preview") or answer.get("meta") or {}
        titled += bool(facts.get("title"))
    return len(asks) / (time.perf_counter() - began), titled


async def compare(bases: dict[str, str], origin_port: int, paths: list[str], rounds: int) -> None:
    rates: dict[str, list[float]] = {name: [] for name in bases}
    titled: dict[str, int] = {}
    visits: dict[str, int] = {}

    async def asked() -> int:
        async with session.get(f"http://127.0.0.1:{origin_port}/asked") as response:
            return int(await response.text())

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        for number in range(rounds + 1):
            some = paths[:30] if number == 0 else paths  # the first warms up
            names = list(bases) if number % 2 else list(bases)[::-1]
            for name in names:
                asks = [
                    f"{bases[name]}http://127.0.0.1:{origin_port}{path}%3Fr={number}{name[:5]}"
                    for path in some
                ]
                before = await asked()
                rate, titled[name] = await walk(session, asks)
                visits[name] = await asked() - before - 1
                if number:
                    rates[name].append(rate)
    for name, found in rates.items():
        print(
            f"{name:24} {statistics.median(found):7.1f} previews/s "
            f"(min {min(found):.1f}, max {max(found):.1f}), {titled[name]} titles, "
            f"{visits[name] / len(paths):.1f} requests a page"
        )
        if "iframely" in bases and name != "iframely":
            ratios = list(map(float.__truediv__, found, rates["iframely"]))
            print(
                f"    of iframely's: min {min(ratios):.1f}, median "
                f"{statistics.median(ratios):.1f}, max {max(ratios):.1f}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iframely", type=Path, help="where npm installed it")
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--origin", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not CORPUS.exists():
        print(f"no corpus at {CORPUS}: nothing measured", file=sys.stderr)
        return 0
    if options.origin:
        asyncio.run(origin(options.origin, corpus(options.origin, options.pages)))
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    port = free_port()
    paths = list(corpus(port, options.pages))
    with ExitStack() as stack:
        own = [sys.executable, __file__, "--pages", str(options.pages), "--origin", str(port)]
        stack.enter_context(started(own, b"listening", ROOT))
        bases = {
            "pictures off": stack.enter_context(ours(port, "")),
            "pictures on": stack.enter_context(ours(port, "http://previews.example")),
        }
        if options.iframely is None or shutil.which("node") is None:
            print("without Node or --iframely: ours alone")
        else:
            bases["iframely"] = stack.enter_context(iframely(options.iframely))
        asyncio.run(compare(bases, port, paths, options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
