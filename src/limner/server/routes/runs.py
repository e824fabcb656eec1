"""`GET /api/v1/runs`: what was asked for, what became of it, and what somebody has to decide."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request as HttpRequest

from limner.client.books import amount, moment
from limner.core.errors import UserError
from limner.engine.books import MOST_RUNS, PAGE, Books, Filter
from limner.server.accounts import ResolveIn, RunsOut, RunStoryOut, line_of, story_of
from limner.server.gateway import gateway

router = APIRouter(tags=["runs"])
Moment = Annotated[str | None, Query(description="A day or a moment as ISO 8601 has it; UTC.")]


@router.get("/runs", summary="List runs, the newest first")
async def list_runs(
    http: HttpRequest,
    *,
    state: Annotated[Filter | None, Query(description="`unknown`: nobody knows what it cost.")] = None,
    model: str | None = None,
    owner: Annotated[str | None, Query(description="Whose budgets it counts against: tenant:local.")] = None,
    since: Moment = None,
    until: Moment = None,
    before: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = PAGE,
) -> RunsOut:
    """A page of runs."""
    found = await gateway(http).assembly.books.runs(
        state=state,
        model=model,
        owner=owner,
        since=moment(since, "since"),
        until=moment(until, "until"),
        before=before,
        limit=limit,
    )
    full = len(found) == limit
    return RunsOut(runs=[line_of(line) for line in found], next=found[-1].id if full else None)


@router.get("/runs/{run_id}", summary="Look a run up")
async def show(run_id: str, http: HttpRequest) -> RunStoryOut:
    """One run with every call, what each cost, and what it ended with."""
    return story_of(await gateway(http).assembly.books.show(run_id))


@router.post("/runs/{run_id}/calls/{call_id}/resolve", summary="Decide what an unknown call came to")
async def resolve(run_id: str, call_id: str, decided: ResolveIn, http: HttpRequest) -> RunStoryOut:
    """A person has looked at the provider's bill. The amount is charged, or let go of when it is 0."""
    books = gateway(http).assembly.books
    await _check_its_own(books, run_id, call_id)
    await books.resolve(call_id, amount(decided.usd, "usd"))
    return story_of(await books.show(run_id))


async def _check_its_own(books: Books, run_id: str, call_id: str) -> None:
    story = await books.show(run_id)
    if call_id not in {call.id for call in story.calls}:
        raise UserError(
            f"{run_id} has no call {call_id!r}.",
            code="unknown_attempt",
            field="call_id",
            remedy=f"GET /api/v1/runs/{run_id} lists its calls.",
        )
