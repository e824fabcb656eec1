"""The breaker, held to a simple reference over random histories, and what counts as a provider's fault."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from limner.core.errors import (
    BadRequest,
    Billed,
    Cancelled,
    Error,
    ImageProcessing,
    Malformed,
    OutcomeUnknown,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    StoreFailed,
    TimedOut,
    Unauthorized,
    Unavailable,
    UserError,
)
from limner.policy import pair as pairs
from limner.policy.breaker import State, Thresholds, is_fault
from limner.policy.pair import Pair

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
THRESHOLDS = Thresholds(failures=3, window=timedelta(seconds=100), recovery=timedelta(seconds=60))


@dataclass
class Reference:
    """One breaker as one would write it down on paper: seconds, and a mode that changes."""

    clears: bool
    failures: list[int] = field(default_factory=list)
    opened: int | None = None
    trial: tuple[str, int] | None = None

    def mode(self, now: int) -> str:
        if self.opened is None:
            return "closed"
        return "half_open" if now - self.opened >= 60 else "open"

    def busy(self, now: int) -> bool:
        return self.trial is not None and now < self.trial[1]

    def fail(self, now: int, trial: str | None) -> None:
        if self.opened is None:
            self.failures.append(now)
            if len([at for at in self.failures if now - at < 100]) >= 3:
                self.opened, self.trial = now, None
        elif self.trial is not None and self.trial[0] == trial:
            self.opened, self.trial = now, None

    def succeed(self, trial: str | None) -> None:
        if self.opened is None:
            if self.clears:
                self.failures.clear()
        elif self.trial is not None and self.trial[0] == trial:
            self.failures.clear()
            self.opened = self.trial = None


class Histories(RuleBasedStateMachine):
    """Calls begin, pass or are refused, and end in any order; time goes on between them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.pair = Pair()
        self.references = (Reference(clears=True), Reference(clears=False))
        self.calls: list[str | None] = []
        """Under way: the trial each one is, or `None`."""
        self.trials = 0

    @property
    def moment(self) -> datetime:
        return NOON + timedelta(seconds=self.now)

    @rule(seconds=st.sampled_from([0, 1, 30, 59, 60, 61, 99, 100, 101]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def begin(self) -> None:
        """A call asks for leave; the reference says by itself whether it is to get it."""
        modes = [each.mode(self.now) for each in self.references]
        busy = any(each.busy(self.now) for each in self.references)
        state = self.pair.state(self.moment, THRESHOLDS)
        if "open" in modes:
            assert state is State.OPEN
        elif "half_open" in modes:
            assert state is State.HALF_OPEN
            self.trials += 1
            name = f"trial_{self.trials}"
            claimed = pairs.claimed(self.pair, self.moment, THRESHOLDS, trial=name)
            assert (claimed is None) == busy
            if claimed is not None:
                self.pair = claimed
                for each in self.references:
                    if each.mode(self.now) == "half_open":
                        each.trial = (name, self.now + 60)
                self.calls.append(name)
        else:
            assert state is State.CLOSED
            self.calls.append(None)

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), end=st.sampled_from(["fail", "fail", "fail", "succeed", "withdraw", "die"]))
    def end(self, data: st.DataObject, end: str) -> None:
        """Any call under way ends; one that dies tells nobody."""
        trial = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        if end == "fail":
            self.pair = pairs.failed(self.pair, self.moment, THRESHOLDS, trial=trial)
            for each in self.references:
                each.fail(self.now, trial)
        elif end == "succeed":
            self.pair = pairs.succeeded(self.pair, trial=trial)
            for each in self.references:
                each.succeed(trial)
        elif end == "withdraw" and trial is not None:
            self.pair = pairs.withdrawn(self.pair, trial=trial)
            for each in self.references:
                if each.trial is not None and each.trial[0] == trial:
                    each.trial = None

    @invariant()
    def stands_as_the_reference(self) -> None:
        for breaker, reference in zip(self.pair.both, self.references, strict=True):
            assert breaker.state(self.moment, THRESHOLDS).value == reference.mode(self.now)
            if reference.opened is None:
                recent = [at for at in reference.failures if self.now - at < 100]
                assert breaker.recent(self.moment, THRESHOLDS) == len(recent)

    @invariant()
    def never_remembers_more_than_it_needs(self) -> None:
        assert all(len(breaker.failures) <= THRESHOLDS.failures for breaker in self.pair.both)


TestHistories = pytest.mark.row("C3")(Histories.TestCase)


FAULTS = [
    Unavailable("Down.", provider="x"),
    Malformed("Noise.", provider="x"),
    TimedOut("Slow.", provider="x"),
    OutcomeUnknown("Lost.", provider="x"),
    ProviderError("Odd.", provider="x", status=500),
    RateLimited("Overloaded.", provider="x", status=529),
]
NO_FAULTS = [
    UserError("No.", code="x", remedy=""),
    Refused("No.", stage=Stage.MODERATION, remedy="", provider="x", status=400),
    ImageProcessing("No.", remedy=""),
    BadRequest("No.", provider="x", status=400),
    Unauthorized("No.", provider="x", status=401),
    OutOfCredit("No.", provider="x", status=402),
    RateLimited("No.", provider="x", status=429),
    ProviderError("No.", provider="x", status=404),
    Cancelled("No.", billed=Billed.NO),
    StoreFailed("No.", code="store_full", remedy=""),
]


@pytest.mark.row("C3")
@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_what_is_the_providers_own_fault(error: Error):
    assert is_fault(error, patience=600.0)


@pytest.mark.row("C3")
@pytest.mark.parametrize("error", NO_FAULTS, ids=lambda error: type(error).__name__)
def test_what_is_not(error: Error):
    assert not is_fault(error, patience=600.0)


@pytest.mark.row("C3")
@pytest.mark.parametrize("kind", [TimedOut, OutcomeUnknown])
def test_one_hurried_caller_cannot_open_the_breaker_for_all(kind: type[Error]):
    assert not is_fault(kind("Slow.", provider="x"), patience=0.1)  # pyright: ignore[reportCallIssue]
