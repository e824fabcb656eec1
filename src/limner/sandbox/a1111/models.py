"""What is installed on the emulated machine, and the published shape of every body."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = (
    "stable-diffusion-webui modules/api/models.py @008a8e7",
    "facts sheet of 2026-11-21",
)

CHECKPOINTS: Final = ("v1-5-pruned-emaonly", "sd_xl_base_1.0", "sd-v1-5-inpainting")
SAMPLERS: Final = ("Euler", "Euler a", "DPM++ 2M", "DPM++ SDE", "DDIM", "UniPC", "LMS")
SCHEDULERS: Final = ("Automatic", "Uniform", "Karras", "Exponential", "SGM Uniform")
UPSCALERS: Final[Mapping[str, int]] = {
    "None": 1,
    "Lanczos": 4,
    "Nearest": 4,
    "ESRGAN_4x": 4,
    "R-ESRGAN 4x+": 4,
}
SCRIPTS: Final = frozenset({"controlnet", "adetailer"})
OPTIONS: Final[Mapping[str, Any]] = {
    "samples_format": "png",
    "sd_model_checkpoint": "",
    "sd_checkpoint_hash": "",
    "sd_vae": "Automatic",
    "CLIP_stop_at_last_layers": 1,
}
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "base64 string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "array of string": {"type": "array", "items": {"type": "string"}},
    "array of base64 string": {"type": "array", "items": {"type": "string"}},
}
_KEPT: Final = {"minimum": "minimum", "maximum": "maximum", "exclusive_minimum": "exclusiveMinimum"}


@cache
def document() -> Mapping[str, Any]:
    """The published calls."""
    text = files("limner.sandbox.a1111").joinpath("sdapi.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def fields(call: str) -> Mapping[str, Mapping[str, Any]]:
    """What a call takes, by name.

    Args:
        call: its last step: `txt2img`.
    """
    return document()["endpoints"][f"POST /sdapi/v1/{call}"]["request"]


@cache
def schema(call: str) -> Mapping[str, Any]:
    """JSON Schema of a body; null stands for the default everywhere."""
    return {"type": "object", "properties": {name: _property(spec) for name, spec in fields(call).items()}}


def _property(spec: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(_KINDS[spec["type"]])
    found |= {ours: spec[theirs] for theirs, ours in _KEPT.items() if theirs in spec}
    return {**found, "type": [found["type"], "null"]}


def title(checkpoint: str) -> str:
    """A checkpoint as the page shows it: with its hash."""
    return f"{checkpoint}.safetensors [{digest(checkpoint)}]"


def digest(checkpoint: str) -> str:
    """A checkpoint's short hash: ten hexadecimal digits."""
    return f"{sum(ord(letter) ** 3 for letter in checkpoint):010x}"[-10:]


def checkpoint_of(name: str) -> str | None:
    """The checkpoint of a name or a title; None where there is none."""
    return next((one for one in CHECKPOINTS if name in {one, f"{one}.safetensors", title(one)}), None)
