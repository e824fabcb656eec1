"""Models die and defaults don't: warnings before, a successor after, told on results and to the operator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Error, UserError
from limner.core.models import Retired
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.signals import RetiringUsed, Signal
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock

DEAD, HEIR = "openai/dall-e-3", "openai/gpt-image-2.5-sunburst"
GOING = "openai/gpt-image-1.5"
LAST_DAY = datetime(2026, 12, 1, 12, tzinfo=UTC)
PEAR = Request(Operation.GENERATE, prompt="a pear", model=DEAD)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


def built(sandbox: RunningSandbox | None = None, now: datetime | None = None, **settings: object) -> Assembly:
    environ = {"OPENAI_API_KEY": "sk-sandbox", "STABILITY_API_KEY": "sk-stability"}
    if sandbox is not None:
        environ["OPENAI_BASE_URL"] = sandbox.url("openai")
        environ |= {"STABILITY_API_KEY": sandbox.key("stability")}
        environ |= {"STABILITY_BASE_URL": sandbox.url("stability")}
    return assemble(Settings(environ=environ, **settings), clock=SkippingClock(now))


def lifecycle(result: Result) -> list[Note]:
    return [note for note in result.notes if note.kind is NoteKind.LIFECYCLE]


@pytest.mark.row("P7")
async def test_a_dead_model_is_refused_by_its_successors_name_unless_the_operator_says_otherwise(
    sandbox: RunningSandbox,
):
    async with built(sandbox) as limner:
        with pytest.raises(UserError) as raised:
            await limner.engine.run(PEAR)
    assert raised.value.code == "retired_model"
    assert raised.value.suggestions == (HEIR,)
    assert HEIR in raised.value.remedy
    assert sandbox.requests.count("openai", "POST *") == 0


@pytest.mark.row("P7")
@pytest.mark.parametrize("name", [DEAD, "dall-e-3", " DALL-E-3 "])
async def test_the_successor_does_it_and_says_so_with_the_difference_in_price(
    name: str, sandbox: RunningSandbox
):
    heard: list[Signal] = []
    async with built(sandbox, retired="substitute") as limner:
        limner.signals.subscribe(heard.append)
        quoted = await limner.engine.quote(PEAR.replace(model=name))
        result = await limner.engine.run(PEAR.replace(model=name))
    assert (result.model, result.fallback_used) == (HEIR, False)
    [note] = lifecycle(result)
    assert (note.asked, note.used) == (DEAD, HEIR)
    assert "takes its place, about $0." in note.text
    assert note.text.endswith("for a usual picture.")
    assert note in quoted.notes
    [signal] = [each for each in heard if isinstance(each, RetiringUsed)]
    assert (signal.model, signal.successor, signal.run) == (DEAD, HEIR, result.id)
    assert signal.shutdown_on == datetime(2026, 5, 12, tzinfo=UTC).date()


async def test_when_the_successor_fails_that_is_told_besides(sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", route="POST *", status=500, times=None))
    async with built(sandbox, retired="substitute") as limner:
        results = [await limner.engine.run(PEAR) for _ in range(3)]  # the third finds the breaker open
    for result in results:
        assert (result.provider, result.fallback_used) == ("stability", True)
        [note] = lifecycle(result)
        assert (note.asked, note.used) == (DEAD, HEIR)
        [fell] = [note for note in result.notes if note.kind is NoteKind.FALLBACK]
        assert (fell.asked, fell.used) == (HEIR, result.model)


def test_looking_around_tells_it_too():
    limner = built(retired="substitute")
    ranking = limner.router.explain(PEAR)
    assert ranking.best is not None
    assert ranking.best.model.id == HEIR
    [note] = ranking.notes
    assert (note.asked, note.used) == (DEAD, HEIR)
    assert limner.router.explain(PEAR.replace(model=HEIR)).notes == ()


def test_the_operators_default_may_die_too():
    for retired in (None, Retired.SUBSTITUTE):
        limner = built(default_model=DEAD, retired=retired)
        anything = PEAR.replace(model=None)
        if retired is None:
            with pytest.raises(UserError, match="no longer answers"):
                limner.router.route(anything)
        else:
            assert limner.router.route(anything).first.id == HEIR


def test_a_substitute_must_be_able_and_of_the_provider_asked_for(tmp_path: Path):
    config = tmp_path / "limner.toml"
    config.write_text(
        """
        retired = "substitute"

        [models."openai/gone"]
        like = "openai/gpt-image-2"
        lifecycle = "retired"
        successor = "stability/core"

        [models."openai/lost"]
        like = "openai/gpt-image-2"
        lifecycle = "retired"
        """
    )
    router = built(config=config).router
    photo = Picture(b"", size=Size(64, 64))

    def refused(**changes: object) -> str:
        with pytest.raises(Error) as raised:
            router.route(PEAR.replace(**changes))
        return raised.value.code

    assert router.route(PEAR.replace(model="openai/gone")).first.id == "stability/core"
    edit = {"operation": Operation.EDIT, "images": (photo,)}
    assert refused(model="openai/gone", **edit) == "unsupported_operation"
    assert refused(model="gone", provider="openai") == "retired_model"
    assert refused(model="openai/lost") == "retired_model"


def test_the_environment_goes_before_limner_toml(tmp_path: Path):
    config = tmp_path / "limner.toml"
    config.write_text('retired = "substitute"\n')
    assert built(config=config).router.route(PEAR).first.id == HEIR
    with pytest.raises(UserError, match="no longer answers"):
        built(config=config, retired="refuse").router.route(PEAR)
    config.write_text('retired = "perhaps"\n')
    with pytest.raises(UserError, match="perhaps") as raised:
        built(config=config)
    assert raised.value.code == "invalid_catalog"
    with pytest.raises(UserError, match="LIMNER_RETIRED"):
        built(retired="perhaps")


@pytest.mark.row("P7")
@pytest.mark.parametrize(
    ("days", "words"),
    [
        (91, None),
        (90, f"{GOING} answers for the last time on 2026-12-01, in 90 days."),
        (31, f"{GOING} answers"),
        (30, f"Change over soon: {GOING} answers for the last time on 2026-12-01, in 30 days."),
        (8, "Change over soon:"),
        (7, "Change over now:"),
        (0, f"Change over now: {GOING} answers for the last time on 2026-12-01, today."),
    ],
)
async def test_a_result_warns_ninety_thirty_and_seven_days_before(
    days: int, words: str | None, sandbox: RunningSandbox
):
    heard: list[Signal] = []
    async with built(sandbox, LAST_DAY - timedelta(days)) as limner:
        limner.signals.subscribe(heard.append)
        result = await limner.engine.run(PEAR.replace(model=GOING))
    told = [each for each in heard if isinstance(each, RetiringUsed)]
    if words is None:
        assert (lifecycle(result), told) == ([], [])
        return
    [note] = lifecycle(result)
    assert note.text.startswith(words)
    assert HEIR in note.text
    assert [(each.model, each.successor) for each in told] == [(GOING, HEIR)]


@pytest.mark.row("P7")
async def test_the_day_after_it_is_dead(sandbox: RunningSandbox):
    after = LAST_DAY + timedelta(1)
    async with built(sandbox, after) as limner:
        with pytest.raises(UserError, match="no longer answers"):
            await limner.engine.run(PEAR.replace(model=GOING))
    async with built(sandbox, after, retired="substitute") as limner:
        result = await limner.engine.run(PEAR.replace(model=GOING))
    assert result.model == HEIR
    assert f"{GOING} no longer answers since 2026-12-01." in lifecycle(result)[0].text
