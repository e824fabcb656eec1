"""Files stay small enough to read in one sitting."""

from fnmatch import fnmatch

from tests.support.sources import modules

BUDGETS = {  # the first pattern that matches counts
    "providers/_shared/*": 400,
    "providers/*/adapter.py": 250,
    "providers/*/wire.py": 150,
    "providers/*/options.py": 80,
    "*": 400,
}


def test_every_file_keeps_its_budget():
    over: list[str] = []
    for module, path in modules().items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        budget = next(most for pattern, most in BUDGETS.items() if fnmatch(module, pattern))
        if lines > budget:
            over.append(f"{module}: {lines} lines, {budget} allowed")
    assert not over, "\n".join(over)
