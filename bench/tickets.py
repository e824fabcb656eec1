"""What a thousand runs cost that wait for their vendors at once, in one process: memory, processor, polls.

    make bench ARGS=tickets

The emulator runs in a process of its own and never finishes a task. A run that is asked for more often than
its vendor suggests, or that ends, fails the benchmark.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from limner.assembly import Assembly, assemble
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.events import Event, Progressed
from limner.sandbox.server import running_sandbox
from limner.settings import Settings

RUNS: Final = 1000
WARM: Final = 50
SECONDS: Final = 20
ENDLESS: Final = 10**9
VENDORS: Final = {
    # slug: its key's variable, a model, seconds between two polls of a task as its documents suggest
    "fal": ("FAL_KEY", "fal/flux/schnell", 0.5),
    "replicate": ("REPLICATE_API_TOKEN", "replicate/black-forest-labs/flux-schnell", 0.5),
    "wavespeed": ("WAVESPEED_API_KEY", "wavespeed/wavespeed-ai/flux-schnell", 1.0),
}
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


@contextmanager
def emulator() -> Generator[tuple[str, str], None, None]:
    """An emulator in another process, while the block lasts: its root and the key of a vendor."""
    command = [sys.executable, "-m", "bench.tickets", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout or sys.stdin
        try:
            yield said.readline().strip(), said.readline().strip()
        finally:
            process.kill()


def serve() -> None:
    """Run the emulator until the other process ends."""
    rates = dict.fromkeys(VENDORS, ENDLESS)
    with running_sandbox(polls=ENDLESS, rates=rates) as sandbox:
        sys.stdout.write(f"{sandbox.root}\n{' '.join(f'{slug}={sandbox.key(slug)}' for slug in VENDORS)}\n")
        sys.stdout.flush()
        sys.stdin.read()


class Counter:
    """Counts polls, and which runs have had one."""

    def __init__(self) -> None:
        self.polls = 0
        self.runs: set[str] = set()

    def hear(self, event: Event) -> None:
        """Listen to a run."""
        if isinstance(event, Progressed):
            self.polls += 1
            self.runs.add(event.run)


async def started(limner: Assembly, model: str, count: int, counter: Counter) -> list[asyncio.Task[object]]:
    """Start runs, and wait until each has its ticket."""
    request = Request(Operation.GENERATE, prompt="a pear", model=model, allow_fallback=False)
    before = len(counter.runs)
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(limner.engine.run(request, on_event=counter.hear)) for _ in range(count)
    ]
    while len(counter.runs) < before + count:
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
                raise SystemExit(f"{model} did not wait")
    return tasks


async def measure(slug: str, root: str, key: str) -> None:
    """Measure one vendor, and print its line."""
    name, model, suggested = VENDORS[slug]
    environ = {name: key, f"{slug.upper()}_BASE_URL": root}
    limner, counter = assemble(Settings(environ=environ)), Counter()
    warm = await started(limner, model, WARM, counter)
    await asyncio.sleep(2)
    memory = resident()
    tasks = await started(limner, model, RUNS, counter)
    await asyncio.sleep(2)
    each = (resident() - memory) / RUNS / 1024
    counter.polls, began, used = 0, time.perf_counter(), time.process_time()
    await asyncio.sleep(SECONDS)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    apart = (WARM + RUNS) * wall / counter.polls
    print(
        f"| {slug} | {RUNS:,} | {each:.0f} KB | {cpu / wall:.0%} | {counter.polls / wall:.0f} "
        f"| {apart:.2f} s | {suggested:g} s |",
        flush=True,
    )
    if apart < suggested or not all(not task.done() for task in [*warm, *tasks]):
        raise SystemExit(f"{slug} was asked more often than it suggests, or a run ended")


def main() -> None:
    """Measure every vendor in a process of its own."""
    print("| vendor | runs | memory a run | of a core | polls a second | apart | suggested |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for slug in VENDORS:
        subprocess.run([sys.executable, "-m", "bench.tickets", slug], check=True)


def one(slug: str) -> None:
    """Measure one vendor; the runs that still wait end with the process."""
    bases = {"fal": "/queue", "replicate": "/v1", "wavespeed": ""}
    with emulator() as (root, keys):
        key = dict(pair.split("=", 1) for pair in keys.split())[slug]
        asyncio.run(measure(slug, f"{root}/{slug}{bases[slug]}", key))


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    elif sys.argv[1:]:
        one(sys.argv[1])
    else:
        main()
