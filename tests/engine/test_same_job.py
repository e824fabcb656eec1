"""Promise 5, driven for real: whoever takes over does the same job, under the same limits, paid once."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, Error
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Classification, Request
from limner.core.results import Result
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.server.pictures import mask, photo
from tests.support.clock import SkippingClock

VENDORS = ("openai", "stability", "bfl", "gemini", "fal")
CLEARED = """
[providers.openai]
regions = ["eu"]
classification = "confidential"
[providers.stability]
regions = ["eu"]
classification = "internal"
[providers.bfl]
addresses = {{ eu = "{eu}" }}
classification = "internal"
[providers.gemini]
regions = ["us", "eu"]
classification = "secret"
[providers.fal]
regions = ["us"]
"""
OPERATIONS = (Operation.GENERATE, Operation.EDIT, Operation.INPAINT, Operation.ERASE, Operation.UPSCALE)
MASKED = {Operation.INPAINT, Operation.ERASE}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def european() -> Iterator[RunningSandbox]:
    """What lies at the European address of a provider that has one."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, european: RunningSandbox) -> Path:
    path = tmp_path_factory.mktemp("config") / "limner.toml"
    path.write_text(CLEARED.format(eu=european.url("bfl")))
    return path


def built(sandbox: RunningSandbox, config: Path) -> Assembly:
    environ: dict[str, str] = {}
    for slug in VENDORS:
        name = "FAL" if slug == "fal" else f"{slug.upper()}_API"
        environ[f"{name}_KEY"] = sandbox.key(slug)
        environ[f"{slug.upper()}_BASE_URL"] = sandbox.url(slug)
    return assemble(Settings(environ=environ, config=config), clock=SkippingClock())


@st.composite
def requests(draw: st.DrawFn) -> Request:
    operation = draw(st.sampled_from(OPERATIONS))
    generates = operation is Operation.GENERATE
    return Request(
        operation,
        prompt="" if operation in {Operation.ERASE, Operation.UPSCALE} else "a red boat",
        images=() if generates else (Picture(photo()),),
        mask=Mask(Picture(mask())) if operation in MASKED else None,
        size=draw(st.sampled_from([None, Size(1024, 1024), Size(768, 512)])) if generates else None,
        scale=2.0 if operation is Operation.UPSCALE else None,
        background=draw(st.sampled_from([None, None, "transparent"])) if generates else None,
        regions=draw(st.sampled_from([(), (), ("eu",), ("eu", "us")])),
        classification=draw(
            st.sampled_from([None, None, Classification.INTERNAL, Classification.CONFIDENTIAL])
        ),
        max_cost=draw(st.sampled_from([None, None, Decimal("0.03"), Decimal("0.25")])),
    )


@pytest.mark.row("P5")
@pytest.mark.row("P2")
@settings(max_examples=40)
@given(request=requests(), place=st.floats(0, 1, exclude_max=True))
async def test_a_fallback_changes_nothing_but_who_does_it(
    request: Request, place: float, sandbox: RunningSandbox, european: RunningSandbox, config: Path
):
    sandbox.reset()
    european.reset()
    async with built(sandbox, config) as limner:
        able = limner.catalog.for_operation(request.operation, today=limner.clock.now().date())
        theirs = [model for model in able if model.provider in VENDORS]
        pinned = theirs[int(place * len(theirs))]
        request = request.replace(model=pinned.id)
        fault = Fault(FaultKind.STATUS, provider=pinned.provider, route="POST *", status=500, times=None)
        for each in (sandbox, european):
            each.faults.plan(fault)
        try:
            cap = request.max_cost or (await limner.engine.quote(request)).price.most
            outcome: Result | Error = await limner.engine.run(request)
        except Error as error:
            outcome = error
        there = european.bill.charges()
        charges = sandbox.bill.charges() + there
    if isinstance(outcome, Error):
        assert not charges
        assert outcome.billed is not Billed.YES
        return
    served = limner.catalog.get(outcome.model)
    assert served is not None
    assert served.provider != pinned.provider
    assert outcome.fallback_used
    assert len(outcome.images) == 1
    assert len(charges) <= 1
    assert {charge.provider for charge in charges} <= {served.provider}

    keeps_the_job(request, outcome, served)
    assert bool(there) == (served.provider == "bfl" and "eu" in request.regions)
    assert cap is not None
    assert outcome.quote.most is not None
    assert outcome.cost.usd is not None
    assert outcome.cost.usd <= outcome.quote.most <= cap


def keeps_the_job(request: Request, outcome: Result, served: Model) -> None:
    [image] = outcome.images
    assert outcome.request == request
    assert served.can(request.operation)
    if request.regions and served.provider not in {"limner", "bfl"}:  # bfl: by where it was paid
        assert served.regions
        assert set(served.regions) <= set(request.regions)
    if request.classification not in {None, Classification.PUBLIC} and served.provider != "limner":
        assert served.classification is not None
        assert served.classification.covers(request.classification or Classification.PUBLIC)
    if request.mask is not None:
        assert image.measured.changed_outside_mask == 0
    if request.size is not None:
        assert image.measured.size == request.size
    if request.background == "transparent":
        assert "transparent" in served.limits.backgrounds
