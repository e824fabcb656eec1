"""Where the environment, time, chance and model ids may stand in the code."""

import ast
import tomllib
from pathlib import Path
from typing import Any

from tests.support.sources import PACKAGE, attributes, imports, modules, tree, within

MODULES = {"time", "random", "secrets", "uuid"}
READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "asyncio.sleep", "os.urandom"}
CLOCKS = ("core/clock.py", "core/ids.py")


def test_only_settings_read_the_environment():
    wrong = [
        module
        for module, path in modules().items()
        if module != "settings.py"
        and ({"os.environ", "os.getenv", "os.environb"} & {*attributes(path), *imports(path)})
    ]
    assert not wrong


def test_time_and_ids_have_one_source():
    wrong = [
        f"{module}: {name}"
        for module, path in modules().items()
        if not within(module, CLOCKS)
        for name in time_and_chance(path)
    ]
    assert not wrong, "\n".join(wrong)


def time_and_chance(path: Path) -> set[str]:
    """What a file reads of the clock and of chance."""
    imported = set(imports(path))
    return {name for name in imported if name.partition(".")[0] in MODULES} | (
        READS & (imported | {*attributes(path)})
    )


def model_ids(data: dict[str, Any]) -> set[str]:
    """The ids and wire names of a catalog file, of those that no ordinary word could be."""
    models = data.get("models", [])
    entries: list[dict[str, Any]] = models if isinstance(models, list) else list(models.values())
    names = {str(entry.get("id", "")) for entry in entries} | (
        set() if isinstance(models, list) else set(models)
    )
    names |= {str(entry.get("wire", {}).get("model", "")) for entry in entries}
    return {name for name in names if "-" in name or any(letter.isdigit() for letter in name)}


def test_no_model_id_in_code():
    ids: set[str] = set()
    for path in sorted((PACKAGE / "catalog" / "data").glob("*.toml")):
        ids |= model_ids(tomllib.loads(path.read_text(encoding="utf-8")))
    wrong = [
        f"{module}:{node.lineno}: {node.value}"
        for module, path in modules().items()
        if not module.startswith(
            "sandbox/"
        )  # an emulator is written from the published contract, ids and all
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ids
    ]
    assert not wrong, "\n".join(wrong)
