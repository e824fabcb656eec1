"""The tools and their parameters, said once for every shape."""

from dataclasses import dataclass
from typing import Final

from limner.core.operations import Operation
from limner.core.requests import Tier


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument, always text."""

    name: str
    about: str
    """For the language model."""
    values: tuple[str, ...] = ()
    """The only ones there are. Empty: any text."""
    required: bool = False
    most: int = 32_000
    """Characters."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a language model may call."""

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]


EDITS: Final = (
    Operation.EDIT,
    Operation.RESTYLE,
    Operation.RELIGHT,
    Operation.REMOVE_BACKGROUND,
    Operation.REPLACE_BACKGROUND,
    Operation.UPSCALE,
    Operation.VARIATION,
)
"""What can be asked for in words alone: a language model paints no mask."""

_QUALITY: Final = Parameter(
    "quality",
    "How much effort it is worth. Leave it out unless the person asks: words in the prompt count.",
    (*(tier.value for tier in Tier), "fast"),
)
_SIZE: Final = Parameter(
    "size", "Width and height in pixels, such as 1536x1024. Leave it out for the usual size.", most=20
)
_STYLE: Final = Parameter("style", "A style by name, such as watercolour.", most=200)
_CAREFUL: Final = (
    "Nothing is made or charged by the call: the person sees the model and the price, and decides. "
    "Do not claim that a picture exists before they have confirmed."
)

GENERATE_IMAGE: Final = Tool(
    "generate_image",
    "Propose a picture",
    f"Propose to paint a new picture from words. {_CAREFUL}",
    (
        Parameter("prompt", "What to paint, in full: the painter sees nothing else.", required=True),
        _QUALITY,
        _SIZE,
        _STYLE,
    ),
)
EDIT_IMAGE: Final = Tool(
    "edit_image",
    "Propose a change to a picture",
    f"Propose to change a picture of this conversation. {_CAREFUL}",
    (
        Parameter("image", "The id of the picture.", required=True, most=200),
        Parameter("prompt", "What to change, in full: the painter sees nothing else."),
        Parameter("operation", "What is done. Leave it out for `edit`.", tuple(each.value for each in EDITS)),
        _QUALITY,
        _SIZE,
        _STYLE,
    ),
)
TOOLS: Final = (GENERATE_IMAGE, EDIT_IMAGE)
