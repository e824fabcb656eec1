"""Help texts: every command has one, within eighty columns; the commands start fast."""

import subprocess
import sys

import pytest
from typer.main import get_command

import limner as package
from limner.cli import main
from limner.cli.app import app
from limner.cli.groups import MODULES
from limner.cli.verb import names
from limner.core.operations import NEEDS, Need, Operation
from tests.cli.conftest import Limner


@pytest.mark.row("F3")
@pytest.mark.parametrize("command", [*names(), *MODULES])
def test_a_command_says_what_it_takes(limner: Limner, command: str):
    ran = limner(command, "--help")
    assert ran.code == 0
    assert f"Usage: limner {command}" in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "Request." not in ran.out  # a field of the library is no option


def test_every_operation_is_a_command(limner: Limner):
    listed = limner("--help").out
    assert all(name in listed for name in [*names(), *MODULES])
    assert len(names()) == len(Operation)


@pytest.mark.parametrize("operation", Operation)
def test_an_option_that_means_nothing_is_not_offered(limner: Limner, operation: Operation):
    text = limner("run", operation.value, "--help").out
    assert ("--mask " in text) == (NEEDS[operation].mask is not Need.UNUSED)
    assert ("--prompt " in text) == (NEEDS[operation].prompt is not Need.UNUSED)
    assert ("--margins " in text) == (operation is Operation.OUTPAINT)
    assert ("--scale " in text) == (operation is Operation.UPSCALE)


@pytest.mark.parametrize("name", ["remove-background", "remove_background", "variation", "general_edit"])
def test_other_spellings(limner: Limner, name: str):
    assert limner(name, "--help").code == 0
    assert limner("run", name, "--help").code == 0


def test_a_quote_offers_nothing_that_spends(limner: Limner):
    text = limner("quote", "generate", "--help").out
    assert "--output  " not in text
    assert "--yes" not in text
    assert "--size" in text


@pytest.mark.parametrize("command", [(), ("-h",)])
def test_alone_it_helps(limner: Limner, command: tuple[str, ...]):
    assert "Usage: limner" in limner(*command).out


@pytest.mark.parametrize("group", ["run", "quote"])
def test_a_group_alone_helps_and_is_an_error(limner: Limner, group: str):
    ran = limner(group)
    assert ran.code == 2
    assert "Usage: limner" in ran.out + ran.err
    assert "Error:" not in ran.err


def test_the_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["limner", "--version"])
    main()
    assert capsys.readouterr().out == f"limner {package.__version__}\n"


def test_the_version_in_another_place(limner: Limner):
    assert limner("--version", "generate").out == f"limner {package.__version__}\n"


VERSION = """
import sys
sys.argv = ["limner", "--version"]
from limner.cli import main
main()
print(*sys.modules)
"""


def test_the_version_loads_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", VERSION], capture_output=True, check=True, text=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"typer", "rich", "pydantic", "PIL", "numpy", "asyncio", "fastapi"}


def test_the_list_of_commands_loads_nothing_that_paints():
    caught = VERSION.replace("main()", "try: main()\nexcept SystemExit: pass")
    program = caught.replace("--version", "--help")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert "remove-background" in done.stdout
    assert not {"limner.assembly", "numpy", "PIL", "fastapi"} & set(done.stdout.split())


def test_names_are_completed(limner: Limner):
    context = get_command(app).make_context("limner", [], resilient_parsing=True)
    found = {item.value for item in context.command.shell_complete(context, "re")}
    assert {"remove-background", "replace-background", "relight", "recolor", "restyle"} <= found
