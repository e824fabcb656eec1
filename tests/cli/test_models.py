"""`models --retiring`, `models --check` and `models migrate`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import running_sandbox
from tests.cli.conftest import Limner

TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog in which one model leaves soon, and has not been looked at for long."""
    path = folder / "limner.toml"
    path.write_text(
        f"""
        [models."stability/leaver"]
        like = "stability/core"
        shutdown_on = {TODAY + timedelta(3)}
        checked_on = {TODAY - timedelta(100)}
        successor = "stability/ultra"
        aliases = ["leaver-two"]

        [aliases]
        house = "stability/leaver"
        """
    )
    monkeypatch.setenv("LIMNER_CONFIG", str(path))
    return path


@pytest.mark.row("P7")
def test_what_goes_away_is_listed_with_what_comes_after(limner: Limner):
    ran = limner("models", "--retiring", "--provider", "stability")
    assert ran.code == 0
    assert f"stability/leaver  {TODAY + timedelta(3)} (in 3 days)\n  → stability/ultra, $0.05 more" in ran.out
    [line] = limner("models", "--retiring", "--provider", "stability", "--json").lines
    assert line["days"] == 3
    assert line["difference_usd"] == "0.05"
    none = limner("models", "--retiring", "--provider", "stability", "--within", "2")
    assert (none.code, none.out) == (0, "")
    assert "within 2 days" in none.err


@pytest.mark.row("P7")
def test_a_plan_names_every_place_and_changes_none(
    limner: Limner, folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LIMNER_DEFAULT_MODEL", "leaver-two")
    source = folder / "app" / "main.py"
    source.parent.mkdir()
    source.write_text("import limner\nlimner.generate('a kite', model='stability/leaver')\n")
    (folder / "app" / "noise.bin").write_bytes(b"\xff\xfe'stability/leaver'")
    (folder / "app" / ".git").mkdir()
    (folder / "app" / ".git" / "config").write_text("'stability/leaver'")
    before = config.read_bytes()
    lines = limner("models", "migrate", "--plan", str(folder / "app"), "--json").lines
    places = [(Path(line["place"]).name, line["line"], line["text"]) for line in lines]
    alias = next(number for number, line in enumerate(before.decode().splitlines(), 1) if "house" in line)
    assert ("LIMNER_DEFAULT_MODEL", None, "leaver-two") in places
    assert ("limner.toml", alias, "stability/leaver") in places
    assert ("main.py", 2, "stability/leaver") in places
    assert not any(name in {"noise.bin", "config"} for name, _, _ in places)
    assert {line["successor"] for line in lines} == {"stability/ultra"}
    assert config.read_bytes() == before
    text = limner("models", "migrate", "--plan", str(source)).out
    assert "main.py:2\n  stability/leaver" in text


def test_a_plan_without_asking_for_one_and_of_nowhere(limner: Limner):
    assert limner("models", "migrate").code == 2
    ran = limner("models", "migrate", "--plan", "nowhere")
    assert ran.code == 2
    assert "There is no nowhere" in ran.err


def test_a_check_finds_what_needs_a_look(limner: Limner, folder: Path):
    table = folder / "table.json"
    table.write_text(json.dumps({"_comment": "", "stability/ultra": {"output_cost_per_image": 0.5}}))
    ran = limner("models", "--check", "--table", str(table), "--json")
    assert ran.code == 1
    found = {(line["kind"], line["model"]) for line in ran.lines}
    assert {
        ("leaving", "stability/leaver"),
        ("old", "stability/leaver"),
        ("disagreement", "stability/ultra"),
    } <= found
    text = limner("models", "--check", "--table", str(table)).out
    assert "one picture: $0.08 here" in text
    assert "$0.50 in LiteLLM's stability/ultra" in text


@pytest.mark.row("P7")
def test_a_check_asks_those_whose_key_is_there_for_their_list(
    limner: Limner, folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
):
    config.write_text(
        """
        [models."together/gone"]
        like = "together/black-forest-labs/flux.2-pro"
        [models."together/gone".wire]
        model = "black-forest-labs/GONE"
        [models."openai/gpt-image-1.5"]
        shutdown_on = 2031-01-01
        """
    )
    table = folder / "table.json"
    table.write_text("{}")
    with running_sandbox() as sandbox:
        for name, slug in {"TOGETHER": "together", "OPENAI": "openai", "VENICE": "venice"}.items():
            monkeypatch.setenv(f"{name}_API_KEY", sandbox.key(slug))
            monkeypatch.setenv(f"{name}_BASE_URL", sandbox.url(slug))
        sandbox.faults.plan(Fault(FaultKind.STATUS, provider="venice", status=503))
        ran = limner("models", "--check", "--table", str(table), "--json")
        asked = {slug for slug, routes in sandbox.requests.counts().items() if routes}
        assert not sandbox.bill.charges()
    assert asked == {"together", "openai", "venice"}
    found = {line["model"]: line["text"] for line in ran.lines if line["kind"] == "list"}
    assert found["together/gone"] == "is not in the list of together"
    assert found["openai/gpt-image-1.5"] == "leaves on 2031-01-01 here, on 2026-12-01 by openai's list"
    assert not {name for name in found if name.startswith("venice")}
    assert "venice was not asked for its list" in ran.err


def test_a_table_that_is_none(limner: Limner, config: Path):
    ran = limner("models", "--check", "--table", str(config))
    assert ran.code == 2
    assert "is no table of prices" in ran.err
