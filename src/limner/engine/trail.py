"""What an order's attempts came to, as they happen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from limner.core.adapter import Done
from limner.core.errors import Billed, Error, OutcomeUnknown
from limner.core.results import AttemptState
from limner.engine.journal import AttemptRow


@dataclass(frozen=True, slots=True)
class Delivered:
    """What an attempt brought, kept and still encoded."""

    done: Done
    blobs: tuple[bytes, ...]
    """The bytes of `done.artifacts`, in the same order."""


def left(row: AttemptRow) -> OutcomeUnknown:
    """What to say of a paid call before a call whose process ended before the answer was kept."""
    return OutcomeUnknown(
        f"Whether {row.provider} did the work is not known: the process that prepared it ended before the"
        " answer was kept.",
        provider=row.provider,
        model=row.model,
    )


@dataclass(slots=True)
class Trail:
    """The attempts of one order, as they happen; the last one is the one that counts."""

    rows: list[AttemptRow] = field(default_factory=list[AttemptRow])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    errors: dict[str, Error] = field(default_factory=dict[str, Error])
    arrived: tuple[bytes, ...] = ()
    """What came, from the moment it is here: handed to the caller when it cannot be kept."""

    @classmethod
    def begun(cls, index: int, rows: Iterable[AttemptRow]) -> Self:
        """The trail of an order as far as another process came with what is paid before it."""
        trail = cls()
        for row in rows:
            if row.stage and row.index == index:
                trail.found(row, None if row.state is AttemptState.KEPT else row.error or left(row))
        return trail

    @property
    def spending(self) -> bool:
        """Whether something of it may be paid for, or be under way."""
        return any(
            row.id not in self.errors or self.errors[row.id].billed is not Billed.NO for row in self.rows
        )

    def found(self, row: AttemptRow, error: Error | None) -> None:
        """Take over an attempt that ended in another process."""
        self.rows.append(row)
        if error is not None:
            self.errors[row.id] = error


def inline(done: Done) -> Iterator[bytes]:
    """The bytes that came with an answer."""
    return (artifact.source for artifact in done.artifacts if isinstance(artifact.source, bytes))
