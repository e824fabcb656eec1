"""What of the diffusers painter needs no torch: what it loads, what it calls with, that it is optional.

The pipelines themselves are in tests/painters/diffusers, which is opt-in.
"""

import json
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.models import NATIVE, Model
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.requests import Request
from limner.engine.makers import Access, Makers
from limner.painters import registry
from limner.painters.diffusers.options import DiffusersOptions
from limner.painters.diffusers.painter import arguments, seeds
from limner.painters.diffusers.weights import Weights, weights_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "x": [None, None],
}


def model(**wire: object) -> Model:
    kinds = {Operation.GENERATE: NATIVE}
    return Model("diffusers/m", "diffusers", "m", kinds, "invented", date(2026, 11, 21), wire=wire)


def pipeline(folder: Path, index: object = INDEX, weights: str = "unet/weights.safetensors") -> Path:
    (folder / weights).parent.mkdir(parents=True)
    (folder / weights).touch()
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def test_a_folder_is_loaded_from(tmp_path: Path):
    folder = pipeline(tmp_path / "m")
    assert weights_of(model(folder=str(folder))) == Weights(str(folder), None)
    assert weights_of(model(folder=str(folder), variant="fp16")).variant == "fp16"


def test_a_hubs_model_is_loaded_at_one_commit():
    assert weights_of(model(hub="owner/name", revision=COMMIT)) == Weights("owner/name", COMMIT)


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"hub": "owner/name"},
        {"hub": "owner/name", "revision": "main"},
        {"hub": "owner/name", "revision": COMMIT[:-1]},
        {"hub": "../elsewhere", "revision": COMMIT},
        {"hub": "owner/..", "revision": COMMIT},
        {"hub": "name", "revision": COMMIT},
        {"hub": "https://hub.invalid/owner/name", "revision": COMMIT},
        {"folder": "/nowhere/at/all"},
    ],
)
def test_anything_else_is_refused(wire: dict[str, object]):
    with pytest.raises(UserError) as caught:
        weights_of(model(**wire))
    assert caught.value.code == "invalid_catalog"


@pytest.mark.parametrize(
    ("index", "weights", "said"),
    [
        (INDEX | {"unet": ["my_code", "Evil"]}, "unet/w.safetensors", "my_code"),
        (INDEX | {"unet": ["../up", "Evil"]}, "unet/w.safetensors", "code of its own"),
        (INDEX, "unet/w.bin", "no safetensors"),
        (INDEX, "unet/w.ckpt", "no safetensors"),
    ],
)
def test_what_could_run_code_is_refused_before_it_is_loaded(
    index: object, weights: str, said: str, tmp_path: Path
):
    with pytest.raises(UserError, match=said):
        weights_of(model(folder=str(pipeline(tmp_path / "m", index, weights))))


# What a pipeline is called with

ACCEPTED = dict.fromkeys(
    ["prompt", "num_images_per_prompt", "width", "height", "num_inference_steps", "generator"]
)


def order(**more: object) -> Order:
    request = Request(Operation.GENERATE, prompt="a kite", size=Size(64, 32)).replace(**more)
    return Order(request, model(), DiffusersOptions())


def test_fields_go_by_the_pipelines_names():
    assert arguments(order(n=2, steps=9), ACCEPTED) == {
        "prompt": "a kite",
        "num_images_per_prompt": 2,
        "num_inference_steps": 9,
        "width": 64,
        "height": 32,
    }


@pytest.mark.parametrize(
    ("field", "value"), [("negative_prompt", "grey"), ("guidance", 3.0), ("strength", 0.5)]
)
def test_nothing_is_left_out_quietly(field: str, value: object):
    with pytest.raises(UserError) as caught:
        arguments(order(**{field: value}), ACCEPTED)
    assert caught.value.field == field


def test_each_picture_has_a_seed_of_its_own():
    assert seeds(order(n=3, seed=7)) == [7, 8, 9]
    assert seeds(order(n=3)) == []


# Optional

START = """
import sys
from limner.assembly import assemble
from limner.settings import Settings
assemble(Settings(environ={})).makers.usable("diffusers")
loaded = [name for name in ("torch", "diffusers", "transformers") if name in sys.modules]
assert not loaded, loaded
"""


def test_nothing_of_it_is_imported_at_start():
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_the_extra_it_says_what_to_install():
    makers = Makers(lambda _: None, registry.get, lambda _: Access(None))
    painter = registry.get("diffusers")
    assert painter is not None
    if all(find_spec(module) for module in painter.needs):
        assert makers.usable("diffusers")
        return
    with pytest.raises(UserError, match=r"limner\[diffusers\]"):
        makers.of("diffusers")
