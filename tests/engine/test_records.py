"""Errors come back from rows with their facts; what another version wrote, as far as it can be."""

import json

import pytest

from limner.core.errors import AllFailed, Billed, Error, OutcomeUnknown, RateLimited, UserError
from limner.engine.records import read_error, write_error

FACTS = {"message": "It broke.", "code": "broken", "remedy": "Mend it.", "request_id": "run_1"}


@pytest.mark.parametrize("kind", ["OfTomorrow", "Stage", "Final", "__name__"])
def test_a_kind_that_nobody_knows_keeps_what_every_error_has(kind: str):
    error = read_error(json.dumps({**FACTS, "kind": kind, "billed": "unknown", "colour": "red"}))
    assert type(error) is Error
    assert (error.message, error.code, error.remedy, error.request_id) == tuple(FACTS.values())
    assert error.billed is Billed.UNKNOWN


def test_a_fact_that_nobody_knows_is_left_out():
    busy = RateLimited("Slow down.", provider="openai", retry_after=2.0)
    read = read_error(json.dumps({**json.loads(write_error(busy)), "colour": "red"}))
    assert isinstance(read, RateLimited)
    assert (read.retry_after, read.billed) == (2.0, busy.billed)


@pytest.mark.parametrize("billed", list(Billed))
def test_whether_it_was_billed_is_kept_of_every_kind(billed: Billed):
    """What is lost at a free server of one's own is known to have cost nothing."""
    for error in (OutcomeUnknown("Lost.", provider="comfyui"), UserError("No.", code="no", remedy="")):
        error.billed = billed
        assert read_error(write_error(error)).billed is billed
        both = AllFailed("Two.", (error, error))
        read = read_error(write_error(both))
        assert isinstance(read, AllFailed)
        assert ([each.billed for each in read.errors], read.billed) == ([billed] * 2, billed)
