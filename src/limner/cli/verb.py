"""The command of an operation: the options that make sense for it, and what is done with them."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from limner.cli import exits, options
from limner.cli.asks import Ask
from limner.client.verbs import Verbs
from limner.core.operations import NEEDS, Need, Operation

Action = Callable[[Ask], int]
"""What is done with a command: `paint` or `quote`."""

PANEL: Final = "Operations"
"""The part of the help of `limner` that lists them."""
METHODS: Final = {Operation.VARIATION: "variations"}
"""Operations whose verb has another name."""
_MASK: Final = frozenset({"mask", "mask_dir", "mask_kind", "feather", "invert"})
_ONLY: Final = {
    "margins": frozenset({Operation.OUTPAINT}),
    "scale": frozenset({Operation.UPSCALE}),
    "tool": frozenset({Operation.TOOL}),
    "search": frozenset({Operation.SEARCH_REPLACE, Operation.RECOLOR}),
    "each": frozenset({Operation.EDIT, Operation.TOOL}),
}
"""Options that one or two operations use."""
_SPENDING: Final = frozenset({"yes", "output", "force", "jobs", "show", "no_store"})
"""Options that a quote has no use for."""


def names() -> list[str]:
    """The verbs, as they are typed."""
    return [name_of(operation) for operation in Operation]


def name_of(operation: Operation) -> str:
    """How an operation is typed: `remove-background`."""
    return METHODS.get(operation, operation.value).replace("_", "-")


def about(operation: Operation) -> str:
    """What it does, in a sentence."""
    return str(getattr(Verbs, METHODS.get(operation, operation.value)).__doc__)


def command(operation: Operation, action: Action, *, spends: bool) -> TyperCommand:
    """Build the command of an operation.

    Args:
        operation: which.
        action: what is done with it.
        spends: whether pictures are made, so that there is something to write and to pay.
    """

    def carry_out(words: list[str] | None = None, **values: object) -> int:
        return action(Ask(operation, tuple(words or ()), values))

    carry_out.__signature__ = _signature(operation, spends=spends)  # pyright: ignore[reportFunctionMemberAccess]
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    app.command(
        name_of(operation),
        cls=_Verb,
        help=f"{about(operation)}\n\n{_usage(operation)}",
        epilog=exits.EPILOG if spends else None,
        rich_help_panel=PANEL,
    )(carry_out)
    built = typer.main.get_command(app)
    assert isinstance(built, TyperCommand)  # noqa: S101 - one command, no group
    return built


class _Verb(TyperCommand):
    """A command whose usage says how its arguments are typed."""

    def collect_usage_pieces(self, ctx: object) -> list[str]:
        """The arguments first."""
        del ctx
        return [str(self.params[0].metavar), "[OPTIONS]"]


def _signature(operation: Operation, *, spends: bool) -> inspect.Signature:
    needs = NEEDS[operation]
    unused = {option for option, users in _ONLY.items() if operation not in users}
    if needs.mask is Need.UNUSED:
        unused |= _MASK
    if needs.prompt is Need.UNUSED:
        unused |= {"prompt", "negative_prompt"}
    if not spends:
        unused |= _SPENDING
    declared = inspect.signature(options.declare).parameters.values()
    words: Any = Annotated[
        list[str] | None,
        typer.Argument(metavar=_metavar(operation), help=_words_help(operation), show_default=False),
    ]
    first = inspect.Parameter(
        "words", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=words
    )
    return inspect.Signature([first, *(each for each in declared if each.name not in unused)])


def _metavar(operation: Operation) -> str:
    needs = NEEDS[operation]
    if needs.images[1] == 0:
        return "PROMPT"
    return "IMAGE... PROMPT" if needs.prompt is Need.REQUIRED else "IMAGE..."


def _words_help(operation: Operation) -> str:
    needs = NEEDS[operation]
    prompt = "What to paint; - reads it from stdin."
    pictures = "Files, folders, patterns, URLs, or - for stdin."
    if needs.images[1] == 0:
        return prompt
    return f"{pictures} At the end, what to paint." if needs.prompt is Need.REQUIRED else pictures


def _usage(operation: Operation) -> str:
    """An example to copy."""
    needs = NEEDS[operation]
    if operation is Operation.SUGGEST_TAGS:
        return "[dim]limner suggest-tags lighthou[/]"
    parts = ["limner", name_of(operation)]
    if needs.images[1] > 0:
        parts.append("photo.jpg")
    if needs.prompt is Need.REQUIRED:
        parts.append('"a lighthouse at dawn"')
    if needs.mask is Need.REQUIRED:
        parts.append("--mask mask.png")
    parts.append(_EXTRA.get(operation, ""))
    return f"[dim]{' '.join(part for part in parts if part)} -o out.png[/]"


_EXTRA: Final = {
    Operation.OUTPAINT: "--margins left=300,right=300",
    Operation.UPSCALE: "--scale 2",
    Operation.TOOL: "--tool provider/name",
    Operation.SEARCH_REPLACE: "--search boat",
    Operation.RECOLOR: "--search boat",
}
