"""`limner providers check-contract`."""

import json
from pathlib import Path
from typing import Any

import pytest

from limner.providers import registry
from tests.cli.conftest import Limner
from tests.support.sources import PACKAGE


@pytest.fixture
def document() -> Any:
    """The one in Together's folder."""
    return json.loads((PACKAGE / "providers" / "together" / "openapi.json").read_text("utf-8"))


@pytest.mark.row("B5")
def test_all_conform_and_who_publishes_nothing_is_named(limner: Limner):
    ran = limner("providers", "check-contract")
    assert ran.code == 0
    for slug in registry.slugs():
        [row] = [line for line in ran.out.splitlines() if f" {slug} " in line]
        assert row.startswith("✓")
        documented = (PACKAGE / "providers" / slug.replace("-", "_") / "openapi.json").exists()
        assert ("rules only" in row) != documented
    assert "Every adapter conforms." in ran.err


@pytest.mark.row("B5")
def test_a_newer_document_says_what_drifted(limner: Limner, document: Any, folder: Path):
    schema = document["paths"]["/images/generations"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    schema["properties"]["brush"] = {"type": "string"}
    del schema["properties"]["seed"]
    (folder / "newer.json").write_text(json.dumps(document))
    ran = limner("providers", "check-contract", "together", "--spec", "newer.json")
    assert ran.code == 1
    assert ran.out.startswith("   provider")
    assert "together: POST /images/generations: the document has no `seed`" in ran.out
    assert "together: POST /images/generations: new: brush" in ran.out
    told = limner("providers", "check-contract", "together", "--spec", "newer.json", "--json").json
    assert told["problems"] == ["POST /images/generations: the document has no `seed`"]
    assert (told["provider"], told["document"]) == ("together", "2.0.0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tether"], "There is no provider 'tether'"),
        (["--spec", "newer.json"], "A document is of one provider"),
        (["together", "--spec", "none.json"], "none.json cannot be read"),
        (["together", "--spec", "limner.yaml"], "no OpenAPI document in JSON"),
        (["together", "--spec", "http://127.0.0.1/spec.json"], "an address that is not public"),
    ],
)
def test_what_cannot_be_compared_is_an_input_error(limner: Limner, folder: Path, words: list[str], said: str):
    (folder / "limner.yaml").write_text("openapi: 3.1.0")
    ran = limner("providers", "check-contract", *words)
    assert ran.code == 2
    assert said in ran.err


def test_the_list_is_still_there(limner: Limner):
    assert {line["provider"] for line in limner("providers", "--json").lines} >= set(registry.slugs())
