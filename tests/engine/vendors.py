"""Requests that any model takes, and what a sandbox of several vendors needs."""

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from limner.core.models import Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Margins, Mask, Picture, Reference, Role
from limner.core.requests import Request
from limner.sandbox.server import RunningSandbox
from limner.settings import Settings

KEY_NAMES = {
    "bfl": "BFL_API_KEY",
    "fal": "FAL_KEY",
    "novelai": "NOVELAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "replicate": "REPLICATE_API_TOKEN",
    "stability": "STABILITY_API_KEY",
    "together": "TOGETHER_API_KEY",
    "venice": "VENICE_API_KEY",
    "wavespeed": "WAVESPEED_API_KEY",
}
UNITS = dict.fromkeys(KEY_NAMES, "USD") | {"bfl": "credits", "novelai": "anlas", "stability": "credits"}
HARD = sorted(KEY_NAMES)
NAMED = """
[models."openai-compatible/localai".wire]
model = "stablediffusion"
"""
"""What an operator of LocalAI says in limner.toml: which of the models there is meant."""
SEARCHES = {Operation.SEARCH_REPLACE, Operation.RECOLOR}


def distinct(pairs: list[tuple[Model, Operation]]) -> list[tuple[Model, Operation]]:
    """Of models that a provider drives in just the same way, the first: some sell a hundred of them."""
    kept: dict[object, tuple[Model, Operation]] = {}
    for model, operation in pairs:
        fields: Any = model.wire.get("fields", {})
        driven = (model.abilities[operation], model.sizes, model.inputs, model.mask, tuple(fields.items()))
        kept.setdefault((model.provider, operation, model.wire.get("path"), driven), (model, operation))
    return list(kept.values())


def settings(sandbox: RunningSandbox, store: str | None = None) -> Settings:
    return Settings(environ=environ(sandbox), store=store)


def environ(sandbox: RunningSandbox) -> dict[str, str]:
    """The keys of all, and where they are emulated."""
    found: dict[str, str] = {}
    for slug, name in KEY_NAMES.items():
        found |= {name: sandbox.key(slug), f"{slug.upper()}_BASE_URL": sandbox.url(slug)}
    return found


def png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


@cache
def photograph(width: int = 160, height: int = 128, seed: int = 1) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def hole(width: int = 160, height: int = 128) -> np.ndarray:
    levels = np.zeros((height, width), np.uint8)
    levels[30:70, 45:110] = 255
    return levels


def plainest(model: Model, operation: Operation, **fields: Any) -> Request:
    """The least that a model must be given for an operation."""
    needs, ability = NEEDS[operation], model.abilities[operation]
    role = next(iter(model.limits.roles), Role.SOURCE)
    source = Picture(photograph())
    known: dict[str, Any] = {
        "prompt": "" if ability.prompt is Need.UNUSED else "a pear",
        "model": model.id,
        "images": (source,) * max(needs.images[0], ability.images[0]),
        "mask": Mask(Picture(png(hole()))) if needs.mask is Need.REQUIRED else None,
        "margins": Margins(left=32, top=16) if operation is Operation.OUTPAINT else Margins(),
        "search": "the hat" if operation in SEARCHES else None,
        "references": (Reference(Picture(photograph(seed=2)), role),) * model.limits.least_references,
    }
    return Request(operation, **{**known, **fields})
