"""Puts the command line together, and answers for its errors."""

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

import limner
from limner.cli import exits
from limner.cli.groups import Limner
from limner.cli.say import failure, failure_json
from limner.core.errors import Billed, Error, UserError

app = typer.Typer(
    cls=Limner, rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]}
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"limner {limner.__version__}")
        raise typer.Exit


@app.callback(epilog=exits.EPILOG)
def _limner(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Make and edit images through every image provider behind one vocabulary.

    Try it without a key: [bold]limner generate "a lighthouse at dawn" --model limner/sketch[/]

    [bold]limner COMMAND --help[/] says what a command takes; [bold]limner doctor[/] what is set up.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    arguments = list(arguments) or ["--help"]
    try:
        done = typer.main.get_command(app).main(arguments, "limner", standalone_mode=False)
    except Error as error:
        return _failed(error, arguments)
    except TyperException as error:
        if not error.format_message():  # a group without a command: its help has been shown
            return exits.Exit.BAD_INPUT
        return _failed(_usage(error), arguments)
    except (typer.Abort, KeyboardInterrupt):
        print(file=sys.stderr)
        return exits.Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can answer; `work` guards what spends
        traceback.print_exception(error)
        return _failed(exits.unexpected(error, billed=Billed.NO), arguments)
    return int(done or 0)


def _failed(error: Error, arguments: Sequence[str]) -> int:
    failure(error)
    if "--json" in arguments:
        failure_json(error)
    return exits.code_of(error)


def _usage(error: TyperException) -> UserError:
    """A command that is typed wrongly, in the words of every other mistake."""
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", None) or "limner"
    return UserError(error.format_message(), code="usage", remedy=f"{command} --help says what it takes.")
