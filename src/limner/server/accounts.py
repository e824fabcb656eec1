"""Runs, usage and budgets as they are shown: the shapes of `routes/runs.py`, `usage.py` and `budgets.py`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from limner.core.errors import Error
from limner.core.money import plain
from limner.engine.books import Call, RunLine, RunStory
from limner.ledger.entries import Account
from limner.ledger.usage import By, Usage

_UNPRICED: Final = (
    "Calls that may have been charged, whose amount in US dollars nobody knows and nothing bounds."
)


class ErrorOut(BaseModel):
    """What a call or a run ended with."""

    code: str
    message: str
    billed: str = Field(description="no, yes or unknown")
    remedy: str


class CallOut(BaseModel):
    """One call to one provider."""

    id: str
    model: str
    state: str = Field(description="sending, sent, kept, failed or unknown")
    at: datetime
    request_id: str | None
    entry: str | None = Field(description="charged, failed or unknown. Absent: the run is not settled yet.")
    usd: str | None = Field(description="What it cost, in US dollars. Absent: nobody knows.")
    possible: str | None = Field(
        description="While nobody knows: the most it can have cost. Absent: nothing bounds it."
    )
    native: str | None = Field(description="In the vendor's own unit, as `3 credits`. Absent: not known.")
    arithmetic: str
    error: ErrorOut | None


class RunLineOut(BaseModel):
    """A run in a list. Amounts are decimal numbers of US dollars in text, so that no digit is lost."""

    id: str
    at: datetime
    state: str = Field(description="open, waiting, finished or failed")
    operation: str
    model: str | None = Field(description="Absent: none was chosen.")
    prompt: str
    owner: str
    usd: str = Field(description="Charged so far.")
    held: str = Field(description="Reserved, because it is not over.")
    possible: str = Field(description="What calls of which nobody knows may come to.")
    unpriced: int = Field(description=_UNPRICED)
    images: int
    unknown: list[str] = Field(description="Calls that somebody has to decide.")


class RunsOut(BaseModel):
    """A page of runs, the newest first."""

    runs: list[RunLineOut]
    next: str | None = Field(description="Give it as `before` for the next page. Absent: this was the last.")


class RunStoryOut(RunLineOut):
    """A run with everything its rows say."""

    calls: list[CallOut]
    error: ErrorOut | None
    idempotent: bool = Field(description="Whether it was asked for with an idempotency key.")


class ResolveIn(BaseModel):
    """What a call came to, as the provider's bill has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd: str = Field(description="In US dollars; 0: it was not billed.", examples=["0.04"])


class UsageLineOut(BaseModel):
    """What was spent in one group."""

    group: dict[str, str] = Field(description="A value for each thing grouped by.")
    calls: int
    failed: int = Field(description="Calls that surely cost nothing.")
    images: int
    usd: str = Field(description="Charged, as far as it is known in US dollars.")
    unknown_usd: str = Field(description="What unknown calls may come to.")
    unpriced: int = Field(description=_UNPRICED)
    native: dict[str, str] = Field(description="Charged in units of vendors' own, by unit.")


class BudgetIn(BaseModel):
    """How much may be spent, or made, in a period. At least one limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd: str | None = Field(default=None, description="In US dollars. Absent: money is not limited.")
    images: int | None = Field(default=None, description="Absent: their number is not limited.")
    ceiling: str | None = Field(
        default=None, description="What to hold for a run whose price nobody knows. Absent: it is refused."
    )


class BudgetOut(BaseModel):
    """A budget with what is used of it in its running period."""

    owner: str
    period: str = Field(description="hour, day, month or total, in UTC")
    usd: str | None = Field(description="In US dollars. Absent: money is not limited.")
    images: int | None
    ceiling: str | None
    used_usd: str = Field(description="Spent and held.")
    used_images: int
    since: datetime | None = Field(description="When the period began. Absent: at the beginning of time.")


def line_of(line: RunLine) -> RunLineOut:
    """A run as a list shows it."""
    return RunLineOut(
        id=line.id,
        at=line.at,
        state=line.state.value,
        operation=line.operation,
        model=line.model,
        prompt=line.prompt,
        owner=line.owner,
        usd=plain(line.usd),
        held=plain(line.held),
        possible=plain(line.possible),
        unpriced=line.unpriced,
        images=line.images,
        unknown=list(line.unknown),
    )


def story_of(story: RunStory) -> RunStoryOut:
    """A run as it is shown alone."""
    return RunStoryOut(
        **dict(line_of(story.line)),
        calls=[_call(call) for call in story.calls],
        error=_error(story.error),
        idempotent=story.idempotent,
    )


def _call(call: Call) -> CallOut:
    return CallOut(
        id=call.id,
        model=call.model,
        state=call.state,
        at=call.at,
        request_id=call.request_id,
        entry=None if call.entry is None else call.entry.value,
        usd=None if call.usd is None else plain(call.usd),
        possible=None if call.possible is None else plain(call.possible),
        native=call.native,
        arithmetic=call.arithmetic,
        error=_error(call.error),
    )


def _error(error: Error | None) -> ErrorOut | None:
    if error is None:
        return None
    return ErrorOut(code=error.code, message=error.message, billed=error.billed.value, remedy=error.remedy)


def usage_of(by: Sequence[By], lines: Sequence[Usage]) -> list[UsageLineOut]:
    """Usage as it is shown."""
    return [
        UsageLineOut(
            group=dict(zip(by, line.group, strict=True)),
            calls=line.calls,
            failed=line.failed,
            images=line.images,
            usd=plain(line.usd),
            unknown_usd=plain(line.unknown_usd),
            unpriced=line.unpriced,
            native={sum_.unit: plain(sum_.amount) for sum_ in line.native},
        )
        for line in lines
    ]


def budget_of(account: Account) -> BudgetOut:
    """A budget as it is shown."""
    budget = account.budget
    return BudgetOut(
        owner=budget.owner,
        period=budget.period.value,
        usd=None if budget.usd is None else plain(budget.usd),
        images=budget.images,
        ceiling=None if budget.ceiling is None else plain(budget.ceiling),
        used_usd=plain(account.usd),
        used_images=account.images,
        since=account.since,
    )
