"""What was asked for and what it cost, for people who look afterwards: runs, usage, budgets.

`Books` is the port; its form over a store is `sql/books.py`. Where nothing is remembered there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, Protocol

from limner.core.errors import Error, UserError
from limner.engine.journal import RunState
from limner.ledger.entries import Account, Budget, Period
from limner.ledger.entries import State as Entry
from limner.ledger.usage import By, Usage

PAGE: Final = 50
"""Runs on a page, when nobody says how many."""
MOST_RUNS: Final = 1000
"""On one page."""
Filter = Literal["open", "waiting", "finished", "failed", "unknown"]
"""A state of runs; `unknown` are those of which nobody knows yet what they cost."""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a run, with its place in the ledger."""

    id: str
    model: str
    state: str
    """As the journal has it: sending, sent, kept, failed, unknown."""
    at: datetime
    request_id: str | None
    """The provider's. Absent: it gave none."""
    error: Error | None
    """Absent: it has not failed."""
    entry: Entry | None
    """As the ledger has it. Absent: its run is not settled yet."""
    usd: Decimal | None
    """What it cost in US dollars. Absent: nobody knows."""
    possible: Decimal | None
    """While nobody knows: the most it can have cost. Absent: it is known, its run is not settled, or nothing
    bounds it."""
    native: str | None
    """What it cost in the vendor's own unit, as `3 credits`. Absent: not known."""
    arithmetic: str
    """How the amount came about."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    id: str
    at: datetime
    state: RunState
    operation: str
    model: str | None
    """Absent: none was chosen."""
    prompt: str
    owner: str
    """Who asked: the user, else the tenant."""
    usd: Decimal
    """Charged so far, as far as it is known in US dollars."""
    held: Decimal
    """Reserved, because it is not over."""
    possible: Decimal
    """What calls of which nobody knows may come to."""
    unpriced: int
    """Calls that may have been charged, whose amount in US dollars nobody knows and nothing bounds."""
    images: int
    """Delivered."""
    unknown: tuple[str, ...]
    """Attempts that somebody has to decide; see `Books.resolve`."""


@dataclass(frozen=True, slots=True)
class RunStory:
    """A run with everything its rows say."""

    line: RunLine
    calls: tuple[Call, ...]
    error: Error | None
    """What it ended with. Absent: it did not fail."""
    idempotent: bool
    """Whether it was asked for with an idempotency key."""


class Books(Protocol):
    """The rows of runs and of money, to be read and decided."""

    async def runs(
        self,
        *,
        state: Filter | None = None,
        model: str | None = None,
        owner: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> list[RunLine]:
        """The runs there are, the newest first.

        Args:
            state: absent: all.
            model: the one that was chosen. Absent: any.
            owner: whom it was for, as the ledger names them. Absent: anybody.
            since: from this moment on. Absent: from the beginning.
            until: up to, not including. Absent: to the end.
            before: the id of the last run of the page before. Absent: from the newest.
            limit: how many at most.
        """
        ...

    async def show(self, run: str) -> RunStory:
        """One run.

        Raises:
            UserError: there is none of that id.
        """
        ...

    async def resolve(self, attempt: str, usd: Decimal) -> None:
        """Decide what an unknown attempt came to, as the provider's bill has it.

        A run that has bought nothing after all lets go of its idempotency key.

        Args:
            attempt: its id.
            usd: in US dollars; 0: it was not billed.

        Raises:
            UserError: there is no unknown attempt of that id, or the amount is no amount.
        """
        ...

    async def usage(
        self,
        by: Sequence[By],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        owner: str | None = None,
    ) -> list[Usage]:
        """Add up what was spent; see `limner.ledger.sql.usage.usage`."""
        ...

    async def budgets(self, owner: str | None = None) -> list[Account]:
        """The budgets there are, with what is used of each.

        Args:
            owner: whose. Absent: everybody's.
        """
        ...

    async def set_budget(self, budget: Budget) -> None:
        """Set an owner's budget for a period; the one there was is replaced.

        Raises:
            UserError: it limits nothing, or a limit is negative or too large.
        """
        ...

    async def remove_budget(self, owner: str, period: Period) -> None:
        """Remove a budget.

        Raises:
            UserError: there is none.
        """
        ...


def nothing_remembered() -> UserError:
    """What to say where there is no store."""
    return UserError(
        "Nothing is remembered here, so there are no runs, no usage and no budgets to look at.",
        code="no_store",
        field="store",
        remedy='Set LIMNER_STORE, or `Limner(store="sqlite:///limner.db")`.',
    )
