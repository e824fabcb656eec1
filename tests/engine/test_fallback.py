"""When a provider fails: who is asked next, what is paid, what is said; counted on the sandbox's bill."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from limner.assembly import Assembly, assemble
from limner.core.errors import AllFailed, Billed, Error, Refused, Unavailable
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.core.results import AttemptState, Result
from limner.engine.events import Event, FellBack, Sending
from limner.engine.journal import LOCAL
from limner.engine.signals import BreakerChanged, CallEnded, RunEnded, Signal
from limner.ledger.entries import Budget, Period
from limner.ledger.sql.budgets import set_budget
from limner.ledger.sql.tables import BUDGETS, ENTRIES
from limner.policy.breaker import State
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.test_faults import CASES, TOO_LONG, Case
from tests.support.clock import SkippingClock
from tests.support.databases import database

PRIMARY = "openai/gpt-image-2.5-flare"
PEAR = Request(Operation.GENERATE, prompt="a pear", model=PRIMARY)
RECOVERY = timedelta(minutes=10)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def settings(sandbox: RunningSandbox, store: str | None = None, **more: object) -> Settings:
    """OpenAI is asked first; of the others only Stability is set up."""
    environ = {
        "OPENAI_API_KEY": "sk-sandbox",
        "OPENAI_BASE_URL": sandbox.url("openai"),
        "STABILITY_API_KEY": sandbox.key("stability"),
        "STABILITY_BASE_URL": sandbox.url("stability"),
    }
    return Settings(environ=environ, store=store, **more)


def fail(sandbox: RunningSandbox, *providers: str, times: int | None = None, status: int = 500) -> None:
    for provider in providers:
        sandbox.faults.plan(
            Fault(FaultKind.STATUS, provider=provider, route="POST *", status=status, times=times)
        )


def asked(sandbox: RunningSandbox, provider: str) -> int:
    """How many calls that could cost something have reached a provider."""
    return sandbox.requests.count(provider, "POST *")


def named(result: Result) -> tuple[str | None, str | None]:
    """Whose place was taken by whom, as the result's notes say it."""
    note = next(note for note in result.notes if note.kind is NoteKind.FALLBACK)
    assert note.used is not None
    assert note.used in note.text
    return note.asked, note.used


@pytest.mark.row("C11")
@pytest.mark.row("C3")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_from_up_to_down_and_back_with_restarts_and_two_processes(
    kind: str, sandbox: RunningSandbox, tmp_path: Path
):
    clock = SkippingClock(patient=True)
    async with AsyncExitStack() as stack:
        store = stack.enter_context(database(kind, tmp_path))
        here = settings(sandbox, store, blobs=str(tmp_path / "blobs"))

        def process() -> Assembly:
            return assemble(here, clock=clock)

        async with process() as one, process() as other:
            # All up: the one that is asked for.
            result = await one.engine.run(PEAR)
            assert (result.model, result.fallback_used) == (PRIMARY, False)
            assert not [note for note in result.notes if note.kind is NoteKind.FALLBACK]
            before = asked(sandbox, "openai")

            # Down: another, named. Three calls failed, in one process; then two in the other.
            fail(sandbox, "openai")
            result = await one.engine.run(PEAR)
            assert (result.provider, result.fallback_used) == ("stability", True)
            assert named(result) == (PRIMARY, result.model)
            assert asked(sandbox, "openai") - before == 3
            result = await other.engine.run(PEAR)
            assert result.fallback_used
            assert asked(sandbox, "openai") - before == 5

            # Five failures: open. The sixth call does not touch it, wherever it is made.
            clock.skip(1)
            for limner in (one, other):
                assert (await limner.engine.run(PEAR)).fallback_used
                (health,) = await limner.health.report(["openai"])
                assert (health.available, health.layer, health.breaker.state) == (
                    False,
                    "breaker",
                    State.OPEN,
                )
            assert asked(sandbox, "openai") - before == 5

        # A restart in between changes nothing.
        async with process() as one:
            assert (await one.engine.run(PEAR)).fallback_used
            assert asked(sandbox, "openai") - before == 5

            # After the recovery time: half-open. The one trial fails: open again.
            clock.skip(RECOVERY.total_seconds())
            assert (await one.engine.run(PEAR)).fallback_used
            assert asked(sandbox, "openai") - before == 6
            assert (await one.engine.run(PEAR)).fallback_used
            assert asked(sandbox, "openai") - before == 6

        # It recovers: of two processes at once one makes the trial, and the breaker closes for both.
        sandbox.faults.clear()
        async with process() as one, process() as other:
            clock.skip(RECOVERY.total_seconds())
            results = await asyncio.gather(one.engine.run(PEAR), other.engine.run(PEAR))
            assert PRIMARY in {result.model for result in results}
            clock.skip(1)
            for limner in (one, other):
                (health,) = await limner.health.report(["openai"])
                assert (health.available, health.breaker.state) == (True, State.CLOSED)
                assert (await limner.engine.run(PEAR)).model == PRIMARY


@pytest.mark.row("C3")
async def test_while_one_call_tries_the_others_of_a_run_wait_and_other_runs_go_elsewhere(
    sandbox: RunningSandbox,
):
    clock = SkippingClock()
    async with assemble(settings(sandbox), clock=clock) as limner:
        fail(sandbox, "openai", times=5)
        for _ in range(2):
            await limner.engine.run(PEAR)
        await clock.sleep(RECOVERY.total_seconds())
        before = asked(sandbox, "openai")
        # One request, split into two calls: the second goes out when the first has shown that it works.
        both = await limner.engine.run(PEAR.replace(n=11))
        assert (len(both.images), both.fallback_used) == (11, False)
        assert asked(sandbox, "openai") - before == 2


@pytest.mark.row("P2")
@pytest.mark.row("P5")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_fault_is_routed_around_only_where_surely_nothing_was_paid(
    case: Case, sandbox: RunningSandbox
):
    fault = Fault(
        case.kind,
        provider="openai",
        route="POST *",
        times=None,
        status=case.status,
        retry_after=case.retry_after,
        size=TOO_LONG,
    )
    sandbox.faults.plan(fault)
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        outcome: Result | Error
        try:
            outcome = await limner.engine.run(PEAR.replace(deadline=case.deadline))
        except Error as error:
            outcome = error
    assert len(sandbox.bill.charges()) <= 1
    if case.billed is Billed.NO:
        assert isinstance(outcome, Result)
        assert named(outcome) == (PRIMARY, outcome.model)
        assert asked(sandbox, "openai") == case.calls
        assert outcome.cost.usd == sandbox.bill.total("stability", "credits") / 100
    else:
        assert isinstance(outcome, case.error)
        assert outcome.billed is case.billed
        assert asked(sandbox, "stability") == 0


async def test_the_trail_names_every_attempt_and_the_events_tell_it(sandbox: RunningSandbox):
    fail(sandbox, "openai")
    events: list[Event] = []
    signals: list[Signal] = []
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        limner.signals.subscribe(signals.append)
        result = await limner.engine.run(PEAR, on_event=events.append)
    states = [(attempt.provider, attempt.state) for attempt in result.attempts]
    assert states == [("openai", AttemptState.FAILED)] * 3 + [("stability", AttemptState.KEPT)]
    assert result.images[0].attempt == 3
    (fell,) = [event for event in events if isinstance(event, FellBack)]
    assert (fell.instead_of, fell.model) == (PRIMARY, result.model)
    assert fell in signals
    assert [event.model for event in events if isinstance(event, Sending)] == [PRIMARY] * 3 + [result.model]
    (ended,) = [signal for signal in signals if isinstance(signal, RunEnded)]
    assert (ended.asked, ended.model, ended.fallback, ended.attempts) == (PRIMARY, result.model, True, 4)
    assert "pear" not in repr(signals)


async def test_a_failure_and_its_breakers_are_written_side_by_side(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    """So that one commit of the store takes both: here the row waits for the breakers, and nobody hangs."""
    async with assemble(settings(sandbox), clock=SkippingClock(patient=True)) as limner:
        told, failed = asyncio.Event(), limner.journal.failed
        limner.signals.subscribe(lambda signal: told.set() if isinstance(signal, CallEnded) else None)

        async def patient(attempt: str, error: Error) -> None:
            async with asyncio.timeout(30):
                await told.wait()
            await failed(attempt, error)

        monkeypatch.setattr(limner.journal, "failed", patient)
        fail(sandbox, "openai")
        result = await limner.engine.run(PEAR)
    assert result.fallback_used
    assert [attempt.error is None for attempt in result.attempts] == [False] * 3 + [True]


async def test_a_breaker_that_opens_is_told_once(sandbox: RunningSandbox):
    fail(sandbox, "openai")
    signals: list[Signal] = []
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        limner.signals.subscribe(signals.append)
        for _ in range(3):
            await limner.engine.run(PEAR)
    changed = [signal for signal in signals if isinstance(signal, BreakerChanged)]
    assert [(each.operation, each.after) for each in changed] == [
        (None, State.OPEN),
        ("generate", State.OPEN),
    ]


@pytest.mark.row("P5")
async def test_a_refusal_is_final_unless_the_caller_says_otherwise(sandbox: RunningSandbox):
    bad = PEAR.replace(prompt="forbidden-violence")
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        with pytest.raises(Refused):
            await limner.engine.run(bad)
        assert asked(sandbox, "stability") == 0
        with pytest.raises(Error) as raised:  # the other one refuses it too
            await limner.engine.run(bad.replace(fallback_on_refusal=True))
    assert isinstance(raised.value, AllFailed)
    assert asked(sandbox, "stability") == 1
    assert raised.value.billed is Billed.NO


async def test_without_leave_nobody_else_is_asked(sandbox: RunningSandbox):
    fail(sandbox, "openai")
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        alone = PEAR.replace(allow_fallback=False)
        for code in ("provider_unavailable", "provider_unavailable", "breaker_open"):
            with pytest.raises(Unavailable) as raised:
                await limner.engine.run(alone)
            assert raised.value.code == code
            assert raised.value.billed is Billed.NO
        assert raised.value.retry_after == pytest.approx(RECOVERY.total_seconds(), abs=60)
    assert (asked(sandbox, "openai"), asked(sandbox, "stability")) == (5, 0)


async def test_when_everybody_fails_all_are_named(sandbox: RunningSandbox):
    fail(sandbox, "openai", "stability")
    async with assemble(settings(sandbox), clock=SkippingClock()) as limner:
        with pytest.raises(AllFailed) as raised:
            await limner.engine.run(PEAR)
    assert raised.value.billed is Billed.NO
    assert [getattr(error, "provider", None) for error in raised.value.errors] == ["openai", "stability"]
    assert PRIMARY in raised.value.message
    assert not sandbox.bill.charges()


@pytest.mark.row("P4")
async def test_each_candidate_is_reserved_anew_and_the_hold_before_it_let_go(
    sandbox: RunningSandbox, tmp_path: Path
):
    with database("sqlite", tmp_path) as store:
        async with assemble(settings(sandbox, store), clock=SkippingClock(patient=True)) as limner:
            assert limner.memory is not None
            db, now = limner.memory.store.database, limner.clock.now()
            budget = Budget(LOCAL.owners[0], Period.TOTAL, usd=Decimal("0.25"))
            await db.write(lambda connection: set_budget(connection, budget, now))
            fail(sandbox, "openai")
            # The first hold leaves no room for a second beside it: one must go before the other comes.
            result = await limner.engine.run(PEAR)
            used = await db.read(lambda connection: connection.scalar(select(BUDGETS.c.used_usd)))
            entries = await db.read(
                lambda connection: connection.execute(select(ENTRIES.c.provider, ENTRIES.c.state)).all()
            )
    assert used == result.cost.usd
    assert sorted(map(tuple, entries)) == [("openai", "failed")] * 3 + [("stability", "charged")]


async def test_what_the_budget_has_no_room_for_is_passed_over(sandbox: RunningSandbox, tmp_path: Path):
    with database("sqlite", tmp_path) as store:
        async with assemble(settings(sandbox, store), clock=SkippingClock(patient=True)) as limner:
            assert limner.memory is not None
            fail(sandbox, "openai", times=3)
            capped = PEAR.replace(max_cost=Decimal("0.0001"))
            with pytest.raises(Refused):
                await limner.engine.run(capped)
            assert asked(sandbox, "openai") == asked(sandbox, "stability") == 0
