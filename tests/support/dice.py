"""Four providers in this process that do what dice say, and keep an honest bill.

What they *tell* is what adapters may tell: `billed: no` only where nothing was billed, `yes` only where
something was, `unknown` in either case. What they *did* stands on the bill.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from limner.catalog.catalog import Catalog
from limner.core import errors
from limner.core.adapter import Artifact, Done, Order, Outcome, Pending, Profile, Ticket
from limner.core.clock import Clock
from limner.core.errors import Again, Billed, ProviderError, Refused, Stage
from limner.core.http import HttpCall, HttpReply, JsonBody
from limner.core.models import Limits
from limner.core.prices import PerImage, Tariff, Tariffed
from limner.core.secret import Secret
from limner.engine.drive import Driver
from limner.engine.health.health import Health
from limner.engine.health.store import BreakerStore
from limner.engine.journal import Journal
from limner.engine.makers import Access, Makers
from limner.engine.route import Router
from limner.engine.run import Engine
from limner.engine.signals import Sink
from limner.policy.breaker import Thresholds
from limner.transport.faults import Lost, NotSent
from tests.catalog import samples

SLUGS: Final = ("acme", "bolt", "coil", "dune")
PICTURE: Final = (Path(__file__).parents[1] / "providers" / "pictures" / "dot.png").read_bytes()


@dataclass(frozen=True)
class _Options:
    pass


class Dicey:
    """An adapter that believes what the dice tell it."""

    options: type[object] = _Options

    def __init__(self, slug: str) -> None:
        self.profile = Profile(slug, slug.title(), f"https://{slug}.invalid", key_names=("KEY",))

    def submit(self, order: Order) -> HttpCall:
        return HttpCall("POST", "/paint", body=JsonBody({"prompt": order.request.prompt}))

    def check(self, ticket: Ticket) -> HttpCall:
        return HttpCall("GET", f"/tasks/{ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        del ticket

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        said = json.loads(reply.body)
        if "error" in said:
            raise self._error(said, order.model.id)
        if said["state"] == "done":
            return Done((Artifact(PICTURE),))
        return Pending(Ticket(said["task"], "/tasks"), delay=1.0)

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        return self._error(json.loads(reply.body), None if order is None else order.model.id)

    def _error(self, said: dict[str, Any], model: str | None) -> Any:
        facts: dict[str, Any] = {
            "provider": self.profile.slug,
            "model": model,
            "billed": Billed(said["billed"]),
        }
        if said["error"] == "Refused":
            return Refused("No.", stage=Stage.MODERATION, remedy="", **facts)
        kind = getattr(errors, said["error"])
        return kind("No.", status=said["status"], again=Again(said["again"]), **facts)


class Dice:
    """Throws for every call. It takes the transport's place."""

    def __init__(self, random: random.Random) -> None:
        self.random = random
        self.luck = 0.5
        """How likely a call just works."""
        self.paid: Counter[str] = Counter()
        """By prompt, which names the run."""
        self.passed_on = 0
        """Answers to a call that said: surely nothing was billed, and another may do it."""
        self.asked: Counter[str] = Counter()
        self._tasks: dict[str, tuple[str, str]] = {}
        self._ended: dict[str, HttpReply] = {}

    async def send(
        self, call: HttpCall, profile: Profile, credential: object, *, before: Any = None
    ) -> HttpReply:
        del credential
        if call.method == "GET":
            return self._polled(call.url.rpartition("/")[2])
        assert isinstance(call.body, JsonBody)
        prompt = str(call.body.value["prompt"])
        if before is not None:
            await before()
        self.asked[profile.slug] += 1
        return self._painted(prompt, profile.slug)

    async def aclose(self) -> None:
        pass

    def _painted(self, prompt: str, host: str) -> HttpReply:
        if self.random.random() < self.luck:
            self.paid[prompt] += 1
            return self._reply(200, state="done")
        return self.random.choice(_THROWS)(self, prompt, host)

    def _refused_connection(self, prompt: str, host: str) -> HttpReply:
        raise NotSent("refused", host=host)

    def _lost(self, prompt: str, host: str) -> HttpReply:
        self.paid[prompt] += self.random.randrange(2)
        raise Lost("waiting", host=host)

    def _free(self, prompt: str, host: str) -> HttpReply:
        """Surely unbilled, and that is what is told; or less, as those do who do not know."""
        kind, status = self.random.choice(_KINDS)
        billed, again = self.random.choice(["no", "no", "unknown"]), self.random.choice(_AGAIN)
        self.passed_on += (billed, again) == ("no", "another")
        return self._reply(status, error=kind, status=status, billed=billed, again=again)

    def _paid(self, prompt: str, host: str) -> HttpReply:
        """Billed, without a picture."""
        self.paid[prompt] += 1
        kind, status = self.random.choice([*_KINDS, ("Refused", 400)])
        billed = self.random.choice(["yes", "unknown"])
        return self._reply(status, error=kind, status=status, billed=billed, again=self.random.choice(_AGAIN))

    def _refused(self, prompt: str, host: str) -> HttpReply:
        return self._reply(400, error="Refused", status=400, billed="no")

    def _ticket(self, prompt: str, host: str) -> HttpReply:
        task = f"task{len(self._tasks)}"
        self._tasks[task] = (prompt, host)
        return self._reply(200, state="pending", task=task)

    def _polled(self, task: str) -> HttpReply:
        if task in self._ended:
            return self._ended[task]
        prompt, host = self._tasks[task]
        match self.random.randrange(6):
            case 0:
                raise Lost("waiting", host=host)
            case 1 | 2:
                return self._reply(200, state="pending", task=task)
            case 3:
                again = self.random.choice(["never", "another"])
                ended = self._reply(200, error="Unavailable", status=200, billed="no", again=again)
            case _:
                self.paid[prompt] += 1
                ended = self._reply(200, state="done")
        self._ended[task] = ended
        return ended

    def _reply(self, answered: int, **said: object) -> HttpReply:
        return HttpReply(answered, {}, json.dumps(said).encode())


_KINDS: Final = [
    ("Unavailable", 500),
    ("Unavailable", 503),
    ("RateLimited", 429),
    ("BadRequest", 422),
    ("Unauthorized", 403),
    ("OutOfCredit", 402),
    ("Malformed", 200),
    ("ProviderError", 418),
]
_AGAIN: Final = ["never", "same", "another"]
_THROWS: Final[list[Callable[[Dice, str, str], HttpReply]]] = [
    Dice._refused_connection,
    Dice._lost,
    Dice._free,
    Dice._free,
    Dice._paid,
    Dice._refused,
    Dice._ticket,
]


def catalog() -> Catalog:
    """One model at each, all of which do the same for the same price."""
    return Catalog(
        samples.model(
            "brush",
            provider=slug,
            priority=number,
            limits=Limits(n=1),
            prices=(Tariffed(PerImage((Tariff(Decimal("0.01")),))),),
        )
        for number, slug in enumerate(SLUGS)
    )


def engine(
    dice: Dice, journal: Journal, breakers: BreakerStore, clock: Clock, publish: Sink = lambda _: None
) -> Engine:
    """A process that knows only these providers."""
    models = catalog()
    adapters = {slug: Dicey(slug) for slug in SLUGS}
    makers = Makers(adapters.get, lambda _: None, lambda _: Access(Secret("k")))
    health = Health(
        makers=makers,
        transport=dice,  # pyright: ignore[reportArgumentType]
        store=breakers,
        clock=clock,
        publish=publish,
        thresholds=Thresholds(),
    )
    return Engine(
        catalog=models,
        makers=makers,
        driver=Driver(dice, journal, clock),  # pyright: ignore[reportArgumentType]
        journal=journal,
        clock=clock,
        router=Router(models, makers, clock, availability=health.availability, speeds=health.speeds),
        health=health,
        publish=publish,
    )
