"""Options are strict, and every refusal says what would do."""

from typing import Any

import pytest
from pydantic import ValidationError

from limner.core.errors import UserError
from limner.providers._shared.options import given, refuse
from limner.providers.azure.options import Options as AzureOptions
from limner.providers.openai.options import Options
from tests.providers.exchanges import exchanges


def refused(**values: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        Options(**values)
    return caught.value


def test_a_slip_of_the_pen_is_answered_with_the_nearest():
    error = refused(input_fidelty="high")
    assert error.code == "unknown_option"
    assert error.field == "options.input_fidelty"
    assert error.suggestions[0] == "input_fidelity"


def test_what_is_like_nothing_is_answered_with_all():
    assert refused(zzz=1).suggestions == tuple(sorted(Options.model_fields))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("size", "size"),
        ("n", "n"),
        ("output_format", "format"),
        ("stream", "partial_images"),
        ("image", "images"),
    ],
)
def test_what_every_request_has_is_no_option(name: str, field: str):
    error = refused(**{name: "x"})
    assert error.suggestions == (field,)
    assert f"`{field}`" in error.remedy


@pytest.mark.parametrize(
    ("values", "field", "word"),
    [
        ({"moderation": "off"}, "options.moderation", "auto"),
        ({"frame_count": 1}, "options.frame_count", "2"),
        ({"frame_count": "4"}, "options.frame_count", "integer"),
        ({"frame_count": True}, "options.frame_count", "integer"),
        ({"svg": {"model": "m", "reasoning": {"effort": "wild"}}}, "options.svg.reasoning.effort", "minimal"),
        ({"svg": {}}, "options.svg.model", "required"),
        ({"svg": {"model": "m", "colour": 1}}, "options.svg.colour", ""),
    ],
)
def test_a_wrong_value_names_what_it_may_be(values: dict[str, Any], field: str, word: str):
    error = refused(**values)
    assert error.field == field
    assert word in error.remedy


def test_a_long_value_is_not_repeated():
    assert len(refused(moderation="x" * 10_000).message) < 200


def test_options_cannot_be_changed():
    options = Options(moderation="low")
    with pytest.raises(ValidationError, match="frozen"):
        options.moderation = "auto"  # pyright: ignore[reportAttributeAccessIssue]


def test_what_is_not_given_is_not_sent():
    order = next(one for one in exchanges("azure") if one.name == "generate").order()
    assert isinstance(order.options, AzureOptions)
    assert given(order) == {}


def test_a_refusal_names_the_model():
    order = next(one for one in exchanges("openai") if one.name == "generate").order()
    assert order.model.label in refuse(order, "svg", "Leave it out.").message
