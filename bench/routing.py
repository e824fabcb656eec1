"""How long it takes to route a request among 500 models of 20 providers.

    python bench/routing.py [--repeat N]

The models are copies of the catalog's own under invented names, so that their limits and prices are as
mixed as in life. Four questions, for each strategy:

    again     a request like one before, word for word
    words     the same kind with words of another length each time: prices by token are worked out anew
    first     a kind of request that nobody asked before, by a process that has just started
    named     a model is named: its substitutes are worked out only when it fails, so not here

The budget is 0.3 ms. `words` is how applications ask. Nothing is sent.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from limner.catalog.catalog import Catalog, alive
from limner.catalog.load import load
from limner.core.clock import SystemClock
from limner.core.models import Hosting, Model
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request, Strategy
from limner.engine.makers import Makers
from limner.engine.route import Router
from limner.policy.routing.facts import AVAILABLE

MODELS, PROVIDERS = 500, 20
PHOTO = Picture(b"", size=Size(1600, 1200))


def catalog() -> Catalog:
    """Living vendors' models, copied until there are enough."""
    today = date(2026, 11, 21)
    real = [m for m in load().all() if m.hosting is Hosting.VENDOR and alive(m, today)]
    copies = itertools.islice(itertools.cycle(real), MODELS)
    return Catalog(renamed(model, number) for number, model in enumerate(copies))


def renamed(model: Model, number: int) -> Model:
    provider = f"vendor{number % PROVIDERS}"
    name = f"{model.name}-{number}"
    return replace(
        model, id=f"{provider}/{name}", provider=provider, name=name, aliases=(), snapshots=(), successor=None
    )


def requests(strategy: Strategy | None) -> list[Request]:
    """What is usually asked."""
    picture, mask = (PHOTO,), Mask(PHOTO)
    usual = [
        Request(Operation.GENERATE, prompt="a lighthouse at dawn"),
        Request(Operation.GENERATE, prompt="a photorealistic pear", size=Size(1536, 1024)),
        Request(Operation.EDIT, prompt="make it evening, detailed", images=picture),
        Request(Operation.INPAINT, prompt="a red boat", images=picture, mask=mask),
        Request(Operation.ERASE, images=picture, mask=mask),
        Request(Operation.UPSCALE, images=picture, scale=2.0),
    ]
    return [one.replace(strategy=strategy, max_cost=Decimal("0.10")) for one in usual]


def router(models: Catalog) -> Router:
    makers = Makers(lambda _: None, lambda _: None, lambda _: None)  # pyright: ignore[reportArgumentType]
    return Router(models, makers, SystemClock(), availability=lambda *_: AVAILABLE)


def timed(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return (time.perf_counter() - before) * 1000


def again(models: Catalog, strategy: Strategy, repeat: int) -> list[float]:
    here, asked = router(models), requests(strategy)
    for request in asked:
        here.route(request)
    cycle = itertools.islice(itertools.cycle(asked), repeat)
    return [timed(partial(here.route, one)) for one in cycle]


def words(models: Catalog, strategy: Strategy, repeat: int) -> list[float]:
    here, lengths = router(models), itertools.count(1)
    asked = [request for request in requests(strategy) if request.prompt]
    for request in asked:
        here.route(request)
    cycle = itertools.islice(itertools.cycle(asked), repeat)
    longer = [one.replace(prompt=f"{one.prompt} {'x' * next(lengths)}") for one in cycle]
    return [timed(partial(here.route, one)) for one in longer]


def first(models: Catalog, strategy: Strategy, repeat: int) -> list[float]:
    asked = itertools.islice(itertools.cycle(requests(strategy)), max(6, repeat // 50))
    fresh = [(one, router(models)) for one in asked]
    return [timed(partial(here.route, one)) for one, here in fresh]


def named(models: Catalog, strategy: Strategy, repeat: int) -> list[float]:
    here = router(models)
    model = models.for_operation(Operation.GENERATE, today=datetime.now(UTC).date())[0]
    request = Request(Operation.GENERATE, prompt="a pear", model=model.id, strategy=strategy)
    return [timed(partial(here.route, request)) for _ in range(repeat)]


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--repeat", type=int, default=600)
    repeat = reader.parse_args().repeat
    models = catalog()
    print(f"{len(models.all())} models, {len(models.providers())} providers; milliseconds\n")
    print("| strategy | case | median | p99 |\n| --- | --- | ---: | ---: |")
    for strategy in Strategy:
        for case in (again, words, first, named):
            taken = sorted(case(models, strategy, repeat))
            p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
            median = statistics.median(taken)
            print(f"| {strategy.value} | {case.__name__} | {median:.3f} | {p99:.3f} |")


if __name__ == "__main__":
    main()
