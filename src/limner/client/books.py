"""Runs, usage and budgets, as a program looks at them; the store remembers them."""

import difflib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from limner.client.results import Result, present
from limner.core.errors import UserError
from limner.ledger.entries import Account, Budget, Period
from limner.ledger.usage import GROUPS, By

if TYPE_CHECKING:
    from limner.assembly import Assembly
    from limner.engine.books import Filter, RunLine, RunStory


When = datetime | date | str
"""A moment: with its zone, or in UTC; a day means its first moment; text as ISO 8601 has it."""
Amount = Decimal | float | str
"""US dollars."""
PeriodName = Literal["hour", "day", "month", "total"]
_STATES: Final = ("open", "waiting", "finished", "failed", "unknown")


def moment(value: When | None, field: str) -> datetime | None:
    """Read a moment. `None`: there is none.

    Args:
        value: as a caller wrote it.
        field: its name, for messages.

    Raises:
        UserError: it is none.

    Example:
        >>> str(moment("2026-11-21", "since"))
        '2026-11-21 00:00:00+00:00'
    """
    try:
        return _in_utc(datetime.fromisoformat(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):  # no date, or one that is before the year 1 or after 9999 in UTC
        raise UserError(
            f"{field} is {str(value)!r}, which is no moment.",
            code="invalid_time",
            field=field,
            remedy="Write a day, 2026-11-21, or a moment, 2026-11-21T14:30.",
        ) from None


def _in_utc(value: datetime | date | None) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def amount(value: Amount, field: str) -> Decimal:
    """Read an amount in US dollars.

    Raises:
        UserError: it is none.

    Example:
        >>> amount("$0.04", "usd")
        Decimal('0.04')
    """
    try:
        read = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        read = None
    if read is None or not read.is_finite():
        raise UserError(
            f"{field} is {value!r}, which is no amount.",
            code="invalid_amount",
            field=field,
            remedy="Give US dollars, such as 0.04.",
        )
    return read


def chosen(value: str, known: tuple[str, ...], field: str) -> str:
    """One of the words there are.

    Raises:
        UserError: it is none of them; the nearest is suggested.
    """
    if value in known:
        return value
    near = tuple(difflib.get_close_matches(value, known, n=1))
    raise UserError(
        f"{field} is {value!r}.",
        code=f"unknown_{field}",
        field=field,
        remedy=f"Choose {', '.join(known[:-1])} or {known[-1]}.",
        suggestions=near,
    )


def grouping(names: tuple[str, ...]) -> tuple[By, ...]:
    """What usage is grouped by.

    Raises:
        UserError: it is not grouped by one of these.
    """
    return tuple(cast("By", chosen(name, GROUPS, "group")) for name in names)


def period(name: str) -> Period:
    """A budget's period.

    Raises:
        UserError: there is none of that name.
    """
    return Period(chosen(name, get_args(PeriodName), "period"))


class AsyncRuns:
    """What was asked for, and what became of it."""

    def __init__(self, assembled: "Callable[[], Awaitable[Assembly]]") -> None:
        """Look at the runs of one Limner.

        Args:
            assembled: gives it, opened.
        """
        self._assembled = assembled

    async def list(
        self,
        *,
        state: "Filter | None" = None,
        model: str | None = None,
        owner: str | None = None,
        since: When | None = None,
        until: When | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> "list[RunLine]":
        """The runs there are, the newest first.

        Args:
            state: `open`, `waiting`, `finished`, `failed`, or `unknown`: nobody knows what it cost.
                Absent: all.
            model: the one that was chosen. Absent: any.
            owner: whose budgets it counts against, such as `tenant:local`. Absent: anybody's.
            since: from this moment on. Absent: from the beginning.
            until: up to, not including. Absent: to the end.
            before: the id of the last run of the page before. Absent: from the newest.
            limit: how many at most, up to 1000.

        Raises:
            UserError: nothing is remembered here, or a value is wrong.
        """
        books = (await self._assembled()).books
        return await books.runs(
            state=None if state is None else cast("Filter", chosen(state, _STATES, "state")),
            model=model,
            owner=owner,
            since=moment(since, "since"),
            until=moment(until, "until"),
            before=before,
            limit=limit,
        )

    async def show(self, run: str) -> "RunStory":
        """One run, with every call, what each cost and what it ended with.

        Raises:
            UserError: there is none of that id, or nothing is remembered here.
        """
        return await (await self._assembled()).books.show(run)

    async def resume(self, run: str) -> Result:
        """Carry a run on from its rows, in whatever process it was begun.

        What has a ticket is polled, what was kept is finished. Nothing that may have been paid for is sent
        again. One that is finished gives its result.

        Raises:
            UserError: there is no such run, or another process is carrying it on.
            Error: as the run ends.
        """
        return present(await (await self._assembled()).engine.resume(run))

    async def drop(self, run: str) -> None:
        """Let go of a run that another process left before anything was sent.

        What was held for it is free again, and it is not carried on.

        Raises:
            UserError: there is no such run, it is finished or under way, or may have been paid for.
            Error: how it ended, where it failed.
        """
        await (await self._assembled()).engine.drop(run)

    async def resolve(self, attempt: str, usd: Amount) -> None:
        """Decide what a call came to of which nobody knows, as the provider's bill has it.

        Args:
            attempt: its id, from `show` or `RunLine.unknown`.
            usd: in US dollars; 0: it was not billed.

        Raises:
            UserError: there is no unknown attempt of that id.
        """
        await (await self._assembled()).books.resolve(attempt, amount(usd, "usd"))


class AsyncBudgets:
    """How much may be spent, by whom."""

    def __init__(self, assembled: "Callable[[], Awaitable[Assembly]]") -> None:
        """Look at the budgets of one Limner.

        Args:
            assembled: gives it, opened.
        """
        self._assembled = assembled

    async def list(self, owner: str | None = None) -> "list[Account]":
        """The budgets there are, with what is used of each in its running period.

        Args:
            owner: whose. Absent: everybody's.

        Raises:
            UserError: nothing is remembered here.
        """
        return await (await self._assembled()).books.budgets(owner)

    async def set(
        self,
        owner: str,
        each: PeriodName = "month",
        *,
        usd: Amount | None = None,
        images: int | None = None,
        ceiling: Amount | None = None,
    ) -> None:
        """Set the budget of an owner for a period. The one there was is replaced; what is spent counts.

        Args:
            owner: such as `tenant:local`, everything that is made here.
            each: over which stretch of time, in UTC: `hour`, `day`, `month` or `total`.
            usd: how much, in US dollars. Absent: money is not limited.
            images: how many pictures. Absent: their number is not limited.
            ceiling: what to hold for a run whose price nobody knows. Absent: such runs are refused.

        Raises:
            UserError: it limits nothing, or a limit is negative or too large.
        """
        limits = {"usd": usd, "ceiling": ceiling}
        known = {name: amount(value, name) for name, value in limits.items() if value is not None}
        await (await self._assembled()).books.set_budget(Budget(owner, period(each), images=images, **known))

    async def remove(self, owner: str, each: PeriodName = "month") -> None:
        """Remove a budget; without one, nothing is limited.

        Raises:
            UserError: there is none.
        """
        await (await self._assembled()).books.remove_budget(owner, period(each))


Caller = Callable[[Callable[[Any], Coroutine[Any, Any, Any]]], Any]
"""Does something with the `AsyncLimner` on Limner's own thread, and waits for it."""


class Runs:
    """What was asked for, and what became of it; see `AsyncRuns`."""

    def __init__(self, call: Caller) -> None:
        """Look at the runs of one Limner.

        Args:
            call: does the work.
        """
        self._call = call

    def list(
        self,
        *,
        state: "Filter | None" = None,
        model: str | None = None,
        owner: str | None = None,
        since: When | None = None,
        until: When | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> "list[RunLine]":
        """The runs there are, the newest first; see `AsyncRuns.list`."""
        return self._call(
            lambda later: later.runs.list(
                state=state, model=model, owner=owner, since=since, until=until, before=before, limit=limit
            )
        )

    def show(self, run: str) -> "RunStory":
        """One run with every call; see `AsyncRuns.show`."""
        return self._call(lambda later: later.runs.show(run))

    def resume(self, run: str) -> Result:
        """Carry a run on; see `AsyncRuns.resume`."""
        return self._call(lambda later: later.runs.resume(run))

    def drop(self, run: str) -> None:
        """Let go of a run of which nothing was sent; see `AsyncRuns.drop`."""
        return self._call(lambda later: later.runs.drop(run))

    def resolve(self, attempt: str, usd: Amount) -> None:
        """Decide what an unknown call came to; see `AsyncRuns.resolve`."""
        return self._call(lambda later: later.runs.resolve(attempt, usd))


class Budgets:
    """How much may be spent, by whom; see `AsyncBudgets`."""

    def __init__(self, call: Caller) -> None:
        """Look at the budgets of one Limner.

        Args:
            call: does the work.
        """
        self._call = call

    def list(self, owner: str | None = None) -> "list[Account]":
        """The budgets there are; see `AsyncBudgets.list`."""
        return self._call(lambda later: later.budgets.list(owner))

    def set(
        self,
        owner: str,
        each: PeriodName = "month",
        *,
        usd: Amount | None = None,
        images: int | None = None,
        ceiling: Amount | None = None,
    ) -> None:
        """Set a budget; see `AsyncBudgets.set`."""
        return self._call(
            lambda later: later.budgets.set(owner, each, usd=usd, images=images, ceiling=ceiling)
        )

    def remove(self, owner: str, each: PeriodName = "month") -> None:
        """Remove a budget; see `AsyncBudgets.remove`."""
        return self._call(lambda later: later.budgets.remove(owner, each))
