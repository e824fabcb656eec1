"""The command line: `limner`. One file a command."""

import sys

import limner


def main() -> None:
    """Run a command and leave with its exit code (`limner.cli.exits`)."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:  # before anything heavy is imported
        print(f"limner {limner.__version__}")
        return
    from limner.cli.app import run  # noqa: PLC0415 - see above

    sys.exit(run(arguments))
