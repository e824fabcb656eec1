"""The models by name: full id, bare name, alias or snapshot; and why a name leads nowhere."""

import dataclasses
import difflib
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from limner.core.errors import UserError
from limner.core.models import Lifecycle, Model, Retired
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation

_MOST_SUGGESTIONS: Final = 3
_WARN_DAYS: Final = 90
_FEW_DAYS: Final = 30
_LAST_DAYS: Final = 7


def alive(model: Model, today: date) -> bool:
    """Whether it still answers; on its last day it does."""
    if model.lifecycle is Lifecycle.RETIRED:
        return False
    return model.shutdown_on is None or today <= model.shutdown_on


def lifecycle_note(model: Model, today: date) -> Note | None:
    """Warn of a model that is going away: from 90 days before, more urgently from 30 and from 7.

    Args:
        model: the one in use.
        today: the caller's day.

    Returns:
        The note; `None` when nothing is announced, or it is further away than 90 days.
    """
    if model.shutdown_on is None:
        if model.lifecycle is not Lifecycle.RETIRING:
            return None
        return _going(model, f"{model.id} is being retired; no last day is published.")
    days = (model.shutdown_on - today).days
    if not 0 <= days <= _WARN_DAYS:
        return None
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    urge = "Change over now: " if days <= _LAST_DAYS else "Change over soon: " if days <= _FEW_DAYS else ""
    return _going(model, f"{urge}{model.id} answers for the last time on {model.shutdown_on}, {when}.")


def _going(model: Model, text: str) -> Note:
    heir = f" {model.successor} takes its place." if model.successor else ""
    return Note(NoteKind.LIFECYCLE, f"{text}{heir}", field="model", asked=model.id, used=model.successor)


class Catalog:
    """All models that are known, and the aliases that lead to them.

    Example:
        >>> from limner.catalog.load import load
        >>> load().find("gpt-image-2", provider="openai", today=date(2026, 11, 21)).id
        'openai/gpt-image-2'
    """

    def __init__(
        self,
        models: Iterable[Model],
        aliases: Mapping[str, tuple[str, ...]] | None = None,
        *,
        retired: Retired | None = None,
    ) -> None:
        """Index the models.

        Args:
            models: in any order; ids are unique.
            aliases: names that lead to models, the preferred first. Absent: none.
            retired: what the user's file says is to become of names of dead models. Absent: nothing.
        """
        self.retired = retired
        ranked = sorted(models, key=lambda model: (model.priority, model.id))
        self._models: Mapping[str, Model] = MappingProxyType({model.id: model for model in ranked})
        self.aliases: Mapping[str, tuple[str, ...]] = MappingProxyType(dict(aliases or {}))
        self._names = _index(ranked)

    def all(self) -> tuple[Model, ...]:
        """Every model, dead ones too, by priority and then by id."""
        return tuple(self._models.values())

    def providers(self) -> tuple[str, ...]:
        """The slugs of all providers that have models, in order."""
        return tuple(sorted({model.provider for model in self._models.values()}))

    def for_operation(self, operation: Operation, *, today: date) -> tuple[Model, ...]:
        """The living models that carry an operation out, natively or by other means, by priority."""
        return tuple(model for model in self.all() if model.can(operation) and alive(model, today))

    def get(self, name: str) -> Model | None:
        """Look up a full id or `provider/snapshot`, dead or alive. `None`: there is no such model."""
        name = _key(name)
        if name in self._models:
            return self._models[name]
        provider, slash, rest = name.partition("/")
        if not slash:
            return None
        return next((model for model in self._named(rest) if model.provider == provider), None)

    def successor(self, model: Model, *, today: date) -> Model | None:
        """The first living model in the chain of successors. `None`: the vendor names none that lives."""
        seen = {model.id}
        heir = self.get(model.successor) if model.successor else None
        while heir is not None and heir.id not in seen:
            if alive(heir, today):
                return heir
            seen.add(heir.id)
            heir = self.get(heir.successor) if heir.successor else None
        return None

    def candidates(self, name: str, *, provider: str | None = None) -> tuple[Model, ...]:
        """Everything a name may mean, the likeliest first, dead models included.

        Args:
            name: a full id, a bare name, an alias or a snapshot, in any case.
            provider: only this provider's. Absent: any.
        """
        key = _key(name)
        if key in self.aliases:
            targets = (self.get(target) for target in self.aliases[key])
            found = tuple(model for model in targets if model is not None)
        elif (model := self.get(key)) is not None:
            found = (model,)
        else:
            found = self._named(key)
        return tuple(model for model in found if provider in {None, model.provider})

    def find(
        self,
        name: str,
        *,
        provider: str | None = None,
        operation: Operation | None = None,
        today: date,
        reachable: Collection[str] | None = None,
    ) -> Model:
        """Find the one model a name means.

        An alias means the first of its models that lives and can do the operation. A bare name that
        several providers use means the one tried first (`Model.priority`) among the living.

        Args:
            name: a full id `provider/name`, a bare name, an alias or a snapshot, in any case.
            provider: only this provider's. Absent: any.
            operation: what it must be able to do. Absent: anything.
            today: the caller's day; models past their last day are dead.
            reachable: the providers that are set up; they go before the others where a name may mean
                several models. Absent: all are alike.

        Raises:
            UserError: `unknown_model`, `ambiguous_model`, `retired_model` or `unsupported_operation`,
                with `suggestions` that would work.
        """
        found = self.candidates(name, provider=provider)
        if not found:
            raise self._unknown(name, provider, today)
        living = tuple(model for model in found if alive(model, today))
        if not living:
            raise self._retired(found[0], today)
        able = living
        if operation is not None:
            able = tuple(model for model in living if model.can(operation))
            if not able:
                raise self._unable(living[0], operation, today)
        near = tuple(model for model in able if reachable is None or model.provider in reachable) or able
        tied = tuple(model for model in near if model.priority == near[0].priority)
        if len(tied) > 1 and _key(name) not in self.aliases:
            raise UserError(
                f"Several providers have a model {name!r}.",
                code="ambiguous_model",
                field="model",
                remedy=f"Say which: {_either(tied)}.",
                suggestions=tuple(model.id for model in tied),
            )
        return near[0]

    def _named(self, name: str) -> tuple[Model, ...]:
        return tuple(
            _pinned(self._models[owner], snapshot) if snapshot else self._models[owner]
            for owner, snapshot in self._names.get(name, ())
        )

    def _unknown(self, name: str, provider: str | None, today: date) -> UserError:
        known = [*self._names, *self._models, *self.aliases]
        hits: dict[str, None] = {}
        for word in difflib.get_close_matches(_key(name), known, n=12, cutoff=0.5):
            for model in self.candidates(word, provider=provider):
                heir = model if alive(model, today) else self.successor(model, today=today)
                if heir is not None:
                    hits[heir.id] = None
        suggestions = tuple(hits)[:_MOST_SUGGESTIONS]
        where = f" at {provider}" if provider else ""
        hint = f"Did you mean {' or '.join(suggestions)}? " if suggestions else ""
        return UserError(
            f"There is no model {name!r}{where}.",
            code="unknown_model",
            field="model",
            remedy=f"{hint}`limner models` lists all; limner.toml can add one.",
            suggestions=suggestions,
        )

    def _retired(self, model: Model, today: date) -> UserError:
        heir = self.successor(model, today=today)
        when = f" on {model.shutdown_on}" if model.shutdown_on else ""
        return UserError(
            f"{model.id} no longer answers: it was shut down{when}.",
            code="retired_model",
            field="model",
            remedy=f"Use its successor {heir.id}." if heir else "The vendor names no successor.",
            suggestions=(heir.id,) if heir else (),
        )

    def _unable(self, model: Model, operation: Operation, today: date) -> UserError:
        others = self.for_operation(operation, today=today)
        ranked = sorted(others, key=lambda other: other.provider != model.provider)
        suggestions = tuple(other.id for other in ranked)[:_MOST_SUGGESTIONS]
        return UserError(
            f"{model.id} cannot {operation.value}.",
            code="unsupported_operation",
            field="operation",
            remedy=f"{_either(ranked[:_MOST_SUGGESTIONS])} can." if suggestions else "No known model can.",
            suggestions=suggestions,
        )


def _key(name: str) -> str:
    return name.strip().lower()


def _either(models: Iterable[Model]) -> str:
    return " or ".join(model.id for model in models)


def _index(models: Iterable[Model]) -> Mapping[str, list[tuple[str, str]]]:
    """Bare names, model aliases and snapshots, each with the ids it may mean, in order of priority."""
    names: dict[str, list[tuple[str, str]]] = {}
    for model in models:
        for name in dict.fromkeys((model.name, *model.aliases)):
            names.setdefault(_key(name), []).append((model.id, ""))
        for snapshot in model.snapshots:
            names.setdefault(_key(snapshot), []).append((model.id, snapshot))
    return names


def _pinned(model: Model, snapshot: str) -> Model:
    """The model as a pinned version: the vendor is asked for that very name."""
    return dataclasses.replace(
        model,
        id=f"{model.provider}/{snapshot}",
        name=snapshot,
        aliases=(),
        snapshots=(),
        wire=MappingProxyType({**model.wire, "model": snapshot}),
    )
