"""How long it takes to know who can be asked, and to go on elsewhere when one fails.

    make bench ARGS=availability

Two questions:

    cached     `Health.availability` of a provider and an operation that was looked at before
    fallback   from the answer that says a call failed to the beginning of the next provider's: writing
               that down for the run and for the breakers, deciding, ranking the others, quoting,
               reserving anew, writing the rows. `first` is the first such request that a gateway ranks
               others for

The catalog's own models; OpenAI is asked and down, Stability takes over, both on this machine. With SQLite
three commits are on the disk before the next call may leave, so the time of an fsync is given too; they are
counted. Budgets: 10 μs and 10 ms, the median.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from limner.assembly import Assembly, assemble
from limner.core.clock import SystemClock
from limner.core.errors import Error
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.events import Event, FellBack, Sending
from limner.engine.journal import Journal
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings

CACHED_US, FALLBACK_MS = 10.0, 10.0
LOOKS, RUNS = 200_000, 60
PRIMARY = "openai/gpt-image-2.5-flare"


class Hasty(SystemClock):
    """The machine's clock, but for pauses: the wait before a retry is not what is measured."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.sleep(0)


@dataclass
class Watch:
    """Notes when the first provider's answer was there, and when the next one's call began."""

    failed_at: float = 0.0
    taken: list[float] = field(default_factory=list[float])
    over: bool = False

    def journal(self, journal: Journal) -> None:
        """Look at the clock where a failure is about to be written down."""
        failed = journal.failed

        async def noted(attempt: str, error: Error) -> None:
            self.failed_at = time.perf_counter()
            await failed(attempt, error)

        journal.failed = noted

    def event(self, event: Event) -> None:
        self.over = self.over or isinstance(event, FellBack)
        if self.over and isinstance(event, Sending):
            self.taken.append((time.perf_counter() - self.failed_at) * 1000)
            self.over = False


def settings(sandbox: RunningSandbox, store: str | None) -> Settings:
    """OpenAI and Stability are set up; breakers stay closed."""
    environ = {
        "OPENAI_API_KEY": sandbox.key("openai"),
        "OPENAI_BASE_URL": sandbox.url("openai"),
        "STABILITY_API_KEY": sandbox.key("stability"),
        "STABILITY_BASE_URL": sandbox.url("stability"),
    }
    return Settings(
        environ=environ, store=store, circuit_breaker_failure_threshold=1000, circuit_breaker_window_ms=1000
    )


def cached(limner: Assembly) -> float:
    """Microseconds of a look that was made before; the loop around it counts too."""
    look = limner.health.availability
    look("openai", Operation.GENERATE)
    before = time.perf_counter()
    for _ in range(LOOKS):
        look("openai", Operation.GENERATE)
    return (time.perf_counter() - before) / LOOKS * 1e6


async def fallbacks(limner: Assembly, runs: int) -> list[float]:
    """Milliseconds that each fallback adds."""
    watch = Watch()
    watch.journal(limner.journal)
    for number in range(runs):
        request = Request(Operation.GENERATE, prompt=f"a pear {number}", model=PRIMARY)
        result = await limner.engine.run(request, on_event=watch.event)
        assert result.fallback_used  # noqa: S101 - or nothing was measured
    return watch.taken


async def measure(sandbox: RunningSandbox, store: str | None, runs: int) -> list[float]:
    async with assemble(settings(sandbox, store), clock=Hasty(), server=True) as limner:
        return await fallbacks(limner, runs)


def synced(folder: Path) -> float:
    """Milliseconds until four kilobytes are on the disk."""
    with (folder / "sync").open("wb") as file:
        before = time.perf_counter()
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
        return (time.perf_counter() - before) * 1000


def row(name: str, taken: list[float], unit: str, budget: float | None) -> bool:
    """Print one, and say whether it is over its budget."""
    middle, p90 = statistics.median(taken), statistics.quantiles(taken, n=10)[-1]
    allowed = "" if budget is None else f"{budget:g} {unit}"
    print(f"| {name} | {middle:.2f} {unit} | {p90:.2f} {unit} | {allowed} |")
    return budget is not None and middle > budget


def main() -> int:
    """Print the figures, and fail when one is over its budget."""
    print("| what | median | p90 | budget |\n| --- | ---: | ---: | ---: |")
    with running_sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        fault = Fault(FaultKind.STATUS, provider="openai", route="POST *", status=500, times=None)
        sandbox.faults.plan(fault)
        looked = [cached(assemble(settings(sandbox, None))) for _ in range(5)]
        over = row("cached availability", looked, "μs", CACHED_US)
        stores = {"memory": None, "SQLite": f"sqlite:///{Path(folder) / 'bench.db'}"}
        for name, store in stores.items():
            over |= row(f"fallback, {name}", asyncio.run(measure(sandbox, store, RUNS)), "ms", FALLBACK_MS)
        first = [asyncio.run(measure(sandbox, None, 1))[0] for _ in range(5)]
        over |= row("fallback, memory, first", first, "ms", FALLBACK_MS)
        row("an fsync here", [synced(Path(folder)) for _ in range(RUNS)], "ms", None)
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
