"""`limner route` and `limner recommend`: who would do it, at which price, and why not the others."""

from pathlib import Path

import pytest
from PIL import Image

from limner.catalog.load import load
from tests.cli.conftest import Limner

EUROPEAN = """
[models."openai/gpt-image-2.5-flare"]
regions = ["eu"]
"""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("OPENAI_API_KEY", "STABILITY_API_KEY", "FAL_KEY"):
        monkeypatch.setenv(name, "k")
    (folder / "limner.toml").write_text(EUROPEAN)
    monkeypatch.setenv("LIMNER_CONFIG", str(folder / "limner.toml"))
    Image.new("L", (640, 480), 255).save(folder / "m.png")


@pytest.mark.row("D6")
def test_what_is_published_of_regions_is_enough(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """What the issue promises, word for word, with keys alone: no operator has said where anything lies."""
    for name in ("BFL_API_KEY", "OPENAI_API_KEY", "STABILITY_API_KEY"):
        monkeypatch.setenv(name, "k")
    Image.new("L", (640, 480), 255).save(folder / "m.png")
    command = ("route", "A photorealistic sunset", "--max-cost", "0.04", "--region", "eu", "--mask", "m.png")
    ran = limner(*command, "--explain")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("bfl/flux-2-pro: about ")
    assert "in eu at https://api.eu.bfl.ai" in ran.err
    told = " ".join(ran.out.split())
    assert "It is not known where GPT Image 2 processes pictures; eu is asked." in told
    known = limner(*command, "--json").json
    assert {choice["model"].partition("/")[0] for choice in known["chosen"]} == {"bfl"}
    assert known["best"]["regions"] == ["eu"]
    assert known["best"]["address"] == "https://api.eu.bfl.ai"
    assert float(known["best"]["price"]["most"]) <= 0.04
    codes = {each["model"]: each["code"] for each in known["left_out"]}
    assert codes["bfl/flux-pro-1.0-fill"] == "over_max_cost"
    assert codes["openai/gpt-image-2"] == codes["stability/inpaint"] == "region_unknown"


@pytest.mark.usefixtures("keys")
def test_a_sentence_a_cap_a_region_and_a_mask_are_enough(limner: Limner):
    """What an operator knows of a provider counts too; a quality keeps the bound under four cents."""
    command = ("route", "A photorealistic sunset", "--max-cost", "0.04", "--region", "eu", "--mask", "m.png")
    ran = limner(*command, "--quality", "draft")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("openai/gpt-image-2.5-flare: about $")
    assert "tier" in ran.err
    known = limner(*command, "--quality", "draft", "--json").json
    assert known["operation"] == "inpaint"
    assert [choice["model"] for choice in known["chosen"]] == ["openai/gpt-image-2.5-flare"]
    assert float(known["best"]["price"]["most"]) <= 0.04
    assert known["best"]["regions"] == ["eu"]
    codes = {each["model"]: each["code"] for each in known["left_out"]}
    assert codes["stability/inpaint"] == "region_unknown"
    assert codes["limner/heal"] == "words"


@pytest.mark.usefixtures("keys")
def test_explain_names_every_model_with_its_score_or_its_reason(limner: Limner):
    ran = limner("route", "a pear", "--strategy", "cheapest", "--explain")
    told = "".join(ran.out.split())
    for model in load().all():
        assert model.id in told
    assert "cannot generate" in " ".join(ran.out.split())


def test_without_a_wish_it_is_what_paints_here(limner: Limner):
    ran = limner("route", "a pear")
    assert ran.code == 0
    assert ran.out.startswith("limner/sketch: free")


def test_nobody_is_a_failure_with_the_reasons(limner: Limner):
    ran = limner("route", "a pear", "--strategy", "cheapest")
    assert ran.code == 2
    assert ran.out == ""
    assert "not set up" in ran.err


@pytest.mark.parametrize(
    "words", [("--operation", "levitate"), ("--strategy", "luck"), ("--mask", "none.png")]
)
def test_bad_input_is_told(limner: Limner, words: tuple[str, ...]):
    ran = limner("route", "a pear", *words)
    assert ran.code == 2
    assert "Error" in ran.err


@pytest.mark.row("D6")
@pytest.mark.usefixtures("keys")
def test_recommend_tells_the_model_and_why(limner: Limner, coffee: Path):
    ran = limner("recommend", "erase", coffee)
    assert ran.code == 0, ran.err
    assert load().get(ran.out.strip()) is not None
    assert "is the best here to erase" in ran.err
    known = limner("recommend", "erase", coffee, "--max-cost", "0", "--json").json
    assert known["choice"]["model"] == "limner/heal"
    assert known["choice"]["band"] == "budget"


def test_lists_say_where_pictures_go_and_what_becomes_of_them(limner: Limner):
    flux = limner("models", "--provider", "bfl")
    assert "can be kept to eu or us" in " ".join(flux.out.split())
    told = " ".join(limner("models", "--provider", "replicate").out.split())
    assert "Replicate deletes inputs, outputs and logs" in told
    known = {line["id"]: line for line in limner("models", "--provider", "bfl", "--json").lines}
    assert known["bfl/flux-2-pro"]["addresses"] == {
        "eu": "https://api.eu.bfl.ai",
        "us": "https://api.us.bfl.ai",
    }


@pytest.mark.row("D6")
def test_lists_have_price_bands(limner: Limner):
    bands = {line["id"]: line["band"] for line in limner("models", "--json").lines}
    assert bands["limner/heal"] == "budget"
    assert {"budget", "mid", "premium", None} >= set(bands.values()) > {"budget"}
    assert "budget" in limner("models", "--operation", "erase").out
