"""`Limner`: the same as `AsyncLimner`, for programs that do not await.

One private thread runs one event loop for all calls, because connections belong to the loop that
opened them. A forked child starts its own.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from limner.client.aio import AsyncLimner
from limner.client.books import Budgets, Runs, When
from limner.client.fields import MaskedFields
from limner.client.inputs import ImageInput, Images
from limner.client.providers import Providers
from limner.client.results import Result
from limner.client.verbs import Verbs
from limner.core.models import Model
from limner.core.operations import Operation

if TYPE_CHECKING:
    from limner.client.comparison import Comparison
    from limner.engine.compare.comparison import Lineup
    from limner.engine.run import Quote
    from limner.ledger.usage import Usage
    from limner.pixels.inspect import Inspection
    from limner.pixels.provenance.explain import Report
    from limner.policy.routing.candidates import Ranking
    from limner.policy.routing.recommend import Recommendation
    from limner.settings import Settings

_T = TypeVar("_T")


class _Loop:
    """An event loop on a daemon thread."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="limner", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("`Limner` was called from its own event loop; use `AsyncLimner` there.")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Limner(Verbs):
    """Makes and edits pictures, in this process.

    Example:
        >>> with Limner() as limner:
        ...     result = limner.generate("a lighthouse at dawn", model="limner/sketch", size="256x256")
        >>> result.image.measured.media_type
        'image/png'
    """

    def __init__(self, *, store: str | None = None, settings: "Settings | None" = None) -> None:
        """Prepare a Limner. Nothing is opened before the first call.

        Args:
            store: where to remember runs; see `AsyncLimner`. Absent: what the settings say.
            settings: absent: read from the environment at the first call.
        """
        self._new = partial(AsyncLimner, store=store, settings=settings)
        self._later = self._new()
        self._loop: _Loop | None = None
        self._lock = threading.Lock()

    @property
    def runs(self) -> Runs:
        """What was asked for and what became of it; see `AsyncRuns`."""
        return Runs(self._call)

    @property
    def budgets(self) -> Budgets:
        """How much may be spent; see `AsyncBudgets`."""
        return Budgets(self._call)

    @property
    def providers(self) -> Providers:
        """Who can be asked, and an operator's keys there; see `AsyncLimner.providers`."""
        return Providers(self._call)

    def run(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> Result:
        """Carry out an operation; see `AsyncLimner.run`. `on_event` is called on Limner's own thread."""
        return self._call(lambda later: later.run(operation, image, prompt, **fields))

    def quote(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> "Quote":
        """Say what it would cost; see `AsyncLimner.quote`."""
        return self._call(lambda later: later.quote(operation, image, prompt, **fields))

    def route(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Ranking":
        """Say which model would do it, and why not the others; see `AsyncLimner.route`."""
        return self._call(lambda later: later.route(prompt, image, operation=operation, **fields))

    def compare(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        models: str | Sequence[str],
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Comparison":
        """Ask several models the same at once; see `AsyncLimner.compare`."""
        return self._call(
            lambda later: later.compare(prompt, image, models=models, operation=operation, **fields)
        )

    def line_up(
        self,
        prompt: str = "",
        image: Images | None = None,
        *,
        models: str | Sequence[str],
        operation: str | Operation | None = None,
        **fields: Unpack[MaskedFields],
    ) -> "Lineup":
        """Say what a comparison would cost; see `AsyncLimner.line_up`."""
        return self._call(
            lambda later: later.line_up(prompt, image, models=models, operation=operation, **fields)
        )

    def recommend(
        self,
        operation: str | Operation,
        image: Images | None = None,
        prompt: str = "",
        **fields: Unpack[MaskedFields],
    ) -> "Recommendation":
        """Say which model is best, in a sentence; see `AsyncLimner.recommend`."""
        return self._call(lambda later: later.recommend(operation, image, prompt, **fields))

    def usage(
        self,
        *by: str,
        since: When | None = None,
        until: When | None = None,
        owner: str | None = None,
    ) -> "list[Usage]":
        """Say what was spent; see `AsyncLimner.usage`."""
        return self._call(lambda later: later.usage(*by, since=since, until=until, owner=owner))

    def inspect(self, image: ImageInput) -> "Inspection":
        """Say what a picture is, what it was made with and what it looks like; see `AsyncLimner.inspect`."""
        return self._call(lambda later: later.inspect(image))

    def verify(self, image: ImageInput) -> "Report":
        """Say where a picture comes from; see `AsyncLimner.verify`."""
        return self._call(lambda later: later.verify(image))

    def models(self, operation: str | Operation | None = None, *, provider: str | None = None) -> list[Model]:
        """The models there are; see `AsyncLimner.models`."""
        return self._later.models(operation, provider=provider)

    def model(self, name: str) -> Model:
        """One model, by name or alias; see `AsyncLimner.model`."""
        return self._later.model(name)

    def close(self) -> None:
        """Bring home what is under way, and close every connection. A closed one opens again when used."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None or loop.process != os.getpid():
            return
        loop.call(self._later.aclose())
        loop.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _call(self, work: Callable[[AsyncLimner], Coroutine[Any, Any, _T]]) -> _T:
        with self._lock:
            if self._loop is None or self._loop.process != os.getpid():
                if self._loop is not None:
                    # After a fork the thread is gone and the connections are the parent's.
                    self._later = self._new()
                self._loop = _Loop()
            loop = self._loop
        return loop.call(work(self._later))
