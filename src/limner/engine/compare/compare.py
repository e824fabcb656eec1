"""Asks several models the same at once: all are priced first, and one that fails stops nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from limner.core.clock import Clock
from limner.core.errors import AllFailed, Error, UserError
from limner.core.requests import Request, check
from limner.core.results import Result
from limner.engine.admit import measured
from limner.engine.compare.comparison import LETTERS, Candidate, Compared, Comparison, Lineup
from limner.engine.makers import Makers
from limner.engine.plan import affordable
from limner.engine.route import Router
from limner.engine.run import Engine, Quote

MOST: Final = len(LETTERS)
"""Models in one comparison."""

Carry = Callable[[Request], Awaitable[Result]]
"""Carries one request out."""


class Comparer:
    """Compares models. One for the whole process."""

    def __init__(self, engine: Engine, makers: Makers, router: Router, clock: Clock) -> None:
        """Keep what every comparison needs.

        Args:
            engine: prices requests and carries them out.
            makers: who is set up.
            router: says what speaks for a model.
            clock: measures how long each takes.
        """
        self._engine = engine
        self._makers = makers
        self._router = router
        self._clock = clock

    async def line_up(self, request: Request, models: Sequence[str]) -> Lineup:
        """Price a request on every model. Nothing is sent.

        Args:
            request: what all are asked; `max_cost` is the most that all may cost together.
            models: their names: at least two, each meaning another.

        Returns:
            All of them; those that cannot be asked say why.

        Raises:
            UserError: the request makes no sense, or names are missing or mean the same.
            Refused: all together may cost more than `max_cost`.
            AllFailed: nobody can be asked.
        """
        check(request)
        _open(request)
        names = _names(models)
        sized = await measured(request)
        candidates = [await self._candidate(sized, name) for name in names]
        _distinct(candidates)
        lineup = Lineup(request, tuple(candidates))
        if not lineup.quotes:
            raise _nobody(candidates)
        affordable(lineup.price, request.max_cost)
        return lineup

    async def compare(self, lineup: Lineup, carry: Carry | None = None) -> Comparison:
        """Ask all at once, each for no more than it was quoted, and none in another's place.

        Args:
            lineup: as `line_up` has priced it.
            carry: carries one request out. Absent: the engine does.

        Returns:
            What each brought, also where all failed.
        """
        carry = carry or self._engine.run
        found = await asyncio.gather(*(self._asked(lineup, each, carry) for each in lineup.candidates))
        return Comparison(lineup.request, lineup.price, tuple(found), self._clock.now())

    async def _candidate(self, request: Request, name: str) -> Candidate:
        one = request.replace(model=name, max_cost=None, allow_fallback=False)
        try:
            quote = await self._engine.quote(one)
            self._makers.of(quote.model.provider)
        except Error as error:
            return Candidate(name, error, error.message)
        return Candidate(name, quote, self._reason(one.replace(model=quote.model.id)))

    def _reason(self, request: Request) -> str:
        ranking = self._router.explain(request)
        if ranking.best is not None:
            return ranking.best.reason
        return next((each.reason for each in ranking.left_out if each.model.id == request.model), "")

    async def _asked(self, lineup: Lineup, candidate: Candidate, carry: Carry) -> Compared:
        if isinstance(candidate.found, Error):
            return Compared(candidate, candidate.found, 0.0)
        started = self._clock.monotonic()
        outcome: Result | Error
        try:
            outcome = await carry(_request(lineup, candidate.found))
        except Error as error:
            outcome = error
        return Compared(candidate, outcome, self._clock.monotonic() - started)


def _request(lineup: Lineup, quote: Quote) -> Request:
    """What one is asked. Each keeps to its own share of the limit, so that all together keep to it."""
    request, model = lineup.request, quote.model.id
    key = request.idempotency_key
    return request.replace(
        model=model,
        allow_fallback=False,  # another model would answer under the name of this one
        max_cost=None if request.max_cost is None else quote.price.most,
        idempotency_key=None if key is None else f"{key}/{model}",
    )


def _open(request: Request) -> None:
    """Refuse what a comparison would have to leave out silently."""
    for field in ("model", "provider", "strategy"):
        if getattr(request, field) is not None:
            raise UserError(
                f"A comparison has no use for `{field}`.",
                code="unexpected_field",
                field=field,
                remedy="Name the models in `models`.",
            )


def _names(models: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in models if name.strip())
    if not 2 <= len(names) <= MOST:  # noqa: PLR2004 - it takes two to compare
        raise UserError(
            f"A comparison takes 2 to {MOST} models; {len(names)} came.",
            code="invalid_value",
            field="models",
            remedy="Name them, such as openai/gpt-image-2 and stability/core.",
        )
    return names


def _distinct(candidates: Sequence[Candidate]) -> None:
    seen: dict[str, str] = {}
    for each in candidates:
        if each.model is None:
            continue
        if each.model.id in seen:
            raise UserError(
                f"{seen[each.model.id]} and {each.name} are the same model, {each.model.id}.",
                code="duplicate_model",
                field="models",
                remedy="Name each model once; `n` asks for several pictures.",
            )
        seen[each.model.id] = each.name


def _nobody(candidates: Sequence[Candidate]) -> Error:
    """Nobody can be asked: told as one error where all say the same."""
    errors = [each.found for each in candidates if isinstance(each.found, Error)]
    if len({str(error) for error in errors}) == 1:
        return errors[0]
    told = " ".join(f"{each.name}: {each.reason}" for each in candidates)
    return AllFailed(f"None of the {len(errors)} models can be asked. {told}", tuple(errors))
