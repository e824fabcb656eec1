"""A Limner whose operator has set LiteLLM up, against the sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

MODELS = """
[models."litellm/gpt"]
abilities.generate = {{}}
abilities.edit = {{ images = [1, 4], mask = "optional" }}
abilities.variation = {{ prompt = "unused", images = [1, 1] }}
limits = {{ n = 4, qualities = {{ draft = "low", standard = "medium" }}, formats = ["png", "jpeg"] }}
wire = {{ model = "openai/gpt-image-2", base = "{openai}" }}
mask = {{ encoding = "alpha" }}
[models."litellm/gpt".sizes]
default = "1024x1024"
fixed = ["1024x1024", "1536x1024"]
[[models."litellm/gpt".prices]]
token = {{ text_in = "5", image_in = "8", image_out = "30" }}

[models."litellm/unpriced"]
abilities = {{ generate = {{}} }}
wire = {{ model = "openai/gpt-image-2", base = "{openai}" }}

[models."litellm/gemini"]
abilities = {{ generate = {{}}, edit = {{ images = [1, 4] }} }}
wire = {{ model = "gemini/gemini-nano-banana-2.1", base = "{gemini}" }}

[models."litellm/azure"]
abilities = {{ generate = {{}}, edit = {{ images = [1, 4] }} }}
wire = {{ model = "azure/gpt-image-2", base = "{azure}", api_version = "2025-04-01-preview" }}

[models."litellm/together"]
abilities = {{ generate = {{}} }}
sizes = {{ default = "1024x1024", fixed = ["1024x1024"] }}
[models."litellm/together".wire]
model = "together_ai/black-forest-labs/FLUX.2-pro"
base = "{together}"
keys = {{ api_key = "TOGETHER_API_KEY" }}

[models."litellm/upscaler"]
abilities = {{ upscale = {{ prompt = "unused", images = [1, 1] }} }}
wire = {{ model = "openai/gpt-image-2", base = "{openai}" }}

[models."litellm/keyless"]
abilities = {{ generate = {{}} }}
wire = {{ model = "openai/gpt-image-2", base = "{openai}", keys = {{}} }}
"""

KEYS = {
    "OPENAI_API_KEY": "sk-tenant",
    "GEMINI_API_KEY": "AIza-tenant",
    "AZURE_API_KEY": "azure-tenant",
    "TOGETHER_API_KEY": "together-tenant",
}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture
def limner_at(tmp_path: Path) -> Callable[..., Assembly]:
    """Build it; `bases` replace the sandbox's addresses, `environ` the keys."""

    def build(sandbox: RunningSandbox, environ: dict[str, str] | None = None, **bases: str) -> Assembly:
        urls = {
            "openai": sandbox.url("openai"),
            "gemini": sandbox.url("gemini"),
            "azure": sandbox.root + "/azure",
            "together": sandbox.url("together"),
        }
        config = tmp_path / "limner.toml"
        config.write_text(MODELS.format(**{**urls, **bases}))
        hosts = frozenset({sandbox.root.removeprefix("http://")})
        settings = Settings(
            environ=KEYS if environ is None else environ, config=config, private_hosts=hosts, store=None
        )
        return assemble(settings, clock=SkippingClock())

    return build
