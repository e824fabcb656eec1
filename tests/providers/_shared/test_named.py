"""Parameters by tables: fields, references, constants, and what one operation changes of them."""

import dataclasses
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from limner.catalog.load import load
from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.models import NATIVE, MaskNeeds, Model
from limner.core.operations import Operation
from limner.core.pictures import Margins, Picture, Reference, Role, Size
from limner.core.requests import Request
from limner.providers import registry
from limner.providers._shared.named import FIELDS, many, values
from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    glow: float | None = None


PICTURE = Picture(b"one", "image/png", Size(20, 10))
OTHER = Picture(b"two", "image/png", Size(8, 8))


def order(wire: dict[str, Any], options: Options | None = None, **fields: Any) -> Order:
    operation = fields.pop("operation", Operation.GENERATE)
    model = Model(
        "x/y",
        "x",
        "y",
        {operation: NATIVE},
        "invented",
        date(2026, 11, 21),
        mask=MaskNeeds(),
        wire=MappingProxyType(wire),
    )
    known: dict[str, Any] = {"prompt": "a pear"}
    mask = fields.pop("mask", None)
    return Order(Request(operation, **{**known, **fields}), model, options or Options(), mask=mask)


@pytest.mark.parametrize(
    ("field", "given", "sent"),
    [
        ("prompt", {}, "a pear"),
        ("prompt", {"prompt": ""}, None),
        ("negative_prompt", {"negative_prompt": "a leaf"}, "a leaf"),
        ("n", {"n": 2}, 2),
        ("seed", {"seed": 0}, 0),
        ("size", {"size": Size(3, 4)}, "3x4"),
        ("dimensions", {"size": Size(3, 4)}, {"width": 3, "height": 4}),
        ("dimensions", {}, None),
        ("width", {"size": Size(3, 4)}, 3),
        ("left", {"margins": Margins(left=5)}, 5),
        ("top", {"margins": Margins(left=5)}, None),
        ("canvas", {"images": (PICTURE,), "margins": Margins(1, 2, 3, 4)}, [23, 17]),
        ("source_size", {"images": (PICTURE,)}, [20, 10]),
        ("source_place", {"margins": Margins(left=5, top=6)}, [5, 6]),
        ("image", {"images": (PICTURE, OTHER)}, PICTURE),
        ("image", {}, None),
        ("images", {"images": (PICTURE, OTHER)}, (PICTURE, OTHER)),
        ("pictures", {"images": (PICTURE,), "references": (Reference(OTHER),)}, (PICTURE, OTHER)),
        ("pictures", {}, None),
        ("mask", {"mask": b"hole"}, Picture(b"hole", "image/png")),
    ],
)
def test_a_field_goes_by_its_name_on_the_wire(field: str, given: dict[str, Any], sent: object):
    found = values(order({"fields": {field: "there"}}, **given))
    assert found == ({} if sent is None else {"there": sent})


def test_a_request_wins_over_constants_and_options_over_both():
    wire = {"send": {"a": 1, "glow": 0.1, "steps": 4}, "fields": {"steps": "steps"}}
    assert values(order(wire, Options(glow=0.9), steps=7)) == {"a": 1, "glow": 0.9, "steps": 7}


def test_an_operation_lays_its_own_over_the_rest():
    wire = {
        "fields": {"prompt": "prompt"},
        "send": {"a": 1},
        "relight": {"send": {"b": 2}, "fields": {"prompt": "light"}},
    }
    assert values(order(wire, operation=Operation.RELIGHT)) == {"a": 1, "b": 2, "light": "a pear"}
    assert values(order(wire)) == {"a": 1, "prompt": "a pear"}


def test_an_operation_may_stand_alone():
    wire = {"send": {"a": 1}, "upscale": {"alone": True, "send": {"b": 2}}}
    assert values(order(wire, operation=Operation.UPSCALE)) == {"b": 2}


def shown(*roles: Role, strength: float | None = None) -> tuple[Reference, ...]:
    return tuple(Reference(PICTURE, role, strength) for role in roles)


def test_references_go_by_their_roles():
    wire = {"references": {"style": "look", "subject": "who[]"}, "strengths": {"style": "how"}}
    told = values(order(wire, references=shown(Role.STYLE, Role.SUBJECT, strength=0.5)))
    assert told == {"look": PICTURE, "who": (PICTURE,), "how": 0.5}
    assert values(order(wire)) == {}


def test_two_references_with_one_place_are_refused():
    with pytest.raises(UserError) as caught:
        values(order({"references": {"style": "look"}}, references=shown(Role.STYLE, Role.STYLE)))
    assert caught.value.field == "references"


def test_pictures_are_told_from_other_values():
    assert many(PICTURE) == (PICTURE,)
    assert many((PICTURE, OTHER)) == (PICTURE, OTHER)
    assert many([1, 2]) == many("text") == many(None) == many((1, 2)) == ()


TABLED = [model for model in load().all() if model.provider in registry.slugs() and "fields" in model.wire]


@pytest.mark.parametrize("model", TABLED, ids=lambda one: one.id)
def test_tables_name_fields_that_there_are(model: Model):
    for table in (model.wire, *(part for name, part in model.wire.items() if name in set(Operation))):
        entry: Any = table
        told = entry.get("fields", {})
        if "response_format" not in told:  # OpenAI's constants stand under the same name
            assert set(told) <= FIELDS
        assert set(entry.get("references", {})) | set(entry.get("strengths", {})) <= {
            one.value for one in Role
        }


def test_a_model_without_mask_needs_sends_none():
    one = order({"fields": {"mask": "mask"}}, mask=b"hole")
    assert values(dataclasses.replace(one, model=dataclasses.replace(one.model, mask=None))) == {}
