"""`AsyncLimner`: every operation on every model, awaited."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import date
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from limner.client.books import AsyncBudgets, AsyncRuns, When, grouping, moment
from limner.client.fields import MaskedFields, build, operation_named
from limner.client.inputs import Images
from limner.client.looks import AsyncLooks
from limner.client.providers import AsyncProviders
from limner.client.results import Result, present
from limner.client.verbs import AsyncVerbs
from limner.core.models import Model
from limner.core.operations import Operation, implied
from limner.core.requests import Request
from limner.engine.events import ignore

if TYPE_CHECKING:
    from limner.assembly import Assembly
    from limner.client.comparison import Comparison
    from limner.engine.compare.comparison import Lineup
    from limner.engine.run import Quote
    from limner.ledger.usage import Usage
    from limner.policy.routing.candidates import Ranking
    from limner.policy.routing.recommend import Recommendation
    from limner.settings import Settings


class AsyncLimner(AsyncVerbs, AsyncLooks):
    """Makes and edits pictures, in this process.

    Use it as an async context manager, or call `aclose` when done. One is enough for a whole
    program: it keeps its connections.

    Example:
        >>> import asyncio
        >>> async def main() -> str:
        ...     async with AsyncLimner() as limner:
        ...         result = await limner.generate(
        ...             "a lighthouse at dawn", model="limner/sketch", size="256x256"
        ...         )
        ...         return f"{result.image.measured.size} for {result.cost.native}"
        >>> asyncio.run(main())
        '256x256 for $0'
    """

    def __init__(self, *, store: str | None = None, settings: "Settings | None" = None) -> None:
        """Prepare a Limner. Nothing is opened before the first call.

        Args:
            store: where to remember runs: `sqlite:///path/limner.db` or `postgresql://user@host/name`.
                Absent: what the settings say, and without them nothing is remembered.
            settings: absent: read from the environment at the first call.
        """
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._assembly: Assembly | None = None

    @property
    def runs(self) -> AsyncRuns:
        """What was asked for and what became of it. There must be a store that remembers it."""
        return AsyncRuns(self._opened)

    @property
    def budgets(self) -> AsyncBudgets:
        """How much may be spent. There must be a store that keeps count."""
        return AsyncBudgets(self._opened)

    @property
    def providers(self) -> AsyncProviders:
        """Who can be asked, and an operator's keys there: `await limner.providers()`, `.providers.venice`."""
        return AsyncProviders(self._opened)

    async def run(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> Result:
        """Carry out an operation.

        Args:
            operation: its name.
            image: the picture or pictures to work on. Absent: none.
            prompt: what to paint. Absent: nothing is said.
            **fields: the fields of `limner.core.requests.Request`, by name; and `on_event`, which is
                called with what the run tells while it goes on.

        Returns:
            The pictures, what they cost, and everything that is not as asked.

        Raises:
            Error: as the tree in `limner.core.errors` has it.
        """
        listen = fields.pop("on_event", None)
        assembly = await self._opened()
        request = await build(operation, image, prompt, fields, assembly.engine.fetch)
        if listen is None:
            return present(await assembly.engine.run(request))
        return present(await assembly.engine.run(request, on_event=listen))

    async def quote(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> "Quote":
        """Say what a call of `run` with the same arguments would cost. Nothing is sent to a provider.

        Raises:
            UserError: it cannot be carried out.
        """
        assembly = await self._opened()
        request = await build(operation, image, prompt, fields, assembly.engine.fetch)
        return await assembly.engine.quote(request)

    async def route(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Ranking":
        """Say which model would do it, at what price, and why not the others. Nothing is sent or held.

        Args:
            prompt: what to paint; its words may ask for a tier, such as `photorealistic`.
            image: the picture or pictures to work on. Absent: with a mask, one of its size.
            operation: absent: `inpaint` with a mask, `edit` with a picture, else `generate`.
            **fields: the fields of `limner.core.requests.Request`, by name.

        Returns:
            `.best`, the other candidates in order, and everybody else with the reason.

        Raises:
            UserError: it makes no sense, or the model it names does not exist.
        """
        assembly = await self._opened()
        request = await _supposed(assembly, operation, image, prompt, fields)
        return await assembly.advice.explain(request)

    async def compare(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        models: str | Sequence[str],
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Comparison":
        """Ask several models the same at once. One that fails does not stop the others.

        No model takes another's place here. What all together may cost is said by `line_up`, and limited
        by `max_cost`.

        Args:
            prompt: what to paint.
            image: the picture or pictures to work on. Absent: none.
            models: two or more, as a list or separated by commas.
            operation: absent: `inpaint` with a mask, `edit` with a picture, else `generate`.
            **fields: those of `run`.

        Returns:
            What each brought, for how much, in what time; `.sheet()`, `.report()` and `.save(folder)`.

        Raises:
            UserError: the request makes no sense, or names are missing or mean the same model.
            Refused: all together may cost more than `max_cost`. Nothing was sent.
            AllFailed: none of the models can be asked. Nothing was sent.
        """
        from limner.client.comparison import present_comparison  # noqa: PLC0415 - with the codecs

        listen = fields.pop("on_event", None) or ignore
        assembly = await self._opened()
        request = await _supposed(assembly, operation, image, prompt, fields)
        lineup = await assembly.comparer.line_up(request, _several(models))
        carry = partial(assembly.engine.run, on_event=listen)
        return present_comparison(await assembly.comparer.compare(lineup, carry))

    async def line_up(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        models: str | Sequence[str],
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Lineup":
        """Say what a call of `compare` with the same arguments would cost. Nothing is sent.

        Returns:
            `.price` of all together, and `.candidates` with their own prices, or why they cannot be asked.

        Raises:
            Error: as `compare`, before anything is sent.
        """
        assembly = await self._opened()
        request = await _supposed(assembly, operation, image, prompt, fields)
        return await assembly.comparer.line_up(request, _several(models))

    async def recommend(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> "Recommendation":
        """Say which model is best for an operation and a picture, in a sentence. Nothing is sent.

        Args:
            operation: its name.
            image: the picture. Absent: a usual one.
            prompt: what to paint. Absent: nothing in particular.
            **fields: limits, such as `max_cost` and `regions`.

        Raises:
            UserError: nothing that is set up can do it.
        """
        assembly = await self._opened()
        return await assembly.advice.recommend(await _supposed(assembly, operation, image, prompt, fields))

    async def usage(
        self,
        *by: str,
        since: When | None = None,
        until: When | None = None,
        owner: str | None = None,
    ) -> "list[Usage]":
        """Say what was spent.

        Args:
            *by: what to group by, in order: `day`, `owner`, `model`, `provider`, `operation`. None: one line
                over all.
            since: from this moment on. Absent: from the beginning.
            until: up to, not including. Absent: to the end.
            owner: only what counts against this owner, such as `tenant:local`. Absent: everything, once.

        Raises:
            UserError: nothing is remembered here, or a value is wrong.
        """
        books = (await self._opened()).books
        return await books.usage(
            grouping(by), since=moment(since, "since"), until=moment(until, "until"), owner=owner
        )

    def models(self, operation: str | Operation | None = None, *, provider: str | None = None) -> list[Model]:
        """The models there are.

        Args:
            operation: only those that can do this. Absent: all.
            provider: only this provider's. Absent: all.

        Raises:
            UserError: there is no operation of that name.
        """
        models = self._assembled().catalog.all()
        wanted = None if operation is None else operation_named(operation)
        return [
            model
            for model in models
            if (wanted is None or model.can(wanted)) and provider in {None, model.provider}
        ]

    def model(self, name: str) -> Model:
        """One model, by name or alias.

        Raises:
            UserError: there is none of that name, or it is retired.
        """
        return self._assembled().catalog.find(name, today=self._today())

    async def aclose(self) -> None:
        """Bring home what is under way, and close every connection. A closed one opens again when used."""
        assembly, self._assembly = self._assembly, None
        if assembly is not None:
            await assembly.aclose()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()

    async def _opened(self) -> "Assembly":
        return self._assembly or await asyncio.to_thread(self._assembled)

    def _assembled(self) -> "Assembly":
        with self._lock:
            return self._assemble()

    def _assemble(self) -> "Assembly":
        if self._assembly is None:
            from limner.assembly import assemble  # noqa: PLC0415 - `import limner` stays light
            from limner.settings import Settings  # noqa: PLC0415

            settings = self._settings or Settings()
            if self._store is not None:
                settings = settings.model_copy(update={"store": self._store})
            self._assembly = assemble(settings)
        return self._assembly

    def _today(self) -> date:
        return self._assembled().clock.now().date()


def _several(models: str | Sequence[str]) -> Sequence[str]:
    return models.split(",") if isinstance(models, str) else models


async def _supposed(
    assembly: "Assembly",
    operation: str | Operation | None,
    image: Images | None,
    prompt: str,
    fields: MaskedFields,
) -> Request:
    """A request to look around with."""
    if operation is None:
        pictures = len(image) if isinstance(image, list | tuple) else int(image is not None)
        operation = implied(pictures, masked=fields.get("mask") is not None)
    fields.pop("on_event", None)
    return await build(operation, image, prompt, fields, assembly.engine.fetch)
