"""Every error has a status, three parts, and a rule for clients that would send it again."""

import json
from typing import Any

import pytest

from limner.core.errors import (
    Again,
    AllFailed,
    BadRequest,
    Billed,
    Cancelled,
    Error,
    ImageProcessing,
    Malformed,
    OutcomeUnknown,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    StoreFailed,
    TimedOut,
    Unauthorized,
    Unavailable,
    UserError,
)
from limner.server.problems import Busy, envelope, headers, kind_of, problem, response, unexpected


def refused(stage: Stage) -> Refused:
    return Refused("No.", stage=stage, remedy="Change it.", categories=("violence",))


CASES: list[tuple[Error, int, int, str, str]] = [
    # error, status, OpenAI's status, its type, its code
    (UserError("x", code="empty_prompt", remedy="y"), 400, 400, "invalid_request_error", "empty_prompt"),
    (UserError("x", code="unknown_model", remedy="y"), 404, 404, "invalid_request_error", "model_not_found"),
    (UserError("x", code="retired_model", remedy="y"), 404, 404, "invalid_request_error", "model_not_found"),
    (UserError("x", code="body_too_large", remedy="y"), 413, 413, "invalid_request_error", "body_too_large"),
    (refused(Stage.MODERATION), 400, 400, "image_generation_user_error", "moderation_blocked"),
    (refused(Stage.QUOTA), 429, 429, "requests", "rate_limit_exceeded"),
    (refused(Stage.BUDGET), 402, 429, "insufficient_quota", "insufficient_quota"),
    (refused(Stage.PERMISSION), 403, 403, "invalid_request_error", "permission_refused"),
    (refused(Stage.CLASSIFICATION), 403, 403, "invalid_request_error", "classification_refused"),
    (ImageProcessing("x", remedy="y"), 422, 400, "invalid_request_error", "invalid_image_file"),
    (ImageProcessing("x", remedy="y", billed=Billed.YES), 500, 500, "server_error", "image_processing"),
    (BadRequest("x", provider="openai"), 400, 400, "invalid_request_error", "provider_bad_request"),
    (Unauthorized("x", provider="openai"), 502, 401, "invalid_request_error", "invalid_api_key"),
    (OutOfCredit("x", provider="openai"), 402, 429, "insufficient_quota", "insufficient_quota"),
    (RateLimited("x", provider="openai"), 429, 429, "requests", "rate_limit_exceeded"),
    (Unavailable("x", provider="openai"), 503, 503, "server_error", "provider_unavailable"),
    (TimedOut("x", provider="openai"), 504, 504, "server_error", "provider_timed_out"),
    (Malformed("x", provider="openai"), 502, 502, "server_error", "provider_malformed_answer"),
    (ProviderError("x", provider="openai"), 502, 502, "server_error", "provider_error"),
    (OutcomeUnknown("x", provider="openai"), 502, 502, "server_error", "outcome_unknown"),
    (StoreFailed("x", code="store_full", remedy="y"), 503, 503, "server_error", "store_full"),
    (Busy("x", retry_after=2), 503, 503, "server_error", "server_busy"),
    (Cancelled("x", billed=Billed.NO), 499, 499, "invalid_request_error", "cancelled"),
    (unexpected(), 500, 500, "server_error", "internal_error"),
]


def every_kind(cls: type[Error]) -> set[type[Error]]:
    return {cls}.union(*(every_kind(sub) for sub in cls.__subclasses__()))


def test_every_error_of_the_tree_is_in_the_table():
    ours = {cls for cls in every_kind(Error) if cls.__module__.startswith("limner.core")}
    assert ours - {type(case[0]) for case in CASES} == {AllFailed}


@pytest.mark.row("A9")
@pytest.mark.parametrize(("error", "status", "openai_status", "kind", "code"), CASES, ids=str)
def test_status_and_both_shapes(error: Error, status: int, openai_status: int, kind: str, code: str):
    ours = response(error, "/api/v1/run", "req_1")
    assert (ours.status_code, ours.media_type) == (status, "application/problem+json")
    document = json.loads(bytes(ours.body))
    assert document["status"] == status
    assert document["detail"] == error.message
    assert document["billed"] == error.billed.value
    assert document["remedy"] == error.remedy
    assert document["request_id"] == "req_1"
    theirs = response(error, "/v1/images/generations", "req_1")
    assert (theirs.status_code, theirs.media_type) == (openai_status, "application/json")
    inner = json.loads(bytes(theirs.body))["error"]
    assert (inner["type"], inner["code"]) == (kind, code)
    assert set(inner) >= {"message", "type", "param", "code", "limner"}
    assert error.message in inner["message"]


def test_the_last_failure_speaks_for_all():
    both = AllFailed(
        "2 failed.", (Malformed("a", provider="openai"), RateLimited("b", provider="openai", retry_after=3))
    )
    assert kind_of(both).status == 429
    errors: Any = problem(both, "r")["errors"]
    assert [inner["code"] for inner in errors] == [
        "provider_malformed_answer",
        "provider_rate_limited",
    ]


def test_only_what_was_surely_not_billed_may_be_sent_again():
    free = Unavailable("x", provider="openai", again=Again.SAME, billed=Billed.NO, retry_after=1.4)
    assert headers(free) == {"x-should-retry": "true", "retry-after": "1"}
    for billed in (Billed.YES, Billed.UNKNOWN):
        assert (
            headers(Unavailable("x", provider="openai", again=Again.SAME, billed=billed))["x-should-retry"]
            == "false"
        )
    assert headers(OutcomeUnknown("x", provider="openai")) == {"x-should-retry": "false"}
    assert headers(OutOfCredit("x", provider="openai")) == {"x-should-retry": "false"}
    assert headers(Busy("x", retry_after=2)) == {"x-should-retry": "true", "retry-after": "2"}


def test_a_providers_error_says_whether_it_may_be_asked_again():
    assert problem(Unavailable("x", provider="openai", again=Again.SAME), "r")["again"] == "same"
    assert problem(BadRequest("x", provider="openai"), "r")["again"] == "never"


def test_facts_are_members_and_what_is_not_known_is_left_out():
    error = UserError("x", code="unknown_model", remedy="y", field="model", suggestions=("a/b",))
    document = problem(error, "r")
    assert document["field"] == "model"
    assert document["suggestions"] == ("a/b",)
    assert not {"provider", "stage", "retry_after", "kept"} & set(document)


def test_moderation_says_what_it_saw():
    error: Any = envelope(refused(Stage.MODERATION), "r")["error"]
    assert error["moderation_details"] == {"moderation_stage": "unknown", "categories": ["violence"]}


def test_pictures_that_were_paid_for_come_with_the_error():
    error = ImageProcessing("x", remedy="y", billed=Billed.YES, kept=(b"hi",))
    assert problem(error, "r")["kept"] == ["aGk="]
