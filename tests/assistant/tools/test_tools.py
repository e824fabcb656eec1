"""Image tools for language models: three shapes of one description, and a handler that spends nothing."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.assembly import Assembly, assemble
from limner.assistant.tools.definition import EDIT_IMAGE, GENERATE_IMAGE, TOOLS, Tool
from limner.assistant.tools.propose import Proposal, propose
from limner.assistant.tools.shapes import anthropic, mcp, openai, schema
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Tier
from limner.engine.drive import Driver
from limner.engine.memory import MemoryJournal
from limner.engine.route import Router
from limner.engine.run import Engine
from limner.policy.routing.facts import AVAILABLE, Availability
from limner.settings import Settings
from limner.transport.client import Transport
from tests.support.clock import SkippingClock

KEYS = {"OPENAI_API_KEY": "k", "STABILITY_API_KEY": "k", "FAL_KEY": "k"}
CALLS = {
    "generate_image": {"prompt": "a pear", "quality": "fast", "size": "64x64", "style": "noir"},
    "edit_image": {"prompt": "a pear", "quality": "fast", "image": "x"},
}
PHOTO = {"photo": Picture(b"", size=Size(800, 600))}


@pytest.fixture
def limner(monkeypatch: pytest.MonkeyPatch) -> Assembly:
    """In which whatever sends, holds or paints fails the test."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a proposal sends, holds and paints nothing")

    spending = [
        *((Engine, name) for name in ("run", "resume")),
        *((Driver, name) for name in ("drive", "paint", "fetch")),
        *((Transport, name) for name in ("send", "fetch")),
        *((MemoryJournal, name) for name in ("open", "reserve", "settle", "finish")),
    ]
    for kind, name in spending:
        monkeypatch.setattr(kind, name, never)
    return assemble(Settings(environ=KEYS), clock=SkippingClock())


def proposed(limner: Assembly, tool: str = "generate_image", **arguments: object) -> Proposal:
    return propose(tool, arguments, limner.router, PHOTO)


@pytest.mark.row("C4")
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_three_shapes_say_the_same(tool: Tool):
    function: Any = openai(tool)["function"]
    wanted = {"name": tool.name, "description": tool.about}
    assert {"name": function["name"], "description": function["description"]} == wanted
    assert function["parameters"] == anthropic(tool)["input_schema"] == mcp(tool)["inputSchema"]
    assert openai(tool)["type"] == "function"
    assert mcp(tool)["annotations"] == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": False,
    }
    jsonschema.Draft202012Validator.check_schema(schema(tool))
    jsonschema.validate(CALLS[tool.name], schema(tool))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**CALLS[tool.name], "model": "any"}, schema(tool))


@pytest.mark.row("C4")
def test_it_proposes_provider_model_cost_constraints_and_alternatives(limner: Assembly):
    found = proposed(limner, prompt="a photorealistic sunset", size="1500x850", style="baroque")
    told = found.plain()
    assert told["status"] == "pending"
    assert found.choice.model.tier is Tier.ULTRA  # by the words of the prompt
    assert told["model"] == found.choice.model.id == found.request.model
    assert told["provider"] == found.choice.model.provider
    assert told["qualityTier"] == "ultra"
    cost: Any = told["cost"]
    assert float(cost["amount"]) > 0
    assert cost["band"] in {"budget", "mid", "premium"}
    assert any("baroque" in each or "style" in each for each in found.constraints)
    others: Any = told["availableAlternatives"]
    assert others
    assert all(limner.makers.usable(other["provider"]) for other in others)
    assert told["model"] not in {other["model"] for other in others}


@pytest.mark.row("C4")
def test_a_given_quality_beats_the_words(limner: Assembly):
    assert proposed(limner, prompt="a photorealistic pear", quality="fast").choice.model.tier is Tier.DRAFT


def test_what_it_proposes_costs_what_a_quote_says(limner: Assembly):
    found = proposed(limner, prompt="a pear", size="1024x1024", quality="high")
    ranking = limner.router.explain(found.request)
    assert ranking.best is not None
    assert ranking.best.price == found.choice.price


@pytest.mark.parametrize("operation", ["edit", "remove_background", "upscale", "variation"])
def test_an_edit_is_proposed_for_a_picture_of_the_conversation(limner: Assembly, operation: str):
    found = proposed(limner, "edit_image", image="photo", prompt="make it evening", operation=operation)
    assert found.request.operation is Operation(operation)
    assert found.request.images == (PHOTO["photo"],)


@pytest.mark.row("C4")
def test_who_cannot_be_asked_now_is_neither_proposed_nor_an_alternative(limner: Assembly):
    usual = proposed(limner, prompt="a pear").choice.model.provider
    down = Availability(available=False, reason="It failed five times.", layer="breaker")
    router = Router(
        limner.catalog,
        limner.makers,
        limner.clock,
        availability=lambda provider, _: down if provider == usual else AVAILABLE,
    )
    found = propose("generate_image", {"prompt": "a pear"}, router)
    assert usual not in {each.model.provider for each in (found.choice, *found.alternatives)}


@pytest.mark.row("C4")
def test_without_a_key_what_paints_here_is_proposed():
    bare = assemble(Settings(environ={}), clock=SkippingClock())
    found = propose("generate_image", {"prompt": "a pear"}, bare.router)
    assert found.choice.model.id == "limner/sketch"
    assert found.plain()["availableAlternatives"] is not None


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("paint_image", {"prompt": "x"}, "tool"),
        ("generate_image", {}, "prompt"),
        ("generate_image", {"prompt": "  "}, "prompt"),
        ("generate_image", {"prompt": 7}, "prompt"),
        ("generate_image", {"prompt": "x" * 32_001}, "prompt"),
        ("generate_image", {"prompt": "x", "quality": "gold"}, "quality"),
        ("generate_image", {"prompt": "x", "size": "huge"}, "size"),
        ("generate_image", {"prompt": "x", "model": "openai/gpt-image-2"}, "model"),
        ("edit_image", {"prompt": "x"}, "image"),
        ("edit_image", {"prompt": "x", "image": "another"}, "image"),
        ("edit_image", {"prompt": "x", "image": "photo", "operation": "inpaint"}, "operation"),
    ],
)
def test_a_wrong_call_is_told_in_words_that_help(
    limner: Assembly, tool: str, arguments: dict[str, object], field: str
):
    with pytest.raises(UserError) as raised:
        propose(tool, arguments, limner.router, PHOTO)
    assert raised.value.field == field
    assert raised.value.remedy


_ROUTER = assemble(Settings(environ=KEYS), clock=SkippingClock()).router
_ANY = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=3))


@given(
    st.sampled_from([GENERATE_IMAGE, EDIT_IMAGE]),
    st.dictionaries(st.sampled_from(["prompt", "quality", "size", "style", "image", "operation", "n"]), _ANY),
)
def test_whatever_a_model_writes_is_a_proposal_or_a_clear_error(tool: Tool, arguments: dict[str, object]):
    try:
        found = propose(tool.name, arguments, _ROUTER, PHOTO)
    except UserError:
        return
    assert found.plain()["status"] == "pending"
