"""The live suite's own parts, against the sandbox: under its cap, and nothing of anybody's own recorded."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from limner.assembly import assemble
from limner.core.operations import Operation
from limner.core.secret import Secret
from limner.providers import registry
from limner.sandbox.app import VENDORS
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.live import CapReached, Purse, Recorder, buy, cheapest, read_env

EMULATED = {vendor.slug for vendor in VENDORS}
SLUGS = sorted(
    slug
    for slug, adapter in registry.load_all().items()
    if slug in EMULATED and adapter.profile.key_names and adapter.profile.base_url_name
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def settings(sandbox: RunningSandbox, slug: str) -> Settings:
    adapter = registry.get(slug)
    assert adapter is not None
    profile = adapter.profile
    environ = dict.fromkeys(profile.key_names[:1], sandbox.key(slug))
    environ[str(profile.base_url_name)] = sandbox.url(slug)
    return Settings(environ=environ)


@pytest.mark.row("A10")
@pytest.mark.parametrize("operation", [Operation.GENERATE, Operation.EDIT], ids=str)
@pytest.mark.parametrize("slug", SLUGS)
async def test_the_cheapest_is_bought_and_recorded_without_secrets(
    slug: str, operation: Operation, sandbox: RunningSandbox, tmp_path: Path
):
    purse, recorder = Purse(), Recorder((sandbox.key(slug),))
    async with assemble(settings(sandbox, slug), clock=SkippingClock()) as limner:
        recorder.watch(limner)
        found = await cheapest(limner, slug, operation)
        if found is None:  # nothing of it has a price that is bounded in dollars
            models = [model for model in limner.catalog.all() if model.provider == slug]
            assert not any(
                price.usd_per_unit for model in models if model.can(operation) for price in model.prices
            )
            return
        request, most = found
        result = await buy(limner, purse, request, most)
    assert result.images
    assert result.cost.usd is not None
    assert most == purse.held <= purse.cap
    path = recorder.save(tmp_path, operation.value, {"model": result.model})
    written = path.read_text()
    assert json.loads(written)["exchanges"]
    assert sandbox.key(slug) not in written
    assert len(written) < 100_000  # no picture is in it


async def test_a_purse_that_is_too_small_buys_nothing(sandbox: RunningSandbox):
    sandbox.reset()
    async with assemble(settings(sandbox, "openai"), clock=SkippingClock()) as limner:
        found = await cheapest(limner, "openai", Operation.GENERATE)
        assert found is not None
        with pytest.raises(CapReached, match="LIMNER_LIVE_CAP"):
            await buy(limner, Purse(cap=Decimal("0.0001")), *found)
    assert not sandbox.bill.charges()


def test_a_purse_counts_what_could_be_spent():
    purse = Purse(cap=Decimal(1))
    purse.hold(Decimal("0.6"))
    with pytest.raises(CapReached):
        purse.hold(Decimal("0.6"))
    with pytest.raises(CapReached, match="nobody knows"):
        purse.hold(None)
    assert purse.held == Decimal("0.6")


def test_what_is_anybodys_own_is_scrubbed():
    recorder = Recorder(("sk-secret-1",))
    said = {
        "id": "gen-12345",
        "organization": "org-abcdefgh",
        "note": "sk-secret-1 of jane@example.com in org-abcdefgh",
        "url": "https://files.invalid/a.png?X-Signature=abc&Expires=1",
        "data": [{"b64_json": "A" * 5000}],
        "usage": {"tokens": 3},
    }
    assert recorder.scrubbed(said) == {
        "id": "scrubbed",
        "organization": "scrubbed",
        "note": "scrubbed of scrubbed in scrubbed",
        "url": "https://files.invalid/a.png?scrubbed",
        "data": [{"b64_json": "base64 of 5000 characters"}],
        "usage": {"tokens": 3},
    }


def test_keys_are_read_from_a_file(tmp_path: Path):
    path = tmp_path / ".env.local"
    path.write_text("# mine\nexport OPENAI_API_KEY='sk-1'\nFAL_KEY=\nLIMNER_LIVE_CAP=0.50\n")
    assert read_env(path) == {"OPENAI_API_KEY": "sk-1", "LIMNER_LIVE_CAP": "0.50"}
    assert read_env(tmp_path / "none") == {}
    assert Settings(environ=read_env(path)).named_key("OPENAI_API_KEY") == Secret("sk-1")
