"""A Limner whose operator has named a tiny pipeline: its weights are random, built and saved here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.settings import Settings
from tests.painters.diffusers.tiny import tiny
from tests.support.clock import SkippingClock

MODELS = """
[models."diffusers/tiny"]
abilities.generate = {{}}
abilities.img2img = {{ images = [1, 1] }}
abilities.inpaint = {{ images = [1, 1], mask = "required" }}
hosting = "here"
mask = {{ encoding = "luma" }}
wire = {{ folder = "{folder}", device = "{device}", dtype = "float32" }}
prices = [{{ free = true }}]
[models."diffusers/tiny".limits]
n = 4
negative_prompt = 1000
seed = [0, 2147483647]
strength = [0, 1]
guidance = [0, 20]
steps = [1, 50]
[models."diffusers/tiny".sizes]
default = "32x32"
free = {{ multiple = 8, least_edge = 16, most_edge = 64 }}

[models."diffusers/other"]
like = "diffusers/tiny"
"""


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the tiny pipeline."""
    folder = tmp_path_factory.mktemp("tiny")
    words = tmp_path_factory.mktemp("words")
    tiny(words).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture
def device() -> str:
    return "cpu"


@pytest.fixture
def limner_with(tmp_path: Path, device: str) -> Callable[[Path], Assembly]:
    """Build a Limner whose operator has named a folder."""

    def build(folder: Path) -> Assembly:
        config = tmp_path / "limner.toml"
        config.write_text(MODELS.format(folder=folder, device=device))
        return assemble(Settings(environ={}, config=config), clock=SkippingClock())

    return build
