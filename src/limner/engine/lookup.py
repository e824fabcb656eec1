"""A submission that was never answered, looked for by its name, or else in the vendor's own list.

It is adopted only where it is surely ours. What is not in the list stays unknown: it may be listed
late, or be older than what is shown.
"""

from datetime import datetime
from typing import Final

from limner.catalog.quote import price_for
from limner.core.adapter import Order, Pending, Ticket
from limner.core.errors import Again, Billed, Error, Malformed, OutcomeUnknown, ProviderError, Unavailable
from limner.core.models import Hosting
from limner.core.optional import Finds, Traces
from limner.core.prices import Free
from limner.core.results import AttemptState
from limner.engine.journal import AttemptRow, Journal
from limner.engine.line import Line
from limner.transport.faults import Fault

_OPEN: Final = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})


async def looked_up(line: Line, journal: Journal, row: AttemptRow, now: datetime, error: Error) -> Pending:
    """Find out what became of a call whose answer was lost.

    Args:
        line: to the provider, with the order as it was sent and named.
        journal: knows which work is other attempts'.
        row: the attempt.
        now: by the engine's clock.
        error: how the answer was lost.

    Returns:
        The work, to be polled like any other.

    Raises:
        Error: as given, where the vendor has no list, cannot be asked now, or does not list it.
        OutcomeUnknown: likewise, with what the list says, where it is all that is known.
    """
    adapter = line.adapter
    if not _is_lost(error):
        raise error
    trace = adapter.trace(line.job.order) if isinstance(adapter, Traces) else None
    if trace is not None:
        return Pending(trace, delay=0)
    if not isinstance(adapter, Finds):
        raise error
    found = await _alike(line, adapter, (now - row.at).total_seconds())
    if found is None:
        raise error
    # Asked only now: work in the list has been begun before, so whoever began it here is in the rows.
    rivals = await journal.rivals(row)
    taken = {task for rival in rivals for task in _tasks(rival)}
    mine = [ticket for ticket in found if ticket.task not in taken]
    if not mine:
        raise _told(line, error, "nothing in its list of recent work is it")
    if len(mine) > 1 or any(rival.state in _OPEN for rival in rivals):
        names = ", ".join(ticket.task for ticket in mine)
        raise _told(line, error, f"each of these may be it, or another run's: {names}")
    return Pending(mine[0], delay=0, request_id=mine[0].task)


def left_behind(line: Line, error: OutcomeUnknown) -> Error:
    """What to say of a call whose process ended before its answer was kept, and that nobody finds.

    Where it cost nothing it may be made anew, as what is painted here is.
    """
    if not costless(line.job.order):
        return error
    return ProviderError(
        error.message, provider=error.provider, model=error.model, again=Again.SAME, billed=Billed.NO
    )


def costless(order: Order) -> bool:
    """Whether an order costs nothing, however it ends: it goes to a server of one's own that is free."""
    tariffed = price_for(order.model, order.request)
    return order.model.hosting is Hosting.OWN and tariffed is not None and isinstance(tariffed.rule, Free)


def _is_lost(error: Error) -> bool:
    lost = isinstance(error, OutcomeUnknown | Unavailable | Malformed)
    return lost and error.billed is Billed.UNKNOWN


def _told(line: Line, error: Error, why: str) -> Error:
    """The error with what the list says; one that has facts of its own keeps them."""
    return line.unknown(f"no answer came, and {why}") if isinstance(error, OutcomeUnknown) else error


async def _alike(line: Line, adapter: Finds, seconds: float) -> tuple[Ticket, ...] | None:
    """What the list has. `None`: it cannot be had now."""
    try:
        reply = await line.transport.send(
            adapter.lately(line.job.order), line.adapter.profile, line.credential
        )
        return adapter.alike(reply, line.job.order, seconds) if reply.ok else None
    except (Fault, Error):
        return None


def _tasks(row: AttemptRow) -> set[str]:
    """The provider's names for an attempt's work."""
    return {task for task in (row.ticket and row.ticket.task, row.request_id) if task}
