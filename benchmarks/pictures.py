"""Thumbnails beside Pillow's plain way and beside sharp, and what they cost the service.

    python benchmarks/pictures.py [--rounds N] [--pictures N] [--sharp FOLDER]

A photograph of 12 MP, made here, to a JPEG within 1200×630: the same filter (bicubic) and quality
(80) for all. CPU time, paired round by round: of one process that does it again and again, and of
a new one for each picture, which has to ask the system for all its memory. The fewer pixels a way
holds, the more it gains by that. sharp (https://sharp.pixelplumbing.com) is measured where Node is
present and sharp is in FOLDER/node_modules, or where NODE_PATH says.
"""

import argparse
import asyncio
import io
import multiprocessing
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from preview_service.errors import NotAPicture
from preview_service.images.spec import Spec
from preview_service.images.thumbnail import (
    PRELOAD,
    WORKER_MEMORY_BYTES,
    WORKER_TIMEOUT_S,
    make,
    make_all,
)
from preview_service.workers import WorkerFailed, Workers

SIDES = (4000, 3000)
BOX = (1200, 630)
QUALITY = 80
SPEC = Spec(("image/jpeg",), *BOX, 600_000)
SPECS = (
    Spec(("image/png",), 240, 240, 200_000),
    Spec(("image/jpeg", "image/png"), 1024, 1024, 10_000_000),
    Spec(("image/jpeg", "image/png"), *BOX, 599_999),
    Spec(("image/webp",), *BOX, 600_000),
)
MIB = 2**20

SHARP = """
const sharp = require('sharp');
const [WIDTH, HEIGHT, QUALITY] = process.argv.slice(2).map(Number);
sharp.cache(false);
const picture = require('fs').readFileSync(process.argv[1]);
const make = () => sharp(picture)
  .resize(WIDTH, HEIGHT, {fit: 'inside', kernel: 'cubic', withoutEnlargement: true})
  .jpeg({quality: QUALITY}).toBuffer();
require('readline').createInterface({input: process.stdin}).on('line', async () => {
  const before = process.cpuUsage();
  await make();
  const spent = process.cpuUsage(before);
  console.log((spent.user + spent.system) / 1000);
});
make().then(() => console.log('ready'));
"""


def photograph() -> bytes:
    """Something with a photograph's detail, as a JPEG of about 3 MB."""
    random.seed(12)
    bands = []
    for _ in "RGB":
        band = Image.new("L", SIDES, 120)
        for cells, share in ((8, 0.6), (40, 0.35), (200, 0.25), (1000, 0.2)):
            noise = Image.effect_noise((cells, cells * 3 // 4), 70)
            band = Image.blend(band, noise.resize(SIDES, Image.Resampling.BICUBIC), share)
        bands.append(band)
    image = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = random.randrange(SIDES[0]), random.randrange(SIDES[1])  # noqa: S311
        end = random.randrange(SIDES[0]), random.randrange(SIDES[1])  # noqa: S311
        draw.line((x, y, *end), fill="white", width=4)
        draw.ellipse((x - 90, y - 90, x + 90, y + 90), fill=(x % 256, y % 256, 90))
    return saved(image, "JPEG", quality=88)


def saved(image: Image.Image, encoder: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, encoder, **options)
    return file.getvalue()


def load_then_thumbnail(data: bytes, gap: float | None = 2.0) -> bytes:
    """What most people write; without a *gap* the filter goes over all 12 MP, as its name says."""
    image = Image.open(io.BytesIO(data))
    image.load()
    image.thumbnail(BOX, Image.Resampling.BICUBIC, reducing_gap=gap)
    return saved(image, "JPEG", quality=QUALITY)


def cpu_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def cpu_ms_anew(work: Callable[[], object]) -> float:
    """The same in a process that has made no picture yet."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=lambda: sender.send(cpu_ms(work)))
    process.start()
    spent: float = receiver.recv()
    process.join()
    return spent


class Sharp:
    """A Node process that makes one thumbnail for each line it is sent."""

    def __init__(self, picture: str, folder: str | None) -> None:
        self.process = subprocess.Popen(
            ["node", "-e", SHARP, picture, *map(str, (*BOX, QUALITY))],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.is_ready = self._line() == "ready"

    def cpu_ms(self) -> float:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


def beside(picture: bytes, rounds: int, folder: str | None) -> None:
    works: dict[str, Callable[[], object]] = {
        "ours": lambda: make(picture, SPEC),
        "Pillow, load then thumbnail": lambda: load_then_thumbnail(picture),
        "the same, reducing_gap=None": lambda: load_then_thumbnail(picture, None),
    }
    ways: dict[str, Callable[[], float]] = {
        name: partial(cpu_ms, work) for name, work in works.items()
    }
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(picture)
        file.flush()
        sharp = Sharp(file.name, folder) if shutil.which("node") else None
    if sharp and sharp.is_ready:
        ways["sharp"] = sharp.cpu_ms
    else:
        print("sharp: not measured, for Node or sharp is not there (--sharp FOLDER)")
    make(picture, SPEC)
    turns = [{name: measure() for name, measure in ways.items()} for _ in range(rounds)]
    if sharp:
        sharp.close()
    tell(turns)
    print("a new process for each")
    tell([{name: cpu_ms_anew(work) for name, work in works.items()} for _ in range(rounds)])


def tell(turns: list[dict[str, float]]) -> None:
    for name in turns[0]:
        print(f"{name:28} {spread([turn[name] for turn in turns], '6.1f')} ms")
    for name in list(turns[0])[1:]:
        ratios = [turn[name] / turn["ours"] for turn in turns]
        print(f"{name + ' by ours':35} {spread(ratios)}")


def spread(values: list[float], form: str = "6.2f") -> str:
    middle = statistics.median(values)
    return f"min {min(values):{form}} median {middle:{form}} max {max(values):{form}}"


def pool(count: int, waiting: int) -> Workers:
    return Workers(
        count=count, max_waiting=waiting, memory_bytes=WORKER_MEMORY_BYTES, preload=PRELOAD
    )


async def make_many(workers: Workers, picture: bytes, number: int) -> float:
    """Seconds for *number* pictures, all asked for at once."""
    began = time.perf_counter()
    tasks = [workers.run(make, picture, SPEC, timeout_s=60) for _ in range(number)]
    await asyncio.gather(*tasks)
    return time.perf_counter() - began


async def two_by_one(picture: bytes, rounds: int) -> None:
    pools = [pool(count, 64) for count in (1, 2)]
    for workers in pools:
        await make_many(workers, picture, 4)
    ratios = []
    for _ in range(rounds):
        one, two = [await make_many(workers, picture, 24) for workers in pools]
        ratios.append(one / two)
    for workers in pools:
        await workers.close()
    print(f"two workers by one           {spread(ratios)}")


async def loop_lag(picture: bytes, number: int) -> None:
    """How late a callback is while pictures are made."""
    workers = pool(2, number)
    await make_many(workers, picture, 2)
    making = asyncio.create_task(make_many(workers, picture, number))
    lags = []
    while not making.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append((time.perf_counter() - began - 0.001) * 1000)
    await workers.close()
    lags.sort()
    p50, p99 = lags[len(lags) // 2], lags[int(len(lags) * 0.99)]
    print(f"{number} pictures, {number / making.result():.0f} a second with two workers")
    print(f"loop's lag meanwhile         p50 {p50:.2f} p99 {p99:.2f} max {lags[-1]:.2f} ms")


async def pipe_cost(rounds: int) -> None:
    workers = pool(1, 4)
    times: dict[int, list[float]] = {0: [], 5_000_000: []}
    for size in list(times) * (rounds + 1):
        began = time.perf_counter()
        await workers.run(len, bytes(size), timeout_s=10)
        times[size].append((time.perf_counter() - began) * 1000)
    await workers.close()
    for size, found in times.items():
        print(f"{size / 1e6:.0f} MB to a worker and back   {spread(found[1:])} ms")


def hostile() -> dict[str, bytes]:
    """The largest pictures that are decoded, and larger ones that are not."""
    sides = (6000, 4000)
    flat = Image.new("RGB", sides, "teal")
    dot = saved(Image.new("P", (64, 64)), "GIF")
    text = b"zTXta\0\0" + zlib.compress(bytes(900_000))
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    png = saved(Image.new("L", (64, 64)), "PNG")
    return {
        "81 MP WebP": saved(Image.new("RGB", (9000, 9000)), "WEBP", lossless=True),
        "24 MP WebP": saved(flat, "WEBP", method=0),
        "24 MP WebP, alpha": saved(flat.convert("RGBA"), "WEBP", lossless=True, method=0),
        "24 MP AVIF": saved(flat, "AVIF", speed=10),
        "24 MP PNG, alpha": saved(Image.new("RGBA", sides, (9, 9, 9, 9)), "PNG"),
        "24 MP GIF": saved(Image.new("P", sides), "GIF"),
        "24 MP JPEG, progressive": saved(flat, "JPEG", progressive=True),
        "PNG with 900 zTXt": png[:33] + chunk * 900 + png[33:],
        "GIF of 10,000 frames": dot[:-1] + dot[dot.index(b",") : -1] * 10_000 + b";",
        "JPEG, a million segments": segments(),
    }


def segments() -> bytes:
    jpeg = saved(Image.new("RGB", (64, 64)), "JPEG")
    return jpeg[:2] + b"\xff\xfe\0\2" * 1_000_000 + jpeg[2:]


def resident_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def memory(passes: int) -> None:
    files = hostile()
    workers = pool(2, 64)
    await make_many(workers, photograph(), 2)
    before = resident_mib()
    for turn in range(passes):
        for name, data in files.items():
            began = time.perf_counter()
            try:
                await workers.run(make_all, data, SPECS, timeout_s=WORKER_TIMEOUT_S)
                outcome = "shown"
            except (NotAPicture, WorkerFailed) as error:
                outcome = error.reason
            if turn == 0:
                spent = (time.perf_counter() - began) * 1000
                print(f"  {name:26} {len(data):>9,} B {spent:6.0f} ms  {outcome}")
    drift = resident_mib() - before
    await workers.close()
    print(f"service's memory over {passes * len(files)} hostile pictures {drift:+.1f} MiB")


async def in_workers(picture: bytes, rounds: int, pictures: int) -> None:
    await pipe_cost(rounds)
    await two_by_one(picture, max(3, rounds // 2))
    await loop_lag(picture, pictures)
    await memory(3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--sharp", metavar="FOLDER", help="where node_modules/sharp is")
    given = parser.parse_args()
    picture = photograph()
    print(f"12 MP, {len(picture) / 1e6:.1f} MB, {given.rounds} rounds, CPU time")
    beside(picture, given.rounds, given.sharp)
    asyncio.run(in_workers(picture, given.rounds, given.pictures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
