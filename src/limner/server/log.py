"""One line a request, and one a change that somebody should know of. No prompt, no picture, no key."""

import sys

import structlog

from limner.core.money import plain
from limner.engine.events import BudgetReached, FellBack
from limner.engine.signals import BreakerChanged, RetiringUsed, RunEnded, Signal
from limner.policy.breaker import State


def write_lines() -> None:
    """Have the process log to standard error: lines of JSON, or for a person where it is a terminal."""
    person = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if not person else structlog.processors.StackInfoRenderer(),
            structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Log:
    """Writes down what an operator should be able to look up. A watcher of `Signals`."""

    def __init__(self) -> None:
        """Write to where the process logs."""
        self._log = structlog.get_logger("limner.requests")

    def hear(self, signal: Signal) -> None:
        """Write it down."""
        match signal:
            case RunEnded():
                self._run(signal)
            case BreakerChanged():
                self._breaker(signal)
            case FellBack():
                self._log.info("fallback", run=signal.run, instead_of=signal.instead_of, model=signal.model)
            case BudgetReached():
                reached = signal.threshold
                self._log.warning("budget", owner=reached.budget.owner, share=str(reached.share))
            case RetiringUsed():
                shutdown = signal.shutdown_on and signal.shutdown_on.isoformat()
                self._log.warning(
                    "retiring", model=signal.model, shutdown_on=shutdown, successor=signal.successor
                )
            case _:
                pass

    def _run(self, run: RunEnded) -> None:
        usd = None if run.cost is None or run.cost.usd is None else plain(run.cost.usd)
        facts = {
            "run": run.run,
            "tenant": run.tenant,
            "user": run.user,
            "operation": run.operation.value,
            "asked": run.asked,
            "provider": (run.model or "").partition("/")[0] or None,
            "model": run.model,
            "availability": run.availability or None,
            "fallback": run.fallback,
            "attempts": run.attempts,
            "images": run.images,
            "seconds": round(run.seconds, 3),
            "usd": usd,
            "code": None if run.error is None else run.error.code,
            "billed": None if run.error is None else run.error.billed.value,
        }
        self._log.info("request", **{name: value for name, value in facts.items() if value is not None})

    def _breaker(self, change: BreakerChanged) -> None:
        write = self._log.warning if change.after is State.OPEN else self._log.info
        write(
            "breaker",
            provider=change.provider,
            operation=change.operation,
            before=change.before.value,
            after=change.after.value,
            failures=change.failures,
            retry_at=None if change.retry_at is None else change.retry_at.isoformat(),
        )
