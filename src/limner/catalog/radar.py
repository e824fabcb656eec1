"""Which models are going away, what takes their place, and which facts are old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from limner.catalog.catalog import Catalog, alive
from limner.catalog.typical import typical_price
from limner.core.models import Lifecycle, Model
from limner.core.money import dollars
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation

SOON: Final = 90
"""Days before its last one from which a model is warned of."""
OLD: Final = 90
"""Days after which a model's facts are read again."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A model that is going away, or is gone."""

    model: Model
    days: int | None
    """Until its last day; below 0: it is over. Absent: it is retired or retiring, and no day is published."""
    successor: Model | None
    """The first living one in its line. Absent: there is none."""
    difference: Decimal | None
    """US dollars that the successor costs more for a typical picture; below 0: less. Absent: not known."""

    @property
    def gone(self) -> bool:
        """Whether it no longer answers."""
        return self.model.lifecycle is Lifecycle.RETIRED or (self.days is not None and self.days < 0)

    @property
    def when(self) -> str:
        """Its last day, for a person."""
        last = self.model.shutdown_on
        if last is None:
            return "gone" if self.gone else "no day published"
        if self.days is None or self.days < 0:
            return f"gone since {last}"
        return f"{last} (today)" if self.days == 0 else f"{last} (in {self.days} days)"


def leaving(catalog: Catalog, *, today: date, within: int = SOON, gone: bool = False) -> tuple[Leaving, ...]:
    """The models that are going away, the most urgent first.

    Args:
        catalog: what exists.
        today: the caller's day.
        within: only those whose last day is at most so many days away.
        gone: those too that no longer answer.

    Example:
        >>> from limner.catalog.load import load
        >>> all(
        ...     0 <= one.days <= 90
        ...     for one in leaving(load(), today=date(2026, 11, 21))
        ...     if one.days is not None
        ... )
        True
    """
    found = [one for model in catalog.all() if (one := going(model, catalog, today=today)) is not None]
    wanted = [one for one in found if (gone if one.gone else one.days is None or one.days <= within)]
    return tuple(sorted(wanted, key=lambda one: (one.days is None, one.days or 0, one.model.id)))


def going(model: Model, catalog: Catalog, *, today: date) -> Leaving | None:
    """What is known of a model's end. `None`: nothing is announced."""
    if model.lifecycle not in {Lifecycle.RETIRED, Lifecycle.RETIRING} and model.shutdown_on is None:
        return None
    days = None if model.shutdown_on is None else (model.shutdown_on - today).days
    heir = catalog.successor(model, today=today)
    return Leaving(model, days, heir, None if heir is None else dearer(model, heir))


def dearer(model: Model, heir: Model) -> Decimal | None:
    """How much more a typical picture costs with the successor, in US dollars.

    Args:
        model: the one that goes.
        heir: the one that takes its place.

    Returns:
        Below 0: it costs less. `None`: they share no operation, or a price is not known.
    """
    shared = next((operation for operation in model.abilities if heir.can(operation)), None)
    if shared is None:
        return None
    before, after = _usd(model, shared), _usd(heir, shared)
    return None if before is None or after is None else after - before


def replaced(model: Model, heir: Model) -> Note:
    """Say that a successor does what a dead model was asked for.

    Args:
        model: the one that was named.
        heir: the one that takes its place.
    """
    since = f" since {model.shutdown_on}" if model.shutdown_on else ""
    text = f"{model.id} no longer answers{since}. {heir.id} takes its place, {_difference(model, heir)}."
    return Note(NoteKind.LIFECYCLE, text, field="model", asked=model.id, used=heir.id)


def _difference(model: Model, heir: Model) -> str:
    more = dearer(model, heir)
    if more is None:
        return "for a price that cannot be compared"
    if more == 0:
        return "for the same price"
    return f"about {dollars(abs(more))} {'more' if more > 0 else 'less'} for a usual picture"


def stale(models: Iterable[Model], *, today: date, after: int = OLD) -> tuple[Model, ...]:
    """The living models whose facts were last checked more than so many days ago, the oldest first.

    Example:
        >>> from limner.catalog.load import load
        >>> stale(load().all(), today=date(2026, 11, 21))
        ()
    """
    old = [model for model in models if alive(model, today) and (today - model.checked_on).days > after]
    return tuple(sorted(old, key=lambda model: (model.checked_on, model.id)))


def _usd(model: Model, operation: Operation) -> Decimal | None:
    price = typical_price(model, operation)
    return None if price is None else price.usd
