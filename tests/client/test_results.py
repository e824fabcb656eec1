"""Results as people use them, and as programs read them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from limner import Limner, Operation, UserError
from limner.client import files, plain
from limner.client.results import Result
from limner.core import errors
from limner.settings import Settings


@pytest.fixture(scope="module")
def limner() -> Iterator[Limner]:
    with Limner(settings=Settings(environ={})) as limner:
        yield limner


@pytest.fixture(scope="module")
def result(limner: Limner) -> Result:
    return limner.generate("a pear", model="limner/sketch", size="48x32", n=2, seed=5)


def test_the_first_picture_and_all(result: Result):
    assert len(result.images) == 2
    assert result.image is result.images[0]
    assert (result.image.suffix, result.image.seed) == (".png", 5)


def test_saving(result: Result, tmp_path: Path):
    path = result.image.save(tmp_path / "pear.png")
    assert path.read_bytes() == result.image.bytes
    assert result.image.save(str(path)) == path
    assert [each.name for each in tmp_path.iterdir()] == ["pear.png"]


def test_saving_where_it_cannot_be(result: Result, tmp_path: Path):
    with pytest.raises(UserError) as caught:
        result.image.save(tmp_path / "nowhere" / "pear.png")
    assert caught.value.code == "unwritable_output"


def test_a_failed_write_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "pear.png"
    path.write_text("old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="no space left on device"):
        files.write(path, b"new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["pear.png"]


def test_permissions_are_those_of_any_new_file(tmp_path: Path):
    (tmp_path / "plain").write_bytes(b"x")
    files.write(tmp_path / "ours", b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_for_pillow(result: Result):
    with result.image.pil() as image:
        assert isinstance(image, Pillow.Image)
        assert image.size == (48, 32)


def test_in_a_notebook(result: Result):
    assert result.image._repr_mimebundle_() == {"image/png": result.image.bytes}


def test_as_json(result: Result):
    value = json.loads(json.dumps(plain.result(result, images="b64")))
    assert value["operation"] == "generate"
    assert value["cost"] == {
        "kind": "exact",
        "amount": "0",
        "currency": "USD",
        "usd": "0",
        "arithmetic": value["cost"]["arithmetic"],
    }
    assert base64.b64decode(value["images"][0]["b64_json"]) == result.image.bytes
    assert "b64_json" not in plain.result(result)["images"][0]  # pyright: ignore[reportIndexIssue]
    assert value["attempts"][0]["state"] == "kept"


def test_a_quote_as_json(limner: Limner):
    quote = limner.quote(Operation.GENERATE, prompt="a pear", model="openai/gpt-image-2", n=2)
    value = json.loads(json.dumps(plain.quote(quote)))
    assert value["model"] == "openai/gpt-image-2"
    assert value["price"]["kind"] == "estimated"
    assert value["calls"] == 1


def test_a_model_as_json(limner: Limner):
    value = json.loads(json.dumps(plain.model(limner.model("limner/heal"))))
    assert {"inpaint", "erase"} <= set(value["operations"])


def test_models_by_operation(limner: Limner):
    assert {model.id for model in limner.models("erase", provider="limner")} == {"limner/heal"}
    assert limner.models() == limner.models(None)
    with pytest.raises(UserError) as caught:
        limner.models("erse")
    assert caught.value.suggestions[0] == "erase"


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (
            errors.UserError("No.", code="c", remedy="r", field="size", suggestions=("a",)),
            {"type": "UserError", "code": "c", "field": "size", "suggestions": ["a"], "billed": "no"},
        ),
        (
            errors.Refused("No.", stage=errors.Stage.BUDGET, remedy="r"),
            {"type": "Refused", "stage": "budget", "categories": [], "code": "budget_refused"},
        ),
        (
            errors.RateLimited("No.", provider="p", retry_after=3, status=429),
            {"type": "RateLimited", "provider": "p", "retry_after": 3, "status": 429, "billed": "unknown"},
        ),
    ],
)
def test_an_error_as_json(error: errors.Error, facts: dict[str, object]):
    value = json.loads(json.dumps(plain.error(error)))
    assert {name: value[name] for name in facts} == facts
    assert {"message", "remedy", "request_id"} <= value.keys()
