"""A wish for a region decides where the call goes, not only who is asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.adapter import Order, Ticket
from limner.core.errors import Refused
from limner.core.http import HttpCall, JsonBody
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture
from limner.core.requests import Request, Strategy
from limner.engine.makers import Vendor
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from limner.transport.auth import authorize
from tests.server.pictures import mask, photo
from tests.support.clock import SkippingClock

FLUX = "bfl/flux-2-pro"
GENERATE = Request(Operation.GENERATE, prompt="a sunset", model=FLUX)


@pytest.fixture(scope="module")
def european() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


def built(config: Path | None = None, **environ: str) -> Assembly:
    return assemble(Settings(environ={"BFL_API_KEY": "k", **environ}, config=config), clock=SkippingClock())


def sent_to(limner: Assembly, *regions: str) -> dict[str, str]:
    """Where the calls about one order would go, with which key, by what they do."""
    vendor, model = limner.makers.of("bfl"), limner.catalog.get(FLUX)
    assert isinstance(vendor, Vendor)
    assert model is not None
    order = Order(GENERATE.replace(regions=regions), model, vendor.adapter.options())
    calls = {
        "submit": vendor.adapter.submit(order),
        "check": vendor.adapter.check(Ticket("7", "https://api.eu2.bfl.ai/v1/get_result?id=7")),
    }
    wire = {
        what: authorize(call, vendor.adapter.profile, vendor.credential_for(order))
        for what, call in calls.items()
    }
    assert all(("x-key", "k") in request.headers for request in wire.values())
    return {what: str(request.url) for what, request in wire.items()}


def test_a_call_under_a_wish_goes_to_the_published_address_of_the_region():
    limner = built()
    polled = "https://api.eu2.bfl.ai/v1/get_result?id=7"  # as it was named, or the task is not found
    assert sent_to(limner, "eu") == {"submit": "https://api.eu.bfl.ai/v1/flux-2-pro", "check": polled}
    assert sent_to(limner, "us")["submit"] == "https://api.us.bfl.ai/v1/flux-2-pro"
    assert sent_to(limner, "ch", "us")["submit"] == "https://api.us.bfl.ai/v1/flux-2-pro"
    assert sent_to(limner)["submit"] == "https://api.bfl.ai/v1/flux-2-pro"


def test_an_address_of_the_operators_own_is_no_region():
    """What lies behind a proxy is not what the vendor publishes of its addresses."""
    limner = built(BFL_BASE_URL="https://proxy.example/bfl")
    assert sent_to(limner)["submit"] == "https://proxy.example/bfl/v1/flux-2-pro"
    with pytest.raises(Refused) as raised:
        limner.router.route(GENERATE.replace(regions=("eu",)))
    assert raised.value.code == "region_unknown"
    pinned = built(BFL_BASE_URL="https://api.eu.bfl.ai")
    assert pinned.router.route(GENERATE.replace(regions=("eu",))).first.id == FLUX
    assert sent_to(pinned, "eu")["submit"] == "https://api.eu.bfl.ai/v1/flux-2-pro"


def test_the_path_of_a_call_lies_under_the_regional_address():
    limner = built()
    vendor, model = limner.makers.of("bfl"), limner.catalog.get(FLUX)
    assert isinstance(vendor, Vendor)
    assert model is not None
    order = Order(
        GENERATE.replace(regions=("eu",)), replace(model, addresses={"eu": "https://x.example/a"}), None
    )
    call = HttpCall("POST", "/v1/y", body=JsonBody({}))
    sent = authorize(call, vendor.adapter.profile, vendor.credential_for(order))
    assert str(sent.url) == "https://x.example/a/v1/y"


@pytest.mark.row("P5")
async def test_the_work_is_done_and_paid_in_the_region(
    european: RunningSandbox, elsewhere: RunningSandbox, tmp_path: Path
):
    """From submitting over polling to the picture: the other address hears nothing."""
    config = tmp_path / "limner.toml"
    config.write_text(f'[providers.bfl.addresses]\neu = "{european.url("bfl")}"')
    environ = {"BFL_API_KEY": european.key("bfl"), "BFL_BASE_URL": elsewhere.url("bfl")}
    inpaint = Request(
        Operation.INPAINT,
        prompt="a photorealistic sunset",
        images=(Picture(photo()),),
        mask=Mask(Picture(mask())),
        strategy=Strategy.PRIORITY,
        regions=("eu",),
    )
    async with built(config, **environ) as limner:
        result = await limner.engine.run(inpaint)
        assert result.model.startswith("bfl/")
        assert result.images[0].measured.changed_outside_mask == 0
        assert len(european.bill.charges()) == 1
        assert not elsewhere.bill.charges()
        await limner.engine.run(inpaint.replace(regions=()))
        assert (len(european.bill.charges()), len(elsewhere.bill.charges())) == (1, 1)
