"""`models`, `providers` and `doctor`."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from limner.catalog.load import load
from limner.cli import doctor
from limner.cli.listen import is_free
from limner.core.models import Lifecycle
from limner.core.operations import Operation
from limner.pixels import codecs
from limner.providers import registry
from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner


@pytest.mark.row("F3")
def test_models_are_listed_with_what_they_do_and_cost(limner: Limner):
    ran = limner("models")
    assert ran.code == 0
    row = next(line for line in ran.out.splitlines() if line.startswith("openai/gpt-image-2 "))
    assert "about $" in row
    row = next(line for line in ran.out.splitlines() if line.startswith("limner/heal "))
    assert "free" in row
    assert "inpaint, erase" in ran.out


def test_lists_fit_eighty_columns(limner: Limner):
    matrix = ("models", "--matrix")
    for command in (
        ("models", "--all"),
        ("models", "--operation", "erase", "--all"),
        matrix,
        (*matrix, "--provider", "novelai"),
        (*matrix, "--operation", "inpaint"),
        ("doctor",),
    ):
        for line in limner(*command).out.splitlines():
            assert cell_len(line) <= 80, line


def test_programs_get_every_living_model(limner: Limner):
    living = {model.id for model in load().all() if model.lifecycle is not Lifecycle.RETIRED}
    lines = {line["id"]: line for line in limner("models", "--json").lines}
    assert lines.keys() <= living
    assert lines["limner/heal"]["usable"]
    assert not lines["openai/gpt-image-2"]["usable"]
    assert lines["limner/heal"]["price"]["usd"] == "0"
    assert lines["openai/gpt-image-2"]["source"].startswith("https://")


@pytest.mark.row("F7")
def test_the_matrix_says_who_does_what_and_how(limner: Limner):
    grid = limner("models", "--matrix").out.splitlines()
    signs = next(line for line in grid if line.startswith("suggest-tags")).split()[1:]
    slugs = load().providers()
    assert [slug for slug, sign in zip(slugs, signs, strict=True) if sign == "●"] == ["novelai"]
    one = limner("models", "--matrix", "--operation", "inpaint", "--provider", "gemini")
    assert "◐ inpaint" in one.out
    assert "cut out and put back by Limner" in " ".join(one.out.split())
    assert "none of its models cuts out" in " ".join(
        limner("models", "--matrix", "--provider", "bfl").out.split()
    )
    lines = limner("models", "--matrix", "--json").lines
    assert len(lines) == len(slugs) * len(Operation)
    erase = next(line for line in lines if (line["provider"], line["operation"]) == ("openai", "erase"))
    assert (erase["how"], erase["through"]) == ("emulated", "inpaint")
    assert "openai/gpt-image-2" in erase["models"]
    assert limner("models", "--matrix", "--provider", "opena").code == 2


def test_retired_models_are_listed_when_asked_for(limner: Limner):
    retired = {model.id for model in load().all() if model.lifecycle is Lifecycle.RETIRED}
    assert retired
    shown = {line["id"] for line in limner("models", "--json").lines}
    all_of_them = {line["id"] for line in limner("models", "--all", "--json").lines}
    assert not shown & retired
    assert retired <= all_of_them
    text = limner("models", "--all").out
    assert "retired; use openai/" in text
    assert "  until 20" in text


def test_filters(limner: Limner):
    lines = limner("models", "--operation", "erase", "--provider", "limner", "--json").lines
    assert [line["id"] for line in lines] == ["limner/heal"]
    assert lines[0]["priced_for"] == "erase"
    assert limner("models", "--operation", "variations").code == 0
    assert (
        "No model is like that" in limner("models", "--provider", "azure", "--operation", "suggest-tags").err
    )


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [(("--provider", "opena"), "Did you mean openai?"), (("--operation", "erse"), "Did you mean erase")],
)
def test_a_filter_that_is_none(limner: Limner, arguments: tuple[str, ...], remedy: str):
    ran = limner("models", *arguments)
    assert ran.code == 2
    assert remedy in ran.err


def test_providers_name_their_variables(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-7")
    monkeypatch.setenv("ENABLE_IMAGE_GENERATION_AZURE", "false")
    text = limner("providers").out
    assert "OPENAI_API_KEY set" in text
    assert "switched off" in text
    lines = {line["provider"]: line for line in limner("providers", "--json").lines}
    assert lines["openai"]["usable"]
    assert lines["openai"]["key_set"]
    assert lines["azure"]["enabled"] is False
    assert "ENABLE_IMAGE_GENERATION_AZURE" in lines["azure"]["remedy"]
    assert lines["limner"]["usable"]
    assert set(registry.slugs()) <= lines.keys()
    assert "sk-secret-7" not in text + str(lines)


def test_the_doctor_finds_all_well(limner: Limner):
    ran = limner("doctor", "--json")
    assert ran.code == 0
    checks = {line["name"]: line for line in ran.lines}
    assert checks["painter"]["state"] == "ok"
    assert "painted 64x64" in checks["painter"]["text"]
    assert checks["openai"]["state"] == "note"
    assert "OPENAI_API_KEY" in checks["openai"]["remedy"]
    assert "webp" in checks["codecs"]["text"]
    assert limner("doctor").code == 0


def test_the_doctor_shows_no_key(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-7")
    text = limner("doctor").out
    assert "openai        ready" in text
    assert "sk-secret" not in text


def test_a_setting_that_is_wrong_is_broken(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIMNER_PORT", "eighty")
    ran = limner("doctor")
    assert ran.code == 1
    assert "LIMNER_PORT is 'eighty'" in ran.out


def test_a_configuration_that_is_wrong_is_broken(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "limner.toml").write_text("[models")
    monkeypatch.setenv("LIMNER_CONFIG", str(folder / "limner.toml"))
    ran = limner("doctor", "--json")
    assert ran.code == 1
    assert "limner.toml" in ran.lines[-1]["text"]


def test_a_codec_that_is_missing(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "codecs", lambda: {**codecs.codecs(), "avif": None})
    assert limner("doctor").code == 0
    monkeypatch.setattr(doctor, "codecs", lambda: {**codecs.codecs(), "png": None})
    assert limner("doctor").code == 1


def test_a_port_that_is_taken_is_a_note(
    limner: Limner, emulated: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    port = emulated.root.rpartition(":")[2]
    assert not is_free("127.0.0.1", int(port))
    monkeypatch.setenv("LIMNER_PORT", port)
    checks = {line["name"]: line for line in limner("doctor", "--json").lines}
    assert checks["port"]["state"] == "note"
    assert "is taken" in checks["port"]["text"]
