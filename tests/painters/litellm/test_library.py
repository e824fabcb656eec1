"""LiteLLM is kept out of everybody's way, and its calls leave once."""

import subprocess
import sys

import httpx  # noqa: TID251 - LiteLLM's clients are httpx's
import pytest

from limner.core.errors import UserError
from limner.core.secret import Secret
from limner.engine.makers import Access, Makers
from limner.painters import registry
from limner.painters.litellm.door import Door
from limner.painters.litellm.visit import Broken, visit

START = """
import sys
import limner
from limner.assembly import assemble
from limner.settings import Settings
here = assemble(Settings(environ={}))
here.makers.of("litellm")
here.makers.usable("litellm")
loaded = [name for name in ("litellm", "httpx", "openai") if name in sys.modules]
assert not loaded, loaded
"""


def test_it_is_not_imported_at_start():
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LOADING = """
import socket, sys
tried = []
def refuse(*args, **kwargs):
    tried.append(args)
    raise OSError("no network")
socket.getaddrinfo = socket.create_connection = refuse
from limner.painters.litellm.library import library
assert library() is sys.modules["litellm"]
assert not tried, tried
"""


def test_loading_it_fetches_nothing():
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    painter = registry.get("litellm")
    assert painter is not None
    monkeypatch.setattr(type(painter), "needs", ("no_such_module",))
    makers = Makers(lambda _: None, registry.get, lambda _: Access(Secret("k")))
    assert not makers.usable("litellm")
    assert not makers.has_key("litellm")
    with pytest.raises(UserError) as caught:
        makers.of("litellm")
    assert caught.value.code == "extra_missing"
    assert "limner[litellm]" in caught.value.remedy


# The door


def session(*answers: httpx.Response | Exception) -> tuple[httpx.Client, list[httpx.Request]]:
    seen: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        what = left.pop(0)
        if isinstance(what, Exception):
            raise what
        return what

    return httpx.Client(transport=Door(httpx.MockTransport(answer))), seen


def test_a_call_leaves_once():
    client, seen = session(httpx.Response(503), httpx.Response(200))
    with visit() as here:
        client.post("http://x.invalid/paint")
        with pytest.raises(Broken, match="a second time"):
            client.post("http://x.invalid/paint")
    assert len(seen) == 1
    assert here.reply is not None
    assert here.reply.status == 503


def test_the_next_visit_may_send_the_same():
    client, seen = session(httpx.Response(200), httpx.Response(200))
    for _ in range(2):
        with visit():
            client.post("http://x.invalid/paint")
    assert len(seen) == 2


def test_questions_are_free_and_may_be_asked_again():
    client, seen = session(httpx.Response(200), httpx.Response(200))
    with visit() as here:
        client.get("http://x.invalid/task")
        client.get("http://x.invalid/task")
    assert len(seen) == 2
    assert here.reply is None


def test_a_question_that_fails_after_the_paid_call_leaves_the_outcome_open():
    client, _ = session(httpx.Response(200), httpx.ConnectError("refused"))
    with visit():
        client.post("http://x.invalid/paint")
        with pytest.raises(Broken) as caught:
            client.get("http://x.invalid/task")
    assert caught.value.sent


def test_whoever_else_uses_litellm_here_is_left_alone():
    client, seen = session(
        httpx.Response(503, headers={"x-should-retry": "true"}), httpx.ConnectError("refused")
    )
    assert client.post("http://x.invalid/paint").headers["x-should-retry"] == "true"
    with pytest.raises(httpx.ConnectError):
        client.post("http://x.invalid/paint")
    assert len(seen) == 2


def test_every_answer_forbids_the_sdk_to_try_again():
    client, _ = session(httpx.Response(429, headers={"x-should-retry": "true"}))
    with visit():
        assert client.post("http://x.invalid/paint").headers["x-should-retry"] == "false"
