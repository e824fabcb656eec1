"""Which models there are and what each takes: the published facts, as the data files they came in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = (
    "PyPI novelai-sdk 0.14.1 and public clients that quote doc.json (August to October 2026)",
    "facts sheet of 2026-11-21",
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    id: str
    family: str
    """`v3`, `v4`, `v4.5` or `v5`."""
    structured_prompt: bool
    """Whether `v4_prompt` must be sent."""
    sm: bool
    vibe: bool
    precise_reference: bool
    alpha: bool
    inpaints: bool
    """Whether this is the id for infill."""


def _read(name: str) -> Any:
    return json.loads(files("limner.sandbox.novelai").joinpath(name).read_text(encoding="utf-8"))


@cache
def schemas() -> Mapping[str, Any]:
    """Every published body, under `$defs`."""
    return _read("schemas.json")


@cache
def models() -> Mapping[str, Model]:
    """Every model by id, those for infill included."""
    found: dict[str, Model] = {}
    for entry in _read("models.json")["data"]:
        facts = {
            name: entry[name]
            for name in ("family", "structured_prompt", "sm", "vibe", "precise_reference", "alpha")
        }
        found[entry["id"]] = Model(entry["id"], **facts, inpaints=False)
        if entry["inpaint_model"]:
            found[entry["inpaint_model"]] = Model(entry["inpaint_model"], **facts, inpaints=True)
    curated = found["nai-diffusion-4-curated-preview"]
    return found | {"nai-diffusion-4-curated": curated}  # seen as another name of it
