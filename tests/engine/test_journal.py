"""One suite for every journal: in memory, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from limner.core.adapter import Artifact, Done, Ticket
from limner.core.errors import (
    Billed,
    Cancelled,
    Error,
    ImageProcessing,
    OutcomeUnknown,
    RateLimited,
    StoreFailed,
    TimedOut,
    UserError,
)
from limner.core.ids import new_id
from limner.core.money import NO_COST, Certainty, Money, Price
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request
from limner.core.results import Attempt, AttemptState, Image, Measured, Result
from limner.engine.journal import AttemptRow, Caller, Held, Journal, RunRow, RunState
from limner.engine.memory import MemoryJournal
from limner.engine.sql.journal import SqlJournal
from limner.storage.store import open_store
from tests.support.clock import SkippingClock
from tests.support.databases import database

ADA = Caller("tenant", "ada", ("group:painters",))
REQUEST = Request(
    Operation.ERASE,
    images=(Picture(b"picture", "image/png", Size(4, 3), "a.png"),),
    mask=Mask(Picture(b"mask"), feather=2.0),
    max_cost=Decimal("0.10"),
    options={"moderation": "low"},
)
PRICE = Price(Certainty.ESTIMATED, Money(Decimal("0.04")), Decimal("0.04"), Decimal("0.05"), "1 image")
HELD = Held("openai/gpt-image-2", 7, PRICE)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    clock = SkippingClock(patient=True)
    if request.param == "memory":
        yield MemoryJournal(clock)
        return
    with database(request.param, tmp_path) as url:
        async with sql_journal(url, tmp_path, clock) as sql:
            yield sql


@asynccontextmanager
async def sql_journal(
    url: str, folder: Path, clock: SkippingClock | None = None
) -> AsyncIterator[SqlJournal]:
    """As a process of its own would have it."""
    store = open_store(url, blobs=str(folder / "blobs"), floor=0)
    journal = SqlJournal(store.database, store.blobs, clock or SkippingClock(patient=True))
    try:
        yield journal
    finally:
        await journal.aclose()
        await store.aclose()


async def begun(journal: Journal, request: Request = REQUEST) -> RunRow:
    row = await journal.open(request, ADA)
    assert isinstance(row, RunRow)
    return row


async def attempted(journal: Journal, run: RunRow, index: int = 0) -> AttemptRow:
    row = AttemptRow(
        id=new_id("attempt"),
        run=run.id,
        index=index,
        provider="openai",
        model=HELD.model,
        state=AttemptState.SENDING,
        at=run.at,
        sent={"prompt": "a pear"},
    )
    await journal.sending(row)
    return row


def result(run: RunRow) -> Result:
    picture = Picture(b"painted", "image/png", Size(4, 3))
    measured = Measured(Size(4, 3), "image/png", 7, changed_outside_mask=0, outside_mask=9, seam=0.5)
    failed = RateLimited("Slow down.", provider="openai", retry_after=2.0, billed=Billed.NO)
    attempts = (
        Attempt("a1", "openai", HELD.model, AttemptState.FAILED, NO_COST, 0.1, error=failed),
        Attempt("a2", "openai", HELD.model, AttemptState.KEPT, NO_COST, 0.2, "req_1", sent={"n": 1}),
    )
    return Result(
        id=run.id,
        provider="openai",
        model=HELD.model,
        images=(Image(picture, measured, seed=3, attempt=1),),
        cost=NO_COST,
        quote=PRICE,
        notes=(Note(NoteKind.ADAPTED, "It was adapted.", "size", "1", "2"),),
        attempts=attempts,
        request=REQUEST,
    )


async def test_a_run_is_found_as_it_was_written(journal: Journal):
    run = await begun(journal)
    await journal.reserve(run, HELD)
    attempt = await attempted(journal, run)
    ticket = Ticket("task", "/check", cancel="/cancel", extra={"a": "b"})
    await journal.sent(attempt.id, ticket, "req_1")
    found = await journal.find(run.id)
    assert found is not None
    assert (found.request, found.caller, found.state, found.held) == (REQUEST, ADA, RunState.OPEN, HELD)
    (row,) = found.attempts
    assert (row.state, row.ticket, row.request_id, row.sent) == (
        AttemptState.SENT,
        ticket,
        "req_1",
        {"prompt": "a pear"},
    )
    assert await journal.find("run_nobody") is None


async def test_what_is_kept_is_given_back(journal: Journal):
    run = await begun(journal)
    attempt = await attempted(journal, run)
    done = Done((Artifact(b"", seed=5), Artifact(b"", flagged=True)), missing=("one",), request_id="req_2")
    await journal.keep(attempt.id, done, (b"first", b"second"))
    kept = await journal.kept(attempt.id)
    assert [artifact.source for artifact in kept.artifacts] == [b"first", b"second"]
    assert (kept.artifacts[0].seed, kept.artifacts[1].flagged, kept.missing) == (5, True, ("one",))
    found = await journal.find(run.id)
    assert found is not None
    assert found.attempts[0].state is AttemptState.KEPT


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RateLimited("Slow.", provider="openai", billed=Billed.NO), AttemptState.FAILED),
        (OutcomeUnknown("Lost.", provider="openai"), AttemptState.UNKNOWN),
    ],
)
async def test_a_failure_keeps_its_facts(journal: Journal, error: Error, state: AttemptState):
    run = await begun(journal)
    attempt = await attempted(journal, run)
    await journal.failed(attempt.id, error)
    found = await journal.find(run.id)
    assert found is not None
    (row,) = found.attempts
    assert row.error is not None
    assert (row.state, type(row.error), str(row.error)) == (state, type(error), str(error))


@pytest.mark.row("P2")
async def test_the_same_key_gives_the_first_result(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await journal.finish(run.id, result(run))
    again = await journal.open(request, ADA)
    assert isinstance(again, Result)
    assert (again.id, again.images, again.notes) == (run.id, result(run).images, result(run).notes)
    assert str(again.attempts[0].error) == str(result(run).attempts[0].error)
    assert isinstance(await journal.open(request, Caller("tenant", "bob")), RunRow)
    with pytest.raises(UserError) as raised:
        await journal.open(request.replace(n=2), ADA)
    assert raised.value.code == "idempotency_conflict"


@pytest.mark.row("P2")
async def test_the_same_key_at_the_same_time_waits_for_the_first(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    waiting = asyncio.create_task(journal.open(request, ADA))
    await asyncio.sleep(0)
    await journal.finish(run.id, result(run))
    again = await waiting
    assert isinstance(again, Result)
    assert again.id == run.id


async def test_a_key_whose_run_bought_nothing_is_free_again(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await journal.finish(run.id, RateLimited("Slow.", provider="openai", billed=Billed.NO))
    assert isinstance(await journal.open(request, ADA), RunRow)


@pytest.mark.row("P2")
async def test_a_key_whose_run_may_have_been_paid_is_not(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await journal.finish(run.id, OutcomeUnknown("Lost.", provider="openai"))
    with pytest.raises(OutcomeUnknown):
        await journal.open(request, ADA)


async def test_a_closed_run_answers_a_claim_with_its_outcome(journal: Journal):
    run = await begun(journal)
    await journal.finish(run.id, result(run))
    claimed = await journal.claim(run.id)
    assert isinstance(claimed, Result)
    with pytest.raises(UserError) as raised:
        await journal.claim("run_nobody")
    assert raised.value.code == "unknown_run"


async def test_a_run_whose_ticket_is_good_can_be_claimed_after_it_timed_out(journal: Journal):
    run = await begun(journal)
    attempt = await attempted(journal, run)
    await journal.sent(attempt.id, Ticket("task", "/check"), None)
    await journal.finish(run.id, TimedOut("Too long.", provider="openai"))
    claimed = await journal.claim(run.id)
    assert isinstance(claimed, RunRow)
    assert claimed.state is RunState.OPEN
    assert claimed.attempts[0].ticket == Ticket("task", "/check")


async def test_the_key_stays_the_callers_whatever_they_belong_to(journal: Journal):
    request = REQUEST.replace(idempotency_key="k" * 5000)
    run = await begun(journal, request)
    await journal.finish(run.id, result(run))
    again = await journal.open(request, Caller("tenant", "ada", ("group:others", "key:1")))
    assert isinstance(again, Result)


@pytest.mark.row("P2")
async def test_the_same_key_goes_on_with_a_run_that_timed_out(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    attempt = await attempted(journal, run)
    await journal.sent(attempt.id, Ticket("task", "/check"), None)
    await journal.finish(run.id, TimedOut("Too long.", provider="openai"))
    again = await journal.open(request, ADA)
    assert isinstance(again, RunRow)
    assert (again.id, again.attempts[0].ticket) == (run.id, Ticket("task", "/check"))
    await journal.finish(run.id, result(run))
    assert isinstance(await journal.open(request, ADA), Result)


@pytest.mark.row("P2")
async def test_a_key_is_not_empty(journal: Journal):
    with pytest.raises(UserError) as raised:
        await journal.open(REQUEST.replace(idempotency_key=""), ADA)
    assert raised.value.code == "empty_key"


async def test_a_run_that_was_let_go_is_carried_on_under_its_key(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await attempted(journal, run)
    await journal.pause(run.id, StoreFailed("Full.", code="store_full", remedy=""), paid=True)
    again = await journal.open(request, ADA)
    assert isinstance(again, RunRow)
    assert again.id == run.id
    assert [row.state for row in again.attempts] == [AttemptState.SENDING]


async def test_a_run_of_which_nothing_was_sent_is_closed_when_it_is_let_go(journal: Journal):
    run = await begun(journal)
    await journal.pause(run.id, StoreFailed("Full.", code="store_full", remedy=""), paid=False)
    with pytest.raises(StoreFailed, match="Full"):
        await journal.claim(run.id)


async def test_what_could_not_be_finished_is_handed_over_whenever_it_is_asked_for(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await journal.reserve(run, HELD)
    attempt = await attempted(journal, run)
    await journal.keep(attempt.id, Done((Artifact(b""), Artifact(b""))), (b"first", b"second"))
    broken = ImageProcessing("Its palette is gone.", remedy="", billed=Billed.YES, kept=(b"first",))
    await journal.finish(run.id, broken)
    for again in (journal.claim(run.id), journal.open(request, ADA)):
        with pytest.raises(ImageProcessing) as raised:
            await again
        assert raised.value.kept[0] == b"first"


async def test_a_run_that_may_be_paid_for_is_not_closed_by_whoever_does_not_know(journal: Journal):
    request = REQUEST.replace(idempotency_key="k")
    run = await begun(journal, request)
    await journal.reserve(run, HELD)
    await attempted(journal, run)
    gone = Cancelled("The caller left.", billed=Billed.NO)
    await journal.pause(run.id, gone, paid=False)
    again = await journal.open(request, ADA)
    assert isinstance(again, RunRow)
    assert (again.id, len(again.attempts)) == (run.id, 1)


async def test_attempts_keep_their_order_within_a_millisecond(journal: Journal):
    run = await begun(journal)
    made = [(await attempted(journal, run)).id for _ in range(20)]
    found = await journal.find(run.id)
    assert found is not None
    assert [row.id for row in found.attempts] == made
    latest = found.latest(HELD.model, 0)
    assert latest is not None
    assert latest.id == made[-1]


async def test_what_a_vendor_says_at_length_is_kept(journal: Journal):
    run = await begun(journal)
    attempt = await attempted(journal, run)
    await journal.sent(attempt.id, Ticket("t" * 3000, "/check"), "req" * 1000)
    twins = Done((Artifact(b""), Artifact(b"")), request_id="req" * 1000)
    await journal.keep(attempt.id, twins, (b"twin", b"twin"))
    await journal.keep(attempt.id, twins, (b"twin", b"twin"))
    found = await journal.find(run.id)
    assert found is not None
    assert found.attempts[0].request_id == "req" * 1000


# Several processes on one store
