"""What another version of Limner wrote is read as far as it can be."""

import json

import pytest

from limner.core.errors import Billed, Error, RateLimited
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
