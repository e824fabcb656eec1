"""Readers tolerate everything, and secrets and pictures stay out of messages."""

import pybase64
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limner.core.http import HttpReply
from limner.providers._shared.reading import (
    items,
    mapping,
    parse,
    picture,
    redact,
    request_id,
    retry_after,
    text,
    whole,
)


@given(data=st.binary(min_size=1, max_size=200), wrap=st.sampled_from(["", "data:image/png;base64,"]))
def test_a_picture_is_read_however_it_is_written(data: bytes, wrap: str):
    plain = pybase64.b64encode(data).decode()
    safe = plain.translate(str.maketrans("+/", "-_")).rstrip("=")
    broken = "\r\n".join(plain[place : place + 76] for place in range(0, len(plain), 76)) + "\n"
    for written in (plain, safe, broken):
        assert picture(wrap + written) == data


@given(st.none() | st.integers() | st.text(max_size=30) | st.binary() | st.lists(st.text(), max_size=2))
@example("")
@example("data:,")
@example("é")
@example("A")
def test_what_is_no_picture_never_raises(value: object):
    found = picture(value)
    assert found is None or (isinstance(value, str) and found)


def test_other_shapes_count_as_absent():
    assert (mapping([1]), items({"a": 1}), text(""), text(3), whole(True), whole("1")) == (
        {},
        [],
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": "\xff"}', b"[" * 1000, b"<html>"])
def test_what_is_no_json_is_a_value_error(body: bytes):
    with pytest.raises(ValueError, match=" at line "):
        parse(body)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, None),
        ({"retry-after": "in a while", "date": "now"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-AbCd1234efgh",
        "sk-abcde***********wxyz",
        "Bearer eyJhbGciOi.payload.sig",
        "0123456789abcdef0123456789abcdef",
        "9WmCq3" * 14,
        "iVBORw0KGgoAAAANSUhEUgAA" * 9 + "==",
        "r8_AbCdEf123456",
        "pst-AbCdEf123456",
    ],
)
def test_secrets_and_pictures_stay_out_of_messages(secret: str):
    said = redact(f"The key {secret} is wrong, see request req_0a1b2c.")
    assert secret.removeprefix("Bearer ") not in said
    assert "…" in said
    assert "req_0a1b2c" in said


def test_a_message_ends_somewhere():
    assert len(redact("no " * 5000)) < 1100


def test_ordinary_words_stay():
    said = "Bad size '999x999' for `gpt-image-2.5-flare-2026-09-08`; ask-me-anything, risk-free."
    said += " 0f3c1d2e-9d3a-4c1b-8a77-2f0e9d1c3b4a"
    assert redact(said) == said


def test_the_first_header_that_is_there_names_the_request():
    reply = HttpReply(200, {"x-request-id": "b", "apim-request-id": ""}, b"")
    assert request_id(reply, "apim-request-id", "x-request-id") == "b"
    assert request_id(reply, "x-other") is None
