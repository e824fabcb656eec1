"""`NovelAIModel` and `NovelAIAction`: closed lists whose members are taken wherever their names are."""

from collections.abc import Iterator

import pytest

from limner import Limner, NovelAIAction, NovelAIModel, UserError
from limner.catalog.load import load
from limner.core.models import Lifecycle
from limner.core.operations import Operation
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import hole, photograph, png

WORDS = {
    NovelAIAction.GENERATE: {},
    NovelAIAction.IMG2IMG: {"image": photograph(), "strength": 0.5},
    NovelAIAction.INFILL: {"image": photograph(), "mask": png(hole())},
}


@pytest.fixture(scope="module")
def emulated() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"novelai": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def limner(emulated: RunningSandbox) -> Iterator[Limner]:
    emulated.reset()
    environ = {"NOVELAI_API_KEY": emulated.key("novelai"), "NOVELAI_BASE_URL": emulated.url("novelai")}
    with Limner(settings=Settings(environ=environ, store="memory")) as client:
        yield client


@pytest.mark.row("A1")
def test_every_model_that_paints_is_a_member():
    known = {one.name for one in load().all() if one.provider == "novelai" and one.can(Operation.GENERATE)}
    assert {member.value for member in NovelAIModel} == known
    assert NovelAIModel["NAI_DIFFUSION_4_5_FULL"] == "nai-diffusion-4-5-full"
    with pytest.raises(ValueError, match="nai-diffusion-9"):
        NovelAIModel("nai-diffusion-9")


@pytest.mark.row("A1", "A2", "A3")
@pytest.mark.parametrize("action", NovelAIAction)
def test_every_action_is_carried_out_as_novelai_calls_it(
    action: NovelAIAction, limner: Limner, emulated: RunningSandbox
):
    model = NovelAIModel("nai-diffusion-4-5-full")
    result = limner.run(action.operation, prompt="a pear", model=model, **WORDS[action])  # pyright: ignore[reportArgumentType]
    assert result.images
    [charge] = emulated.bill.charges("novelai")
    assert charge.model.startswith("nai-diffusion-4-5-full")
    assert ("inpainting" in charge.model) == (action is NovelAIAction.INFILL)


@pytest.mark.row("A1")
def test_a_model_that_is_gone_names_its_successor(limner: Limner):
    gone = next(
        one for one in load().all() if one.provider == "novelai" and one.lifecycle is Lifecycle.RETIRED
    )
    with pytest.raises(UserError) as caught:
        limner.generate("a pear", model=NovelAIModel(gone.name))
    assert gone.successor
    assert gone.successor in caught.value.remedy
