"""Real keys, real money: collected only with `pytest --live tests/live`. CONTRIBUTING.md says how."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.providers import registry
from limner.settings import Settings
from tests.support.live import CAP, CAP_NAME, Purse, Recorder, read_env

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def environ() -> dict[str, str]:
    """What `.env.local` says, over the environment."""
    return {**os.environ, **read_env(ROOT / ".env.local")}


@pytest.fixture(scope="session")
def purse(environ: dict[str, str]) -> Purse:
    return Purse(Decimal(environ.get(CAP_NAME, str(CAP))))


@pytest.fixture(params=registry.slugs())
def slug(request: pytest.FixtureRequest, environ: dict[str, str]) -> str:
    """Each provider; skipped where its key is not there."""
    adapter = registry.get(request.param)
    assert adapter is not None
    settings = Settings(environ=environ)
    if adapter.profile.key_names and settings.key(adapter.profile) is None:
        pytest.skip(f"{adapter.profile.key_names[0]} is not in .env.local")
    if not (adapter.profile.base_url or settings.base_url(adapter.profile)):
        pytest.skip(f"{adapter.profile.base_url_name} is not in .env.local")
    return request.param


@pytest.fixture
async def limner(environ: dict[str, str]) -> AsyncIterator[Assembly]:
    async with assemble(Settings(environ=environ)) as built:
        yield built


@pytest.fixture
def record(
    environ: dict[str, str], limner: Assembly, pytestconfig: pytest.Config
) -> Callable[[str, str, str], None]:
    """Write what went over the wire to `recorded/<slug>/<name>.json`, scrubbed; with `--record` only."""
    profiles = [adapter.profile for adapter in registry.load_all().values()]
    found = [Settings(environ=environ).key(profile) for profile in profiles]
    recorder = Recorder(tuple(secret.reveal() for secret in found if secret is not None))
    recorder.watch(limner)

    def save(slug: str, name: str, model: str) -> None:
        if pytestconfig.getoption("--record"):
            day = datetime.now(UTC).date().isoformat()
            facts = {"source": "recorded live", "checked_on": day, "model": model}
            recorder.save(Path(__file__).parent / "recorded" / slug, name, facts)

    return save
