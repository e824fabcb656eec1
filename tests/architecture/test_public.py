"""What `import limner` gives, and what it costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import limner

PINNED = [
    "AllFailed",
    "AsyncLimner",
    "Cancelled",
    "Cost",
    "Error",
    "Format",
    "ImageProcessing",
    "Limner",
    "Margins",
    "Mask",
    "Mode",
    "Money",
    "Note",
    "NovelAIAction",
    "NovelAIModel",
    "Operation",
    "OutcomeUnknown",
    "Picture",
    "Price",
    "ProviderError",
    "Reference",
    "Refused",
    "Request",
    "Role",
    "Size",
    "Tier",
    "UserError",
]

HEAVY = {
    "PIL",
    "cv2",
    "numpy",
    "fastapi",
    "starlette",
    "pyreqwest",
    "httpx2",
    "typer",
    "rich",
    "pydantic",
    "sqlalchemy",
    "asyncio",
}

MEASURE = """
import json, sys, time
start = time.perf_counter()
import limner
print(json.dumps([time.perf_counter() - start, sorted({name.partition('.')[0] for name in sys.modules})]))
"""


def measure() -> tuple[float, set[str]]:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, check=True, text=True)
    seconds, names = json.loads(done.stdout)
    return seconds, set(names)


def test_the_public_names_are_pinned():
    assert sorted(limner.__all__) == PINNED
    assert set(PINNED) <= set(dir(limner))


@pytest.mark.parametrize("name", PINNED)
def test_a_public_name_is_what_it_says(name: str):
    assert getattr(limner, name).__name__ == name


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="levitate"):
        _ = limner.levitate  # pyright: ignore[reportAttributeAccessIssue]


def test_type_checkers_see_every_public_name():
    """The imports that only type checkers read, and the table that Python reads, name the same."""
    source = ast.parse(Path(limner.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in source.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == limner._HOMES


def test_importing_pulls_in_nothing_optional():
    _, names = measure()
    assert not names & HEAVY


def test_importing_takes_at_most_a_tenth_of_a_second():
    assert min(measure()[0] for _ in range(5)) <= 0.1
