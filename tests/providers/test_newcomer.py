"""A newcomer's rehearsal: a vendor nobody knew is added by doing what CONTRIBUTING.md says, word for word.

Kiln is invented here. It hands out tickets, has odd names for everything, and takes its key in a header of
its own. What a newcomer has to do by thinking, the vendor's words in place of the template's, is `WORDS`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.providers.exchanges import data
from tests.support.sources import ROOT

STEPS = re.search(r"## Add a provider\n(.*?)\n## ", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
NEEDED = [
    *("CONTRIBUTING.md", "pyproject.toml", "mkdocs.yml", ".env.example", "docs", "src/limner"),
    *(f"tools/generate_{name}.py" for name in ("env_example", "comparison", "provider_pages")),
    *("tests/conftest.py", "tests/support", "tests/architecture", "tests/providers"),
]
"""What of a clone the steps touch; a real one has the rest."""

PROGRAMS = {
    "python": "",
    "pytest": "-m pytest -p no:cacheprovider",
    "limner": "-c 'import sys; from limner.cli import main; sys.exit(main())'",
}
"""What stands in an environment, run on the clone's own files."""

WORDS = {
    # what is sent
    "prompt": "incantation", "size": "girth", "count": "pots", "seed": "luck", "finish": "polish",
    "canvas": "raw_clay", "mask": "wax",
    # what comes
    "id": "firing_no", "status": "state", "percent": "heat", "pictures": "sherds", "url": "shelf",
    "expires_at": "cools_at", "blurred": "smudged", "credits": "grog", "error": "calamity", "code": "omen",
    "message": "lament",
    # how it stands
    "queued": "stacked", "painting": "glowing", "dry": "cold", "failed": "shattered", "refused": "unworthy",
    "indecent": "lewd",
}  # fmt: skip
SEALED = """\
        auth=AuthScheme("X-Kiln-Seal", ""),
        base_url_name="KILN_BASE_URL",
        key_names="""
PLACES = {
    "/v1/paintings": "/furnace/9/firings",
    "/pictures": "/sherds",
    "easel.example": "kiln.example",
    "_template/fresco": "kiln/stoneware",
    "_template": "kiln",
    "fresco-1": "stoneware-1260",
    "EASEL": "KILN",
    "Easel": "Kiln",
}


def placed(text: str) -> str:
    for name, instead in PLACES.items():
        text = text.replace(name, instead)
    return text


def spoken(value: Any) -> Any:
    """A document in Kiln's words."""
    if isinstance(value, dict):
        return {WORDS.get(name, name): spoken(part) for name, part in value.items()}
    if isinstance(value, list):
        return [spoken(part) for part in value]
    return WORDS.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of one as is needed."""
    folder = tmp_path_factory.mktemp("clone")
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder / name)
        else:
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "static")
            )
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name, words in PROGRAMS.items():
        script = folder / ".venv" / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -B {words} "$@"\n')
        script.chmod(0o755)
    return folder


def files(clone: Path) -> dict[str, str]:
    """What lies in it, by name, with what it holds."""
    return {
        path.relative_to(clone).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in clone.rglob("*")
        if path.is_file() and not {"__pycache__", ".hypothesis"} & set(path.parts)
    }


def do(command: str, clone: Path, **environment: str) -> str:
    """Run a line of the steps as a newcomer does. What it says."""
    paths = os.pathsep.join([str(clone / "src"), str(clone)])
    known = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=clone,
        env={**known, "PYTHONPATH": paths, "LIMNER_STORE": "memory", "PYTHONSAFEPATH": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def translate(clone: Path) -> None:
    """Steps 2 and 5, where a newcomer reads the vendor's documentation and writes."""
    folder = clone / "src" / "limner" / "providers" / "kiln"
    for path in folder.glob("*.py"):
        text = placed(path.read_text("utf-8"))
        for name, instead in WORDS.items():
            text = text.replace(f'"{name}"', f'"{instead}"')
        if path.name == "adapter.py":
            text = text.replace("        key_names=", SEALED)
            text = text.replace("import Done", "import AuthScheme, Done")
            text = text.replace("check=path, cancel=path)", 'check=path, cancel=f"{path}/quench")')
            text = text.replace('HttpCall("DELETE"', 'HttpCall("POST"')
        path.write_text(text, "utf-8")
    for path in (clone / "tests" / "providers" / "kiln" / "exchanges").glob("*.json"):
        document = json.loads(placed(path.read_text("utf-8")))
        for part in ("call", "reply"):
            document[part] |= {"json": spoken(document[part]["json"])} if "json" in document[part] else {}
        for ticket in (document.get("ticket", {}), document["outcome"].get("pending", {}).get("ticket", {})):
            told = {
                "stage": WORDS.get(ticket.get("stage"), "work"),
                "cancel": f"{ticket.get('cancel')}/quench",
            }
            ticket.update({name: value for name, value in told.items() if name in ticket})
        path.write_text(json.dumps(document, indent=2), "utf-8")


def add_line(clone: Path, line: str) -> None:
    registry = clone / "src" / "limner" / "providers" / "registry.py"
    lines = registry.read_text("utf-8").splitlines(keepends=True)
    entries = [place for place, one in enumerate(lines) if re.match(r'    "[a-z-]+": "', one)]
    before = next(place for place in [*entries, entries[-1] + 1] if lines[place] > line)
    registry.write_text("".join([*lines[:before], line, *lines[before:]]), "utf-8")


Followed = tuple[Path, dict[str, str], list[str]]


@pytest.fixture(scope="module")
def followed(clone: Path) -> Followed:
    """The clone after every step, what lay there before, and what the commands said."""
    assert STEPS, "CONTRIBUTING.md has no section on adding a provider"
    before, said = files(clone), list[str]()
    for language, block in BLOCK.findall(STEPS[1]):
        match language:
            case "sh":
                said += [do(command, clone) for command in block.splitlines()]
            case "toml":
                translate(clone)
                (clone / "src" / "limner" / "catalog" / "data" / "kiln.toml").write_text(block, "utf-8")
            case "python":
                add_line(clone, block)
            case other:
                raise AssertionError(f"nobody does what a block of {other} says")
    return clone, before, said


def test_every_step_is_done_and_the_suites_pass(followed: Followed):
    _, _, said = followed
    checked, contract, rules = said[2:5]
    assert re.search(r"✓  kiln +\d\d  none: rules only  conforms", checked)
    assert int(re.search(r"(\d+) passed", contract)[1]) > 100  # pyright: ignore[reportOptionalSubscript]
    for one in (contract, rules):
        assert "failed" not in one
        assert "skipped" not in one


def test_one_folder_one_data_file_one_line_and_nothing_else(followed: Followed):
    clone, before, _ = followed
    after = files(clone)
    added = {name for name in after if name not in before}
    folders = ("src/limner/providers/kiln/", "tests/providers/kiln/")
    others = {name for name in added if not name.startswith(folders)}
    assert others == {"src/limner/catalog/data/kiln.toml", "docs/providers/kiln.md"}, "the last is generated"
    assert set(before) <= set(after)
    changed = {name for name in before if after[name] != before[name]}
    generated = {".env.example", "docs/providers.md", "mkdocs.yml"}
    assert changed == {"src/limner/providers/registry.py"} | generated
    registry = "src/limner/providers/registry.py"
    older, newer = (root / registry for root in (ROOT, clone))
    lines = newer.read_text("utf-8").splitlines()
    lines.remove('    "kiln": "Kiln",')
    assert lines == older.read_text("utf-8").splitlines()
    assert "# KILN_API_KEY=" in (clone / ".env.example").read_text("utf-8")
    assert "      - providers/kiln.md\n" in (clone / "mkdocs.yml").read_text("utf-8")
    assert "Only its own exchanges" in (clone / "docs" / "providers" / "kiln.md").read_text("utf-8")


PAINT = """
import asyncio, json
from limner.assembly import assemble
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.settings import Settings
from tests.support.clock import SkippingClock

async def main():
    environ = {"KILN_API_KEY": "seal", "KILN_BASE_URL": "ADDRESS"}
    async with assemble(Settings(environ=environ, store="memory"), clock=SkippingClock()) as limner:
        request = Request(Operation.GENERATE, prompt="a pear", model="kiln/stoneware")
        result = await limner.engine.run(request)
        paid = result.cost.native
        print(json.dumps([len(result.images), str(paid.amount), paid.unit, result.images[0].seed]))

asyncio.run(main())
"""


def test_it_paints(followed: Followed, httpserver: HTTPServer):
    """Through the whole engine: submitted once, polled, listed by a second call, fetched, its cost kept."""
    clone, _, _ = followed
    seen: list[tuple[str, str, str | None]] = []
    polls = iter(["stacked", "glowing", "cold"])
    base = httpserver.url_for("")

    def kiln(request: Request) -> Response:
        seen.append((request.method, request.path, request.headers.get("X-Kiln-Seal")))
        match request.method, request.path:
            case "POST", "/furnace/9/firings":
                assert request.get_json()["incantation"] == "a pear"
                return Response(json.dumps({"firing_no": "f1", "state": "stacked"}), 202)
            case "GET", "/furnace/9/firings/f1":
                return Response(json.dumps({"firing_no": "f1", "state": next(polls)}))
            case "GET", "/furnace/9/firings/f1/sherds":
                return Response(
                    json.dumps({"sherds": [{"shelf": f"{base}/pot.png", "luck": 5}], "grog": "4.5"})
                )
            case "GET", "/pot.png":
                return Response(data("dot.png"), mimetype="image/png")
            case other:
                raise AssertionError(f"Kiln has no {other}")

    httpserver.expect_request(re.compile("/")).respond_with_handler(kiln)
    (clone / "paint.py").write_text(PAINT.replace("ADDRESS", base.rstrip("/")), "utf-8")
    try:
        said = do(".venv/bin/python paint.py", clone)
    finally:
        (clone / "paint.py").unlink()
    assert json.loads(said) == [1, "4.5", "grog", 5]
    assert [one[:2] for one in seen] == [
        ("POST", "/furnace/9/firings"),
        *[("GET", "/furnace/9/firings/f1")] * 3,
        ("GET", "/furnace/9/firings/f1/sherds"),
        ("GET", "/pot.png"),
    ]
    assert [one[2] for one in seen] == ["seal"] * 5 + [None], "the shelf does not see the key"
