"""The examples in docstrings run."""

import doctest
import importlib

import pytest

from tests.support.sources import modules

WITH_EXAMPLES = [name for name, path in modules().items() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_of(module: str):
    name = "limner." + module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted
    assert not outcome.failed
