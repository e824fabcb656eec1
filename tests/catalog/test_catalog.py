from datetime import date
from typing import Any

import pytest

from limner.catalog.catalog import Catalog, alive, lifecycle_note
from limner.core.errors import UserError
from limner.core.models import Ability, Lifecycle, Model
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from tests.catalog.samples import TODAY, model

ONLY_EDIT = {Operation.EDIT: Ability(images=(1, 1))}
FINE = model("fine", priority=10, aliases=("finest",), snapshots=("fine-2026-01-01",), wire={"model": "fine"})
FINE_TOO = model("fine", provider="other", priority=20)
ROUGH = model("rough", priority=30, abilities=ONLY_EDIT)
OLD = model("old", lifecycle=Lifecycle.RETIRED, shutdown_on=date(2026, 5, 1), successor="acme/older")
OLDER = model("older", lifecycle=Lifecycle.RETIRED, successor="acme/fine")
GOING = model("going", lifecycle=Lifecycle.RETIRING, shutdown_on=date(2026, 12, 1), successor="acme/fine")
TWIN = model("twin")
TWIN_TOO = model("twin", provider="other")
LOST = model("lost", lifecycle=Lifecycle.RETIRED)
CATALOG = Catalog(
    [LOST, TWIN_TOO, TWIN, GOING, OLDER, OLD, ROUGH, FINE_TOO, FINE],
    {"best": ("acme/old", "acme/rough", "acme/fine"), "mine": ("other/fine",)},
)


def find(name: str, **wish: Any) -> Model:
    return CATALOG.find(name, **{"today": TODAY, **wish})


def refusal(name: str, **wish: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        find(name, **wish)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["acme/fine", " ACME/Fine ", "finest", "acme/finest"])
def test_a_model_is_found_by_any_of_its_names(name: str):
    assert find(name) is FINE


def test_a_bare_name_means_the_model_that_is_tried_first():
    assert find("fine") is FINE
    assert find("fine", provider="other") is FINE_TOO


def test_providers_that_are_set_up_go_before_the_others():
    assert find("fine", reachable={"other"}) is FINE_TOO
    assert find("fine", reachable={"acme", "other"}) is FINE
    assert find("fine", reachable=set()) is FINE
    assert find("twin", reachable={"other"}) is TWIN_TOO


def test_a_bare_name_of_equals_is_ambiguous():
    error = refusal("twin")
    assert error.code == "ambiguous_model"
    assert error.suggestions == ("acme/twin", "other/twin")


def test_a_snapshot_is_that_very_version():
    pinned = find("fine-2026-01-01")
    assert (pinned.id, pinned.name, pinned.wire["model"]) == ("acme/fine-2026-01-01",) + (
        "fine-2026-01-01",
    ) * 2
    assert pinned.limits is FINE.limits
    assert find(pinned.id) == pinned
    assert pinned not in CATALOG.all()


def test_an_alias_means_the_first_of_its_models_that_lives_and_can():
    assert find("best") is ROUGH
    assert find("best", operation=Operation.GENERATE) is FINE
    assert find("BEST", provider="acme", operation=Operation.GENERATE) is FINE
    assert find("mine") is FINE_TOO


def test_an_alias_prefers_what_is_set_up():
    catalog = Catalog([FINE, FINE_TOO], {"best": ("acme/fine", "other/fine")})
    assert catalog.find("best", today=TODAY, reachable={"other"}) is FINE_TOO
    assert catalog.find("best", today=TODAY, reachable=set()) is FINE


def test_an_unknown_name_gets_the_nearest():
    error = refusal("rouhg")
    assert error.code == "unknown_model"
    assert error.field == "model"
    assert error.suggestions[0] == "acme/rough"
    assert "acme/rough" in error.remedy


def test_a_near_name_that_died_suggests_its_successor():
    assert refusal("acme/oldd").suggestions[0] == "acme/fine"


def test_a_name_of_another_provider_is_unknown_there():
    error = refusal("acme/fine", provider="other")
    assert error.code == "unknown_model"
    assert "at other" in str(error)


def test_nothing_near_suggests_nothing():
    assert refusal("zzzzzz").suggestions == ()


def test_a_dead_model_names_the_successor_that_lives():
    error = refusal("acme/old")
    assert error.code == "retired_model"
    assert "2026-05-01" in str(error)
    assert error.suggestions == ("acme/fine",)
    assert "acme/fine" in error.remedy


def test_a_dead_model_without_successor_says_so():
    error = refusal("lost")
    assert (error.code, error.suggestions) == ("retired_model", ())
    assert "no successor" in error.remedy


def test_a_model_answers_on_its_last_day_and_not_after():
    last = date(2026, 12, 1)
    assert find("going", today=last) is GOING
    assert refusal("going", today=date(2026, 12, 2)).code == "retired_model"
    assert alive(GOING, last)
    assert not alive(GOING, date(2026, 12, 2))


def test_a_model_that_cannot_names_those_that_can():
    error = refusal("rough", operation=Operation.GENERATE)
    assert error.code == "unsupported_operation"
    assert error.field == "operation"
    assert error.suggestions[0].startswith("acme/")
    assert "acme/old" not in error.suggestions


def test_nobody_can():
    error = refusal("rough", operation=Operation.UPSCALE)
    assert error.suggestions == ()
    assert "No known model" in error.remedy


def test_a_circle_of_successors_ends():
    one = model("one", lifecycle=Lifecycle.RETIRED, successor="acme/two")
    two = model("two", lifecycle=Lifecycle.RETIRED, successor="acme/one")
    assert Catalog([one, two]).successor(one, today=TODAY) is None


def test_what_can_do_an_operation_is_listed_by_priority_and_lives():
    able = CATALOG.for_operation(Operation.GENERATE, today=TODAY)
    assert able[:2] == (FINE, FINE_TOO)
    assert not [dead for dead in (OLD, OLDER, LOST, ROUGH) if dead in able]
    assert GOING not in CATALOG.for_operation(Operation.GENERATE, today=date(2027, 1, 1))


def test_all_and_providers():
    assert len(CATALOG.all()) == 9
    assert CATALOG.all()[0] is FINE
    assert CATALOG.providers() == ("acme", "other")
    assert CATALOG.get("acme/old") is OLD
    assert CATALOG.get("fine") is None
    assert CATALOG.get("acme/none") is None


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 9, 1), None),
        (date(2026, 9, 2), "in 90 days"),
        (date(2026, 11, 1), "Change over soon: "),
        (date(2026, 11, 23), "in 8 days"),
        (date(2026, 11, 24), "Change over now: "),
        (date(2026, 11, 30), "tomorrow"),
        (date(2026, 12, 1), "today"),
        (date(2026, 12, 2), None),
    ],
)
def test_a_model_that_goes_away_warns_at_90_30_and_7_days(day: date, words: str | None):
    note = lifecycle_note(GOING, day)
    if words is None:
        assert note is None
        return
    assert note is not None
    assert note.kind is NoteKind.LIFECYCLE
    assert words in note.text
    assert "2026-12-01" in note.text
    assert note.used == "acme/fine"
    assert "acme/fine takes its place" in note.text


def test_a_live_model_with_a_date_warns_too_and_one_without_a_date_when_it_is_retiring():
    assert lifecycle_note(FINE, TODAY) is None
    assert lifecycle_note(model(shutdown_on=date(2026, 12, 31)), TODAY) is not None
    note = lifecycle_note(model(lifecycle=Lifecycle.RETIRING), TODAY)
    assert note is not None
    assert "no last day" in note.text
