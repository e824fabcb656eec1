"""Who does what, and how: every provider against every operation, with the reason where it does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from limner.catalog.catalog import Catalog, alive
from limner.core.models import Ability, Model
from limner.core.operations import NEEDS, Need, Operation


class How(StrEnum):
    """In which way a provider carries an operation out."""

    NATIVE = "native"
    """The vendor has it."""
    EMULATED = "emulated"
    """Limner does it by means of another operation of the vendor's."""
    NONE = "none"
    """It cannot be done there."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One provider, one operation."""

    provider: str
    operation: Operation
    how: How
    models: tuple[Model, ...]
    """Those that do it in this way and live, by priority. Empty: nobody does."""
    text: str
    """How, or why not: for people."""
    through: Operation | None = None
    """By means of which operation the first of them does it. Absent: natively, or not at all."""


_MISSING: Final[Mapping[Operation, str]] = MappingProxyType(
    {
        Operation.GENERATE: "none of its models paints from words",
        Operation.EDIT: "none of its models follows an instruction about a picture",
        Operation.IMG2IMG: "none of its models starts from a picture",
        Operation.UPSCALE: "none of its models enlarges, and painting anew changes the picture",
        Operation.REMOVE_BACKGROUND: "none of its models cuts out, and painting anew changes the subject",
        Operation.TOOL: "it has no tools but these operations",
        Operation.SUGGEST_TAGS: "it completes no prompts",
    }
)
"""What a provider lacks that does not carry an operation out."""
_ELSE: Final = "it has no model for this"
_NO_INSTRUCTION: Final = "and none that follows an instruction about a picture"


def matrix(catalog: Catalog, *, today: date, providers: Iterable[str] | None = None) -> tuple[Cell, ...]:
    """Say who does what.

    Args:
        catalog: the models.
        today: the caller's day; models past their last day do nothing.
        providers: only these. Absent: all that have models.

    Returns:
        Provider by provider, each with every operation in the order of `Operation`.

    Example:
        >>> from limner.catalog.load import load
        >>> cells = matrix(load(), today=date(2026, 11, 21), providers=["stability"])
        >>> [(cell.operation.value, cell.text) for cell in cells if cell.how is How.NONE][0]
        ('edit', 'none of its models follows an instruction about a picture')
    """
    return tuple(
        _cell(provider, operation, catalog, today)
        for provider in (catalog.providers() if providers is None else providers)
        for operation in Operation
    )


def _cell(provider: str, operation: Operation, catalog: Catalog, today: date) -> Cell:
    theirs = [model for model in catalog.all() if model.provider == provider]
    able = [model for model in theirs if model.can(operation)]
    living = [model for model in able if alive(model, today)]
    native = tuple(model for model in living if model.abilities[operation].through is None)
    if native:
        return Cell(provider, operation, How.NATIVE, native, _natively(native[0], operation))
    if living:
        ability = living[0].abilities[operation]
        text = _by_other_means(living[0], operation, ability)
        return Cell(provider, operation, How.EMULATED, tuple(living), text, ability.through)
    return Cell(provider, operation, How.NONE, (), _why_not(operation, theirs, able, today))


def _natively(model: Model, operation: Operation) -> str:
    if _composited(model, operation):
        return "the mask is kept by Limner"
    return "takes the mask" if model.abilities[operation].mask is not Need.UNUSED else ""


def _by_other_means(model: Model, operation: Operation, ability: Ability) -> str:
    parts = [f"by `{ability.through}`"]
    if ability.instruction is not None:
        parts.append("said in the prompt")
    elif ability.strength is not None:
        parts.append(f"with a strength of {ability.strength:g}")
    if _composited(model, operation):
        parts.append("cut out and put back by Limner")
    return ", ".join(parts)


def _composited(model: Model, operation: Operation) -> bool:
    """Whether the model sees no mask, and Limner keeps to it alone."""
    ability = model.abilities[operation]
    if ability.mask is not Need.UNUSED and model.mask is not None:
        return False
    if operation is Operation.OUTPAINT:
        return ability.through is not None  # natively, the margins say the place
    return operation is not Operation.TOOL and NEEDS[operation].mask is not Need.UNUSED


def _why_not(operation: Operation, theirs: list[Model], able: list[Model], today: date) -> str:
    if able:
        gone = able[0]
        heir = f"; {gone.successor} takes its place" if gone.successor else ""
        return f"{gone.id} did, which no longer answers{heir}"
    if operation in _MISSING:
        return _MISSING[operation]
    instructed = any(model.can(Operation.EDIT) for model in theirs if alive(model, today))
    return _ELSE if instructed else f"{_ELSE}, {_NO_INSTRUCTION}"
