"""The journal: the rows under every run, written in the order that makes a crash harmless.

    open ─▶ reserve ─▶ sending ─▶ sent (+ ticket) ─▶ kept ─▶ settle ─▶ finish
                          │            │
                          └────────────┴──▶ failed | unknown ─▶ settle or release

The `sending` row is written before the bytes leave; found later, it means *unknown*.
`Journal` is the port; `memory.py` is its form where there is no store, `sql/` where there is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from limner.core.adapter import Done, Ticket
from limner.core.errors import Billed, Error, UserError
from limner.core.money import Cost, Price
from limner.core.notes import Note
from limner.core.requests import Request
from limner.core.results import AttemptState, Result
from limner.ledger.entries import Account, Charge, Threshold


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Tenancy fills it in; a library in process is its own only caller."""

    tenant: str = "local"
    user: str | None = None
    """Absent: not a person, or not known."""
    others: tuple[str, ...] = ()
    """More that budgets may be kept for: groups, keys, spaces, as the ledger names them."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody whose budgets this caller's spending counts against."""
        user = () if self.user is None else (f"user:{self.user}",)
        return (f"tenant:{self.tenant}", *user, *self.others)


LOCAL: Final = Caller()


class RunState(StrEnum):
    """How a run stands."""

    OPEN = "open"
    WAITING = "waiting"
    """Nobody carries it on, but it is not over: its rows say how to go on."""
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One call that may cost money."""

    id: str
    run: str
    index: int
    """Which of the run's orders it is for."""
    provider: str
    model: str
    state: AttemptState
    at: datetime
    sent: dict[str, object] = field(default_factory=dict[str, object])
    """What goes over the wire, without bytes and secrets."""
    ticket: Ticket | None = None
    request_id: str | None = None
    error: Error | None = None
    """Absent: it has not failed."""
    stage: str = ""
    """Names a paid call before the call; see `core.optional.Prepares`. Empty: the call itself."""

    @property
    def cost_nothing(self) -> bool:
        """Whether it failed and surely was not billed: what it was for may be sent."""
        return self.error is not None and self.error.billed is Billed.NO


@dataclass(frozen=True, slots=True)
class RunRow:
    """One request and where it stands."""

    id: str
    caller: Caller
    request: Request
    at: datetime
    state: RunState = RunState.OPEN
    held: "Held | None" = None
    """Absent: no model was chosen yet."""
    settled: Cost | None = None
    """Absent: not settled yet."""
    attempts: tuple[AttemptRow, ...] = ()

    def by(self, model: str) -> tuple[AttemptRow, ...]:
        """The attempts of one model."""
        return tuple(row for row in self.attempts if row.model == model)

    def latest(self, model: str, index: int) -> AttemptRow | None:
        """The last attempt of a model at one of the run's orders. `None`: there was none."""
        rows = reversed(self.by(model))
        return next((row for row in rows if row.index == index and not row.stage), None)


@dataclass(frozen=True, slots=True)
class Held:
    """What was decided before anything was sent: enough to build the same orders again."""

    model: str
    seed: int | None
    """The one used. Absent: the vendor draws its own."""
    price: Price
    notes: tuple[Note, ...] = ()
    """Of how the model was chosen, and whose place it takes."""
    calls: int | None = None
    """How many orders the price is for. Absent: a Limner held it that did not say so."""


class Journal(Protocol):
    """What the engine writes, and when."""

    async def open(self, request: Request, caller: Caller) -> "RunRow | Result":
        """Begin a run; or, for an idempotency key seen before, give what its first run delivered.

        Raises:
            UserError: the key was used with another request, or its first run has failed.
        """
        ...

    async def claim(self, run: str) -> "RunRow | Result":
        """Take a run over to carry it on; or, when it is finished, give what it delivered.

        Raises:
            UserError: there is no such run, or somebody else is carrying it on.
            Error: it is closed and failed with this.
        """
        ...

    async def accounts(self, caller: Caller) -> list[Account]:
        """The budgets that a caller's spending counts against, with what is used of them. Holds nothing."""
        ...

    async def reserve(self, run: RunRow, held: Held) -> tuple[Threshold, ...]:
        """Hold the price before anything is sent, if the budgets have room.

        What another model held for the run is let go of in the same step; when there is no room, it stays.

        Returns:
            The thresholds of budgets that this crosses.

        Raises:
            Refused: a budget has no room.
        """
        ...

    async def sending(self, row: AttemptRow) -> None:
        """Say that bytes are about to leave."""
        ...

    async def sent(self, attempt: str, ticket: Ticket | None, request_id: str | None) -> None:
        """Say that the provider has answered; keep its ticket before the first wait."""
        ...

    async def keep(self, attempt: str, done: Done, blobs: tuple[bytes, ...]) -> None:
        """Store raw bytes before anything is decoded, and what came with them."""
        ...

    async def kept(self, attempt: str) -> Done:
        """What `keep` stored; every artifact is inline."""
        ...

    async def failed(self, attempt: str, error: Error) -> None:
        """Say that there is no picture. An error with `billed: unknown` leaves the attempt unknown."""
        ...

    async def settle(self, run: str, cost: Cost, charges: tuple[Charge, ...]) -> None:
        """Replace what is held by what it cost, attempt by attempt."""
        ...

    async def finish(self, run: str, outcome: "Result | Error") -> None:
        """Close the run."""
        ...

    async def pause(self, run: str, error: Error, *, paid: bool) -> None:
        """Let go of a run that cannot be brought to its end now.

        Args:
            run: its id.
            error: why.
            paid: whether something of it may have been paid for, as the caller knows it: then, or where
                its rows say so, whoever claims it goes on from them. Else it is closed with the error.
        """
        ...

    async def rivals(self, row: AttemptRow) -> tuple[AttemptRow, ...]:
        """Other attempts at the same model since a moment before this one: work found there may be theirs."""
        ...

    async def find(self, run: str) -> RunRow | None:
        """The run with its attempts. `None`: there is none of that id."""
        ...


RIVALS_FROM: Final = timedelta(seconds=30)
"""How long before an attempt another may have begun, and have its work listed as if it were this one's."""


def may_be_paid(error: Error, rows: Iterable[AttemptRow]) -> bool:
    """Whether a run that ends with an error may have cost something."""
    return error.billed is not Billed.NO and any(row.state is not AttemptState.FAILED for row in rows)


def may_cost(held: Held | None, rows: Iterable[AttemptRow]) -> bool:
    """Whether a run may have cost something so far, by what was held for it and by its attempts."""
    free = held is not None and held.price.free
    return not free and not all(row.cost_nothing for row in rows)


def state_after(error: Error) -> AttemptState:
    """In which state an error leaves its attempt."""
    return AttemptState.UNKNOWN if error.billed is Billed.UNKNOWN else AttemptState.FAILED


def key_of(row: RunRow) -> tuple[str, str | None, str] | None:
    """What a run's idempotency key is kept under: tenant, user and key. Absent: it has none.

    Whatever else a caller belongs to, the key stays theirs.

    Raises:
        UserError: it is empty, as a variable that is not set leaves it.
    """
    key = row.request.idempotency_key
    if key == "":
        raise UserError(
            "The idempotency key is empty.",
            code="empty_key",
            field="idempotency_key",
            remedy="Give one that no other request has, or leave it out.",
        )
    return None if key is None else (row.caller.tenant, row.caller.user, key)


def idempotency_conflict() -> UserError:
    """What to say when a key comes with another request."""
    return UserError(
        "This idempotency key was used with another request.",
        code="idempotency_conflict",
        field="idempotency_key",
        remedy="Use a new key for a new request.",
    )


def no_such_run(run: str) -> UserError:
    """What to say of an id that nobody knows."""
    return UserError(
        f"There is no run {run!r}.",
        code="unknown_run",
        field="run",
        remedy="`limner runs list` shows those there are.",
    )


def interrupted(run: str) -> Error:
    """What to say to those who wait on a run that was let go."""
    return Error(
        f"{run} was interrupted.",
        code="run_interrupted",
        remedy="Ask again with the same idempotency key: it is carried on from where it was.",
        billed=Billed.UNKNOWN,
        request_id=run,
    )
