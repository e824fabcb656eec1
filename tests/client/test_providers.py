"""An operator's keys at a provider, against Venice's emulator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from limner import AsyncLimner, Limner
from limner.core.accounts import Accounts, Signed
from limner.core.errors import ProviderError, Unauthorized, UserError
from limner.core.http import HttpReply
from limner.providers import registry
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.sandbox.test_venice import Wallet


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def settings(sandbox: RunningSandbox, key: str | None = None) -> Settings:
    environ = {"VENICE_API_KEY": key or sandbox.key("venice"), "VENICE_BASE_URL": sandbox.url("venice")}
    return Settings(environ=environ)


@pytest.fixture
def limner(sandbox: RunningSandbox) -> Iterator[Limner]:
    sandbox.reset()
    with Limner(settings=settings(sandbox)) as limner:
        yield limner


@pytest.mark.row("B4")
def test_keys_are_made_listed_and_deleted(limner: Limner, sandbox: RunningSandbox):
    keys = limner.providers.venice.keys
    assert keys.list() == ()
    later = (datetime.now(UTC) + timedelta(30)).date().isoformat()
    made = keys.create("for the studio", usd="12.50", period="day", expires=later)
    assert made.secret.reveal() not in repr(made)
    [listed] = keys.list()
    assert (listed.id, listed.kind, listed.description) == (made.id, "inference", "for the studio")
    assert (listed.usd, listed.spent, listed.last_used) == (Decimal("12.5"), 0, None)
    assert made.secret.reveal().endswith(listed.ends)
    assert (listed.expires or "").startswith(later)
    with Limner(settings=settings(sandbox, made.secret.reveal())) as theirs:
        assert theirs.generate("a pear", model="venice/z-image-turbo").images, "it is a key that works"
        with pytest.raises(Unauthorized):
            theirs.providers.venice.keys.list()
    keys.delete(made.id)
    assert keys.list() == ()
    with pytest.raises(ProviderError):
        keys.delete(made.id)


@pytest.mark.row("B4")
def test_how_often_a_key_may_ask(limner: Limner):
    limits = limner.providers.venice.keys.limits()
    assert {limit.unit for limit in limits} == {"RPM"}
    assert all(limit.amount > 0 for limit in limits)
    assert "z-image-turbo" in {limit.model for limit in limits}


@pytest.mark.row("B4")
async def test_a_wallet_gets_a_key_without_having_one(sandbox: RunningSandbox):
    async with AsyncLimner(settings=settings(sandbox, "sk-invalid")) as limner:
        keys = limner.providers.venice.keys
        wallet, token = Wallet(12345), await keys.wallet_token()
        proof = Signed(wallet.address, wallet.sign(token), token)
        made = await keys.of_wallet(proof, "my wallet's", kind="admin")
        with pytest.raises(Unauthorized):
            await keys.of_wallet(proof, "again")
    async with AsyncLimner(settings=settings(sandbox, made.secret.reveal())) as limner:
        [listed] = await limner.providers.venice.keys.list()
    assert (listed.id, listed.kind) == (made.id, "admin")


def test_who_has_no_calls_for_keys_says_so(sandbox: RunningSandbox):
    environ = {"TOGETHER_API_KEY": sandbox.key("together"), "TOGETHER_BASE_URL": sandbox.url("together")}
    with Limner(settings=Settings(environ=environ)) as limner:
        with pytest.raises(UserError, match="has no calls for keys"):
            limner.providers.together.keys.list()
        with pytest.raises(UserError, match="VENICE_API_KEY"):
            limner.providers.venice.keys.list()
        with pytest.raises(UserError, match="OPENAI_COMPATIBLE_BASE_URL"):
            limner.providers.openai_compatible.keys.list()


def test_an_attribute_is_a_provider_or_nothing():
    with Limner() as limner:
        assert {one.provider for one in limner.providers()} >= {"venice", "limner"}
        with pytest.raises(AttributeError, match="venice"):
            _ = limner.providers.vennice


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 3}', b'{"data": {"id": 1}}'])
def test_what_cannot_be_read_is_malformed(body: bytes):
    adapter = registry.get("venice")
    assert isinstance(adapter, Accounts)
    for read in (adapter.read_keys, adapter.read_made, adapter.read_limits, adapter.read_token):
        with pytest.raises(ProviderError):
            read(HttpReply(200, {}, body))
