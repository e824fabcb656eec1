"""NovelAI's words as closed lists, for programs that used them before: its models and its actions."""

from enum import StrEnum
from typing import TYPE_CHECKING

from limner.core.operations import Operation


class NovelAIAction(StrEnum):
    """What NovelAI calls the three ways to paint.

    Example:
        >>> NovelAIAction.INFILL.operation
        <Operation.INPAINT: 'inpaint'>
    """

    GENERATE = "generate"
    IMG2IMG = "img2img"
    INFILL = "infill"

    @property
    def operation(self) -> Operation:
        """The same in Limner's words."""
        return Operation.INPAINT if self is NovelAIAction.INFILL else Operation(self.value)


def _models() -> dict[str, str]:
    """Every model of the catalog that paints, the retired ones too: asked for, they name their successor."""
    from limner.catalog.load import load  # noqa: PLC0415 - the catalog takes a while to read

    names = [
        model.name for model in load().all() if model.provider == "novelai" and model.can(Operation.GENERATE)
    ]
    return {name.upper().replace("-", "_"): name for name in names}


if TYPE_CHECKING:

    class NovelAIModel(StrEnum):
        """NovelAI's models by its own names, as the catalog has them: `NovelAIModel("nai-diffusion-3")`."""
else:
    NovelAIModel = StrEnum("NovelAIModel", _models(), module=__name__)
    NovelAIModel.__doc__ = "NovelAI's models by its own names, as the catalog has them."
