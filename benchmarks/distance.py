"""Time to the card of a large page from an origin that is far away, against reading it whole.

The origin is on loopback and pretends: 50 ms before the first byte, then 2 MB a second. Two pages,
gzipped: one of 2 MB that compresses well, and one of which 2 MB come over the wire. The floor is
aiohttp's client with `read()` in this process.
"""

import argparse
import asyncio
import gzip
import os
import random
import statistics
import subprocess
import sys
import time
from typing import Final

import aiohttp
from nodes import free_port

LATENCY_S: Final = 0.05
BYTES_PER_S: Final = 2_000_000
STEP: Final = 20_000
HEAD: Final = (
    "<!doctype html><html lang=en><head><title>Far away</title>"
    '<meta property="og:title" content="Far away">'
    '<meta property="og:description" content="A large page."></head><body>'
)


def page(size: int, *, is_dense: bool) -> bytes:
    """A page of *size* bytes: prose that compresses about five times, or hardly at all."""
    chance = random.Random(1)  # noqa: S311 - the same page each time
    words = [f"{chance.getrandbits(40):x}" for _ in range(2000)]
    parts = [HEAD]
    length = len(HEAD)
    while length < size:
        word = f"<p>{chance.getrandbits(256):x}" if is_dense else f" {chance.choice(words)}"
        parts.append(word)
        length += len(word)
    return "".join(parts).encode()


async def origin(port: int, pages: dict[str, bytes]) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            body = pages[path.split("/")[1]]
            await asyncio.sleep(LATENCY_S)
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
            head += f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode())
            began = time.perf_counter()
            for at in range(0, len(body), STEP):
                # By the clock and not by steps, whose pauses would add up.
                await asyncio.sleep(max(0.0, began + at / BYTES_PER_S - time.perf_counter()))
                writer.write(body[at : at + STEP])
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port)


async def compare(options: argparse.Namespace) -> None:
    port = free_port()
    texts = {
        "prose": page(2_000_000, is_dense=False),
        "dense": page(3_900_000, is_dense=True),
    }
    pages = {name: gzip.compress(text) for name, text in texts.items()}
    environ = {
        "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8",
        "PREVIEW_ALLOW_PORTS": str(port),
    }
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "preview_service", "serve", "--port", "0"),
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert service.stdout
    address = (await service.stdout.readline()).decode().split()[-1]
    server = await origin(port, pages)
    async with server, aiohttp.ClientSession() as session:
        for name, body in pages.items():
            ratios, ours, wholes = [], [], []
            for number in range(options.rounds + 1):
                url = f"http://127.0.0.1:{port}/{name}/{number}"
                began = time.perf_counter()
                asked = {"url": url, "wait_ms": "10000"}
                async with session.get(f"{address}/preview", params=asked) as response:
                    answer = await response.json()
                card = time.perf_counter()
                assert answer["status"] == "complete", answer
                async with session.get(url) as response:
                    assert len(await response.read()) == len(texts[name])
                whole = time.perf_counter()
                if number:  # the first warms up
                    ours.append((card - began) * 1000)
                    wholes.append((whole - card) * 1000)
                    ratios.append(ours[-1] / wholes[-1])
            print(
                f"{name}: {len(texts[name]) / 1e6:.1f} MB, {len(body) / 1e6:.2f} MB gzipped: card "
                f"after {statistics.median(ours):.0f} ms, whole after "
                f"{statistics.median(wholes):.0f} ms; ratio min {min(ratios):.2f}, "
                f"median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
            )
    service.terminate()
    await service.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    asyncio.run(compare(parser.parse_args()))


if __name__ == "__main__":
    main()
