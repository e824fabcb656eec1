"""The operations Limner knows, and what each needs from a request.

Every face offers `run(operation, …)`; the named verbs are generated from this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Operation(StrEnum):
    """What is done to or with pictures."""

    GENERATE = "generate"
    """Paint a new picture from words."""
    EDIT = "edit"
    """Change one or several pictures by instruction."""
    IMG2IMG = "img2img"
    """Paint anew, starting from a picture and a strength."""
    INPAINT = "inpaint"
    """Repaint the white part of a mask from a prompt."""
    OUTPAINT = "outpaint"
    """Extend a picture beyond its edges."""
    ERASE = "erase"
    """Take what the mask covers out of the picture and continue its surroundings."""
    SEARCH_REPLACE = "search_replace"
    """Find something named in words and replace it."""
    RECOLOR = "recolor"
    """Find something named in words and change its colour."""
    RELIGHT = "relight"
    """Change the light of a picture."""
    RESTYLE = "restyle"
    """Repaint a picture in another style."""
    STRUCTURE = "structure"
    """Paint from words, keeping the structure or sketch of a picture."""
    VARIATION = "variation"
    """Paint pictures like the one given."""
    REMOVE_BACKGROUND = "remove_background"
    """Cut the subject out, leaving transparency."""
    REPLACE_BACKGROUND = "replace_background"
    """Put another background behind the subject."""
    UPSCALE = "upscale"
    """Enlarge a picture."""
    TOOL = "tool"
    """A vendor's own tool, such as `novelai/lineart`."""
    SUGGEST_TAGS = "suggest_tags"
    """Complete prompt text; the answer is words, not a picture."""


class Need(StrEnum):
    """How an operation stands to a field of the request."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Needs:
    """What an operation needs before any model is looked at."""

    prompt: Need
    """Words that say what to paint."""
    images: tuple[int, int]
    """Fewest and most source pictures. A model may allow fewer."""
    mask: Need
    """A mask over the first picture."""


_MANY = 16
_NO_MASK = Need.UNUSED

NEEDS: Final[Mapping[Operation, Needs]] = MappingProxyType(
    {
        Operation.GENERATE: Needs(Need.REQUIRED, (0, 0), _NO_MASK),
        Operation.EDIT: Needs(Need.REQUIRED, (1, _MANY), Need.OPTIONAL),
        Operation.IMG2IMG: Needs(Need.REQUIRED, (1, 1), _NO_MASK),
        Operation.INPAINT: Needs(Need.REQUIRED, (1, 1), Need.REQUIRED),
        Operation.OUTPAINT: Needs(Need.OPTIONAL, (1, 1), _NO_MASK),
        Operation.ERASE: Needs(Need.OPTIONAL, (1, 1), Need.REQUIRED),
        Operation.SEARCH_REPLACE: Needs(Need.REQUIRED, (1, 1), _NO_MASK),
        Operation.RECOLOR: Needs(Need.REQUIRED, (1, 1), Need.OPTIONAL),
        Operation.RELIGHT: Needs(Need.OPTIONAL, (1, 1), _NO_MASK),
        Operation.RESTYLE: Needs(Need.OPTIONAL, (1, 1), Need.OPTIONAL),
        Operation.STRUCTURE: Needs(Need.REQUIRED, (1, 1), _NO_MASK),
        Operation.VARIATION: Needs(Need.OPTIONAL, (1, 1), _NO_MASK),
        Operation.REMOVE_BACKGROUND: Needs(Need.UNUSED, (1, 1), Need.OPTIONAL),
        Operation.REPLACE_BACKGROUND: Needs(Need.OPTIONAL, (1, 1), Need.OPTIONAL),
        Operation.UPSCALE: Needs(Need.OPTIONAL, (1, 1), _NO_MASK),
        Operation.TOOL: Needs(Need.OPTIONAL, (0, _MANY), Need.OPTIONAL),
        Operation.SUGGEST_TAGS: Needs(Need.REQUIRED, (0, 0), _NO_MASK),
    }
)

ALIASES: Final[Mapping[str, Operation]] = MappingProxyType(
    {"general_edit": Operation.EDIT, "style_transfer": Operation.RESTYLE}
)
"""Names that other programs use for the same operations (row D1)."""

_BY_NAME: Final = MappingProxyType({operation.value: operation for operation in Operation} | dict(ALIASES))


def parse_operation(name: str) -> Operation | None:
    """Find an operation by its name or by an alias, in any of the spellings `a_b`, `a-b`, `A B`.

    Args:
        name: what the caller wrote.

    Returns:
        The operation, or `None` when nothing has that name.

    Example:
        >>> parse_operation("remove-background")
        <Operation.REMOVE_BACKGROUND: 'remove_background'>
        >>> parse_operation("general_edit")
        <Operation.EDIT: 'edit'>
        >>> parse_operation("levitate") is None
        True
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    return _BY_NAME.get(key)


def implied(images: int, *, masked: bool) -> Operation:
    """The operation that somebody means who names none.

    Args:
        images: how many source pictures come.
        masked: whether a mask comes.

    Example:
        >>> implied(0, masked=False), implied(1, masked=True)
        (<Operation.GENERATE: 'generate'>, <Operation.INPAINT: 'inpaint'>)
    """
    if masked:
        return Operation.INPAINT
    return Operation.EDIT if images else Operation.GENERATE
