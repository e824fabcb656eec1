"""What the environment says reaches those it is for (row C9)."""

from datetime import timedelta

import pytest

from limner.assembly import assemble
from limner.core.adapter import Profile
from limner.core.errors import UserError
from limner.policy.breaker import Thresholds
from limner.providers import registry
from limner.settings import Settings

pytestmark = pytest.mark.row("C9")

KEYS = {
    "openai": "OPENAI_API_KEY",
    "together": "TOGETHER_API_KEY",
    "replicate": "REPLICATE_API_TOKEN",
    "gemini": "GEMINI_API_KEY",
    "stability": "STABILITY_API_KEY",
    "fal": "FAL_KEY",
}


def profile(slug: str) -> Profile:
    adapter = registry.get(slug)
    assert adapter is not None
    return adapter.profile


@pytest.mark.parametrize(("slug", "name"), KEYS.items())
def test_a_key_is_found_by_the_name_that_everybody_uses(
    slug: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    assert Settings().key(profile(slug)) is None
    monkeypatch.setenv(name, " k-secret ")
    settings = Settings()
    key = settings.key(profile(slug))
    assert key is not None
    assert key.reveal() == "k-secret"
    assert "k-secret" not in repr(settings)
    assert assemble(settings).health.availability(slug).available


@pytest.mark.parametrize(
    ("flag", "on"),
    [(None, True), ("", True), ("true", True), ("1", True), ("false", False), ("FALSE", False), ("0", False)],
)
def test_a_flag_switches_a_provider_off_and_absent_it_is_on(flag: str | None, on: bool):
    environ = {"OPENAI_API_KEY": "k"} | ({} if flag is None else {"ENABLE_IMAGE_GENERATION_OPENAI": flag})
    found = assemble(Settings(environ=environ)).health.availability("openai")
    assert (found.available, found.layer) == (on, None if on else "flag")


def test_a_flag_without_a_key_switches_nothing_on():
    found = assemble(Settings(environ={"ENABLE_IMAGE_GENERATION_OPENAI": "true"})).health
    assert found.availability("openai").layer == "key"


def test_the_breakers_thresholds(monkeypatch: pytest.MonkeyPatch):
    usual = assemble(Settings()).health.thresholds
    assert usual == Thresholds(5, timedelta(minutes=10), timedelta(minutes=10))
    monkeypatch.setenv("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "3")
    monkeypatch.setenv("CIRCUIT_BREAKER_WINDOW_MS", "60000")
    monkeypatch.setenv("CIRCUIT_BREAKER_TIMEOUT_MS", "30000")
    found = assemble(Settings()).health.thresholds
    assert found == Thresholds(3, timedelta(minutes=1), timedelta(seconds=30))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0"),
        ("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "five"),
        ("CIRCUIT_BREAKER_TIMEOUT_MS", "-1"),
        ("LIMNER_ROUTING", "dearest"),
        ("LIMNER_RETIRED", "perhaps"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as raised:
        Settings()
    assert (raised.value.code, raised.value.field) == ("invalid_setting", name)
    assert value in raised.value.message
