"""Processes that carry one request out and are killed at a boundary of its journal.

`Nursery` starts one process with everything imported, which forks a victim for each plan: a plan says
what to do, and at which moment the victim kills itself, as `kill -9` does: no handler runs.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from limner.assembly import assemble
from limner.catalog.load import load
from limner.core.operations import Operation
from limner.core.pictures import Picture, Reference, Role
from limner.core.requests import Request
from limner.engine.drive import Driver
from limner.engine.run import Engine
from limner.providers import registry
from limner.settings import Settings
from tests.support.clock import SkippingClock

PICTURE = (Path(__file__).parents[1] / "providers" / "pictures" / "dot.png").read_bytes()
USED_LATER = (
    "limner.engine.sql.books",
    "limner.engine.sql.breakers",
    "limner.engine.sql.journal",
    "limner.ledger.sql.book",
    "limner.painters.embedded.painter",
    "limner.storage.migrate",
    "limner.storage.postgres",
    "limner.storage.sqlite",
    "limner.transport.pyreqwest_sender",
)
"""What Limner imports only when it is used: once for all victims, which takes a process two seconds."""
BOUNDARIES = ("open", "reserve", "sending", "sent", "keep", "settle", "finish")


def say(word: object) -> None:
    """Tell the parent, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Doomed:
    """A journal that kills its process before or after one of its writes."""

    def __init__(self, journal: Any, when: str, nth: int) -> None:
        self._journal = journal
        self._when = when
        self._left = nth

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._journal, name)
        if name not in {*BOUNDARIES, "failed"}:
            return method

        async def doomed(*args: Any, **values: Any) -> Any:
            self._strike(f"before {name}")
            answer = await method(*args, **values)
            if name == "open":
                say(answer.id)
            self._strike(f"after {name}")
            return answer

        return doomed

    def _strike(self, now: str) -> None:
        if now != self._when:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def live(plan: dict[str, Any]) -> None:
    """Carry the request out, as far as it goes."""
    settings = Settings(environ=plan["environ"], store=plan["store"], blobs=plan.get("blobs"))
    # One that carries another's run on comes a minute later, when the other's lease has run out.
    ahead = timedelta(minutes="resume" in plan)
    clock = SkippingClock(datetime.now(UTC) + ahead, patient=True)
    async with assemble(settings, clock=clock) as limner:
        journal: Any = Doomed(limner.journal, plan["kill"], plan.get("nth", 1))
        engine = Engine(
            catalog=limner.catalog,
            makers=limner.makers,
            driver=Driver(limner.transport, journal, limner.clock),
            journal=journal,
            clock=limner.clock,
            router=limner.router,
            health=limner.health,
        )
        if "resume" in plan:
            say("")
            await engine.resume(plan["resume"])
            return
        await engine.run(wish(plan))


def wish(plan: dict[str, Any]) -> Request:
    """What the plan asks for. Pictures are made up."""
    return Request(
        Operation(plan["operation"]),
        prompt=plan.get("prompt", "a pear"),
        model=plan["model"],
        n=plan.get("n", 1),
        images=tuple(Picture(PICTURE) for _ in range(plan.get("images", 0))),
        references=tuple(Reference(Picture(PICTURE), Role(role)) for role in plan.get("references", ())),
    )


class Victim:
    """A forked process under way."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = int(self._say())
        self.run = self._say() or None
        """Absent: it died before its run was opened."""

    def status(self) -> int:
        """Wait for its end. Negative: the signal that killed it."""
        return int(self._say())

    def _say(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Nursery:
    """Forks victims. A context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.victim"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def victim(self, plan: dict[str, Any]) -> Victim:
        """Start one."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(plan) + "\n")
        self._process.stdin.flush()
        return Victim(self._process)


def nurse() -> None:
    """Fork a victim for each line: say its pid, what it says, and how it ended."""
    load()
    registry.load_all()
    for name in USED_LATER:
        import_module(name)
    for line in sys.stdin:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os.dup2(writing, 1)
            asyncio.run(live(json.loads(line)))
            os._exit(0)
        os.close(writing)
        say(pid)
        with os.fdopen(reading) as said:
            say(said.readline().strip())
            said.read()
        _, status = os.waitpid(pid, 0)
        say(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    nurse()
