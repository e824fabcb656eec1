"""Every provider against every operation: nothing is left out, and nothing is claimed that is not so."""

from dataclasses import replace
from datetime import date

import pytest

from limner.catalog.catalog import Catalog, alive
from limner.catalog.load import load
from limner.catalog.matrix import Cell, How, matrix
from limner.core.models import Ability, Lifecycle, MaskNeeds, Model
from limner.core.operations import Need, Operation

TODAY = date(2026, 11, 21)


def test_every_provider_and_every_operation_is_there_once():
    catalog = load()
    found = [(cell.provider, cell.operation) for cell in matrix(catalog, today=TODAY)]
    assert found == [(slug, operation) for slug in catalog.providers() for operation in Operation]


def test_who_does_it_can_and_who_does_not_says_why():
    for cell in matrix(load(), today=TODAY):
        assert bool(cell.models) == (cell.how is not How.NONE)
        assert cell.text or cell.how is How.NATIVE
        assert (cell.through is not None) == (cell.how is How.EMULATED)
        for model in cell.models:
            assert alive(model, TODAY)
            assert (model.abilities[cell.operation].through is None) == (cell.how is How.NATIVE)


def test_some_are_listed_when_some_are_asked_for():
    assert {cell.provider for cell in matrix(load(), today=TODAY, providers=["fal"])} == {"fal"}


def one(operation: Operation, *models: Model) -> Cell:
    return next(cell for cell in matrix(Catalog(models), today=TODAY) if cell.operation is operation)


def model(abilities: dict[str, Ability], name: str = "x", lifecycle: Lifecycle = Lifecycle.LIVE) -> Model:
    told = {Operation(operation): ability for operation, ability in abilities.items()}
    return Model(f"odd/{name}", "odd", name, told, "invented", TODAY, lifecycle=lifecycle)


PICTURE = (1, 1)
EDIT = Ability(images=PICTURE)


@pytest.mark.parametrize(
    ("operation", "abilities", "text"),
    [
        ("edit", {"edit": EDIT}, "the mask is kept by Limner"),
        ("generate", {"generate": Ability()}, ""),
        ("outpaint", {"outpaint": Ability(images=PICTURE)}, ""),
        (
            "inpaint",
            {"edit": EDIT, "inpaint": Ability(images=PICTURE, through=Operation.EDIT, instruction="Do.")},
            "by `edit`, said in the prompt, cut out and put back by Limner",
        ),
        (
            "variation",
            {"img2img": EDIT, "variation": Ability(images=PICTURE, through=Operation.IMG2IMG, strength=0.6)},
            "by `img2img`, with a strength of 0.6",
        ),
        ("relight", {"edit": EDIT}, "it has no model for this"),
        (
            "relight",
            {"generate": Ability()},
            "it has no model for this, and none that follows an instruction about a picture",
        ),
        ("suggest_tags", {"edit": EDIT}, "it completes no prompts"),
    ],
)
def test_how_and_why_not_in_words(operation: str, abilities: dict[str, Ability], text: str):
    assert one(Operation(operation), model(abilities)).text == text


def test_a_model_that_takes_a_mask_says_so():
    able = model({"inpaint": Ability(images=PICTURE, mask=Need.REQUIRED)})
    assert one(Operation.INPAINT, replace(able, mask=MaskNeeds())).text == "takes the mask"


def test_the_native_go_before_those_that_do_it_by_other_means():
    emulating = model({"edit": EDIT, "erase": Ability(images=PICTURE, through=Operation.EDIT)}, "a")
    cell = one(Operation.ERASE, emulating, model({"erase": Ability(images=PICTURE)}, "b"))
    assert (cell.how, [one.name for one in cell.models]) == (How.NATIVE, ["b"])


def test_what_only_the_dead_did_names_them():
    dead = model({"upscale": Ability(images=PICTURE)}, "old", Lifecycle.RETIRED)
    assert one(Operation.UPSCALE, dead).text == "odd/old did, which no longer answers"
