"""Which model a request names: one, several behind an alias, or none; and who takes a dead one's place."""

from dataclasses import dataclass
from datetime import date

from limner.catalog.catalog import Catalog
from limner.catalog.radar import replaced
from limner.core.clock import Clock
from limner.core.errors import UserError
from limner.core.models import Model, Retired
from limner.core.notes import Note
from limner.core.requests import Request
from limner.engine.makers import Makers


@dataclass(frozen=True, slots=True)
class Named:
    """What a request means by its model."""

    model: Model | None = None
    """The one that is meant. Absent: none is, or several are."""
    among: tuple[str, ...] = ()
    """The ids that an alias leads to, the preferred first. Empty: it is none."""
    notes: tuple[Note, ...] = ()
    """That another is meant than the one that was named."""


class Names:
    """Finds the model that a request names."""

    def __init__(
        self, catalog: Catalog, makers: Makers, clock: Clock, *, default: str | None, retired: Retired
    ) -> None:
        """Keep what every name is looked up by.

        Args:
            catalog: what exists.
            makers: who is set up.
            clock: decides what is retired.
            default: the operator's model for requests that name none. Absent: none.
            retired: what becomes of a name whose model is dead.
        """
        self._catalog = catalog
        self._makers = makers
        self._clock = clock
        self._default = default
        self._retired = retired

    def of(self, request: Request) -> Named:
        """The model that a request means.

        Raises:
            UserError: there is none of that name, it is retired, or it cannot do the operation.
        """
        name = request.model
        if name is None:
            return self._by_default(request)
        # Whoever has a key goes first where a bare name means several.
        reachable = None
        if "/" not in name:
            reachable = {slug for slug in self._catalog.providers() if self._makers.usable(slug)}
        try:
            model = self._catalog.find(
                name,
                provider=request.provider,
                operation=request.operation,
                today=self._today,
                reachable=reachable,
            )
        except UserError as error:
            return self._instead(name, request, error)
        if name.strip().lower() not in self._catalog.aliases:
            return Named(model)
        found = self._catalog.candidates(name, provider=request.provider)
        return Named(model) if len(found) == 1 else Named(among=tuple(each.id for each in found))

    def _by_default(self, request: Request) -> Named:
        """The operator's model, where nothing in the request says otherwise and it can do this."""
        if self._default is None or request.provider is not None or request.strategy is not None:
            return Named()
        try:
            named = Named(self._catalog.find(self._default, today=self._today))
        except UserError as error:
            named = self._instead(self._default, request.replace(provider=None), error)
        model = named.model
        able = model is not None and model.can(request.operation) and self._makers.usable(model.provider)
        return named if able else Named()

    def _instead(self, name: str, request: Request, error: UserError) -> Named:
        """The successor of a dead model, where the operator wants that; else the error that names it."""
        if error.code != "retired_model" or self._retired is not Retired.SUBSTITUTE:
            raise error
        dead = self._catalog.candidates(name, provider=request.provider)[0]
        heir = self._catalog.successor(dead, today=self._today)
        if heir is None or request.provider not in {None, heir.provider}:
            raise error
        able = self._catalog.find(heir.id, operation=request.operation, today=self._today)
        return Named(able, notes=(replaced(dead, able),))

    @property
    def _today(self) -> date:
        return self._clock.now().date()
