"""Commands that are built when they are called, so that `limner` starts fast; lists show their outlines."""

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from limner.cli import verb
from limner.cli.asks import Ask
from limner.core.errors import UserError
from limner.core.operations import Operation, parse_operation

Command = TyperCommand | TyperGroup


class Operations(TyperGroup):
    """A group with one command for each operation."""

    what = "operation"
    """What its commands are called."""

    def list_commands(self, ctx: object) -> list[str]:
        """Every verb."""
        del ctx
        return verb.names()

    def get_command(self, ctx: object, cmd_name: str) -> Command | None:
        """The outline of a command, for lists. `None`: there is none of that name."""
        del ctx
        operation = named(cmd_name)
        return None if operation is None else _outline(cmd_name, verb.PANEL, verb.about(operation))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command to be called, by any of its names.

        Raises:
            UserError: there is none of that name.
        """
        command = self.build(args[0])
        if command is None and not ctx.resilient_parsing:
            raise unknown(self.what, args[0], self.list_commands(ctx))
        return args[0] if command else None, command, args[1:]

    def build(self, name: str) -> Command | None:
        """A whole command. `None`: there is none of that name."""
        operation = named(name)
        return None if operation is None else verb.command(operation, self.act, spends=True)

    def act(self, ask: Ask) -> int:
        """Do what a command of this group says."""
        from limner.cli.paint import paint  # noqa: PLC0415 - with everything that paints

        return paint(ask)


_LOOKING: Final = "Looking things up"
_BOOKS: Final = "Runs and money"
_SERVING: Final = "Serving"

MODULES: Final[Mapping[str, tuple[str, str]]] = {
    "run": (verb.PANEL, "Carry out an operation by its name."),
    "compare": (verb.PANEL, "Ask several models the same at once."),
    "quote": (_LOOKING, "Say what an operation would cost."),
    "route": (_LOOKING, "Say which model would do it, and why not the others."),
    "recommend": (_LOOKING, "Recommend a model for an operation and a picture."),
    "models": (_LOOKING, "List models with their prices and last days."),
    "providers": (_LOOKING, "List providers, and which keys are set."),
    "inspect": (_LOOKING, "Say what a picture is, what it was made with, what it looks like."),
    "verify": (_LOOKING, "Say where a picture comes from, and whether that holds."),
    "doctor": (_LOOKING, "Look at what is set up here."),
    "runs": (_BOOKS, "List, show and carry on runs; decide what a lost answer cost."),
    "usage": (_BOOKS, "Say what was spent, on what, by whom."),
    "budgets": (_BOOKS, "List, set and remove budgets."),
    "store": (_BOOKS, "Look after what is remembered: check, sweep, backup, restore."),
    "serve": (_SERVING, "Serve the studio, the native API and the OpenAI dialect."),
    "sandbox": (_SERVING, "Run emulated providers."),
}
"""Each is `limner.cli.<name>` and has an `app`; with its place and its line in the help of `limner`."""


class Limner(Operations):
    """`limner` itself: the operations, and everything else."""

    what = "command"

    def list_commands(self, ctx: object) -> list[str]:
        """Everything there is."""
        return [*super().list_commands(ctx), *MODULES]

    def get_command(self, ctx: object, cmd_name: str) -> Command | None:
        """The outline of a command, for lists. `None`: there is none of that name."""
        if cmd_name in MODULES:
            return _outline(cmd_name, *MODULES[cmd_name])
        return super().get_command(ctx, cmd_name)

    def build(self, name: str) -> Command | None:
        """A whole command. `None`: there is none of that name."""
        if name not in MODULES:
            return super().build(name)
        command: Any = typer.main.get_command(import_module(f"limner.cli.{name}").app)
        command.name = name
        return command


def _outline(name: str, panel: str, line: str) -> TyperCommand:
    return TyperCommand(name, help=line, rich_help_panel=panel, rich_markup_mode="rich")


def named(name: str) -> Operation | None:
    """The operation of a verb, by any of its names. `None`: there is none."""
    methods = {method: operation for operation, method in verb.METHODS.items()}
    return methods.get(name) or parse_operation(name)


def unknown(what: str, name: str, known: list[str]) -> UserError:
    """The error for a name that nothing has."""
    near = tuple(difflib.get_close_matches(name, known, n=3))
    return UserError(
        f"There is no {what} {name!r}.",
        code=f"unknown_{what}",
        field=what,
        remedy=f"Did you mean {' or '.join(near)}?" if near else "limner --help lists those there are.",
        suggestions=near,
    )
