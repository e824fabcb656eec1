"""The emulators that Hugging Face's `InferenceClient` knows the way to, against that client.

Its helpers hold each provider's address; they are given the sandbox's instead. Models would be looked up on
the hub; the client's own table for local tests says what they are.
"""

from typing import Any

import pytest
from huggingface_hub import InferenceClient, constants
from huggingface_hub.hf_api import InferenceProviderMapping
from huggingface_hub.inference import _providers
from huggingface_hub.inference._providers import _common, wavespeed

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox

PNG = encode(paint("a", 640, 480), "png")
WAYS: dict[str, tuple[str, str, str]] = {  # the emulator, its address, and a model
    "wavespeed": ("wavespeed", "", "wavespeed-ai/z-image/turbo"),
    "together": ("together", "", "black-forest-labs/FLUX.2-pro"),
    "replicate": ("replicate", "", "black-forest-labs/flux-schnell"),
    "fal-ai": ("fal", "/run", "fal-ai/flux/schnell"),
}


@pytest.fixture
def pointed(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(wavespeed, "_POLLING_INTERVAL", 0)
    helpers: Any = _providers.PROVIDERS
    for name, (slug, path, _) in WAYS.items():
        for helper in helpers[name].values():
            monkeypatch.setattr(helper, "base_url", sandbox.url(slug, path))
    return sandbox


def client_of(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, name: str, model: str, task: str
) -> InferenceClient:
    """The client, unmodified but for the way to its provider."""
    known = InferenceProviderMapping(
        provider=name, hf_model_id="a/model", providerId=model, status="live", task=task
    )
    monkeypatch.setitem(_common.HARDCODED_MODEL_INFERENCE_MAPPING, name, {"a/model": known})
    provider: Any = name
    return InferenceClient(provider=provider, api_key=sandbox.key(WAYS[name][0]))


@pytest.mark.parametrize("name", WAYS)
def test_text_to_image(pointed: RunningSandbox, monkeypatch: pytest.MonkeyPatch, name: str):
    slug, _, model = WAYS[name]
    client = client_of(pointed, monkeypatch, name, model, "text-to-image")
    assert client.text_to_image("a kite", model="a/model").width >= 1024
    [charge] = pointed.bill.charges()
    assert (charge.provider, charge.model, charge.delivered) == (slug, model, True)


def test_image_to_image(pointed: RunningSandbox, monkeypatch: pytest.MonkeyPatch):
    model = "wavespeed-ai/qwen-image/edit"
    client = client_of(pointed, monkeypatch, "wavespeed", model, "image-to-image")
    assert client.image_to_image(PNG, prompt="red", model="a/model").size == (640, 480)
    assert pointed.bill.charges()[0].model == model
