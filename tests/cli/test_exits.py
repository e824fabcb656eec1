"""Every error has its exit code, and every code is told in the help."""

import re

import pytest

from limner.cli.exits import EPILOG, Exit, code_of, unexpected
from limner.core import errors
from limner.core.errors import Billed

CASES = [
    (errors.UserError("It failed.", code="x", remedy="Try."), 2),
    (errors.Refused("No.", stage=errors.Stage.BUDGET, remedy="Try."), 3),
    (errors.ProviderError("No.", provider="x"), 4),
    (errors.BadRequest("No.", provider="x"), 4),
    (errors.Unauthorized("No.", provider="x"), 4),
    (errors.OutOfCredit("No.", provider="x"), 4),
    (errors.RateLimited("No.", provider="x"), 4),
    (errors.Unavailable("No.", provider="x"), 4),
    (errors.Malformed("No.", provider="x"), 4),
    (errors.TimedOut("No.", provider="x"), 4),
    (errors.OutcomeUnknown("No.", provider="x"), 5),
    (errors.ImageProcessing("No.", remedy="Try."), 6),
    (errors.AllFailed("No.", (errors.ProviderError("No.", provider="x"),)), 7),
    (errors.StoreFailed("Full.", code="store_full", remedy="Make room."), 8),
    (errors.Cancelled("Stopped.", billed=Billed.NO), 130),
    (unexpected(ValueError("x"), billed=Billed.NO), 70),
]


@pytest.mark.row("F3")
@pytest.mark.parametrize(("error", "code"), CASES, ids=lambda value: type(value).__name__)
def test_an_error_has_its_code(error: errors.Error, code: int):
    assert code_of(error) == code


def test_no_kind_of_error_is_without_a_code():
    def kinds(of: type[errors.Error]) -> set[type[errors.Error]]:
        return {of}.union(*(kinds(kind) for kind in of.__subclasses__() if kind.__module__ == of.__module__))

    assert kinds(errors.Error) - {type(error) for error, _ in CASES} == set()


def test_the_help_tells_every_code():
    told = {int(number) for number in re.findall(r"\b(\d+) [a-zA-Z]", EPILOG)}
    assert told == set(Exit)
