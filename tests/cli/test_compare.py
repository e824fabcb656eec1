"""`limner compare`: the total first, then everything in one folder."""

from pathlib import Path

import pytest

from limner.cli.exits import Exit
from limner.client.comparison import Comparison
from limner.core.errors import UserError
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner

pytestmark = pytest.mark.row("D6")

BOTH = "openai/gpt-image-2,limner/sketch"


def test_what_each_and_all_cost_is_said_before_and_all_is_written_into_one_folder(
    limner: Limner, sandbox: RunningSandbox, folder: Path
):
    ran = limner("compare", "a pear", "--models", BOTH, "--size", "1024x1024", "--quality", "standard")
    assert ran.code == Exit.OK
    place = folder / "compare-a-pear"
    names = ["a-openai-gpt-image-2.png", "b-limner-sketch.png", "sheet.png", "report.html"]
    assert [line for line in ran.out.splitlines() if line.startswith("compare-")] == [
        f"compare-a-pear/{name}" for name in names
    ]
    assert sorted(path.name for path in place.iterdir()) == sorted(names)
    said = ran.err
    assert said.index("openai/gpt-image-2: about $0.053") < said.index("2 of 2 painted")
    assert said.index("limner/sketch: free") < said.index("2 of 2 painted")
    assert sandbox.requests.count("openai", "POST *") == 1
    again = limner("compare", "a pear", "--models", "limner/sketch,nosuch")
    assert again.code == Exit.SOME_FAILED
    assert (folder / "compare-a-pear-2" / "report.html").is_file()


def test_as_json_for_programs_also_what_failed(limner: Limner, sandbox: RunningSandbox, small: Path):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", route="POST *", status=400))
    arguments = ["--image", str(small), "--operation", "upscale", "--scale", "2", "-o", "out", "--json"]
    ran = limner("compare", "--models", "limner/scale", "--models", "stability/fast", *arguments)
    assert ran.code == Exit.SOME_FAILED
    found = ran.json
    assert (found["operation"], found["cost"]["usd"]) == ("upscale", "0")
    first, second = found["entries"]
    assert (first["model"], first["quote"]["kind"]) == ("limner/scale", "exact")
    assert first["reason"]
    assert Path(first["result"]["images"][0]["path"]).is_file()
    assert second["error"]["code"] == "missing_key"
    assert second["reason"] == second["error"]["message"]
    assert Path(found["sheet"]).is_file()
    assert Path(found["report"]).is_file()


def test_more_than_the_limit_together_is_refused_before_anything_is_sent(
    limner: Limner, sandbox: RunningSandbox, folder: Path
):
    ran = limner(
        "compare", "a pear", "--models", "openai/gpt-image-2,openai/gpt-image-2.5-flare", "--max-cost", "0.01"
    )
    assert ran.code == Exit.REFUSED
    assert "more than the limit" in ran.err
    assert sandbox.requests.count("openai", "POST *") == 0
    assert not list(folder.iterdir())


def test_when_all_fail_that_is_said_and_reported(limner: Limner, sandbox: RunningSandbox, folder: Path):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", route="POST *", status=400, times=None))
    ran = limner("compare", "a pear", "--models", "openai/gpt-image-2,openai/gpt-image-2.5-flare")
    assert ran.code == Exit.ALL_FAILED
    assert "0 of 2 painted · free together" in ran.err
    assert (folder / "compare-a-pear" / "report.html").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["a pear", "--models", "limner/sketch"],
        ["a pear"],
        ["a pear", "--models", "limner/sketch,sketch"],
        ["a pear", "--models", BOTH, "--operation", "paint"],
        ["--models", BOTH],
        ["a pear", "--models", BOTH, "-o", "nowhere.txt"],
    ],
    ids=" ".join,
)
def test_what_is_no_comparison_sends_nothing(limner: Limner, folder: Path, arguments: list[str]):
    (folder / "nowhere.txt").write_text("")
    ran = limner("compare", *arguments)
    assert ran.code == Exit.BAD_INPUT
    assert "Nothing was charged." in ran.err
    assert [path.name for path in folder.iterdir()] == ["nowhere.txt"]


def test_what_was_made_is_not_lost_where_it_cannot_be_written(
    limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    save = Comparison.save

    def full(self: Comparison, place: Path) -> list[Path]:
        if place.parent == Path():
            raise UserError("The disk is full.", code="unwritable_output", remedy="")
        return save(self, place)

    monkeypatch.setattr(Comparison, "save", full)
    ran = limner("compare", "a pear", "--models", "limner/sketch,nosuch")
    assert ran.code == Exit.PIXELS
    refuge = Path(ran.err.partition("The pictures are in ")[2].partition(". ")[0].splitlines()[0].rstrip("."))
    assert (refuge / "a-limner-sketch.png").is_file()
