"""Work that is asked for first and fetched later. It advances by being looked at, never by waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from limner.core.clock import Clock

Work = TypeVar("Work")


class Stage(StrEnum):
    """How far a task has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Task(Generic[Work]):
    """One piece of work."""

    id: str
    owner: str
    """The key that asked."""
    work: Work
    """What was asked, and what will be answered."""
    charge_id: str | None
    """Its entry on the bill. Absent: it cost nothing."""
    started: datetime
    expires: datetime | None
    """When it is forgotten. Absent: never."""
    polls: int
    """How many looks find it unfinished."""
    looks: int = 0
    cancelled: bool = False

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        if self.cancelled:
            return Stage.CANCELLED
        if self.looks >= self.polls:
            return Stage.DONE
        return Stage.QUEUED if self.looks == 0 else Stage.RUNNING


class Tasks(Generic[Work]):
    """The tasks of one emulator."""

    def __init__(self, clock: Clock, polls: int) -> None:
        """Start with none.

        Args:
            clock: decides what has expired.
            polls: how many looks find a task unfinished.
        """
        self._clock = clock
        self._polls = polls
        self._tasks: dict[str, Task[Work]] = {}

    def start(
        self, id_: str, owner: str, work: Work, charge_id: str | None, lifetime: timedelta | None = None
    ) -> Task[Work]:
        """Take work on.

        Args:
            id_: what the vendor calls it.
            owner: the key that asked.
            work: what will be answered.
            charge_id: its entry on the bill, where it has one.
            lifetime: how long it can be fetched. Absent: for ever.
        """
        now = self._clock.now()
        expires = None if lifetime is None else now + lifetime
        task = Task(id_, owner, work, charge_id, now, expires, self._polls)
        self._tasks[id_] = task
        return task

    def find(self, id_: str, owner: str | None = None) -> Task[Work] | None:
        """A task that is still remembered.

        Args:
            id_: what the vendor calls it.
            owner: whose it must be. Absent: anybody's.
        """
        task = self._tasks.get(id_)
        if task is None or owner not in {None, task.owner}:
            return None
        return None if task.expires is not None and self._clock.now() >= task.expires else task

    def look(self, task: Task[Work]) -> Stage:
        """See where a task stands, and let it advance by having been looked at."""
        stage = task.stage
        task.looks += 1
        return stage

    def finish(self, task: Task[Work]) -> None:
        """Bring a task to its end without anybody looking, as far as it was not cancelled."""
        task.looks = max(task.looks, task.polls)

    def unfinished(self, owner: str) -> int:
        """How many tasks of a key wait or run."""
        waiting = {Stage.QUEUED, Stage.RUNNING}
        return sum(task.owner == owner and task.stage in waiting for task in self._tasks.values())
