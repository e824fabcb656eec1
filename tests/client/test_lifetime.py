"""One Limner for a whole program: threads, loops, forks, closing and opening again."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from limner import AsyncLimner, Limner, UserError
from limner.settings import Settings

WISH = {"prompt": "a pear", "model": "limner/sketch", "size": "32x32", "seed": 1}


@pytest.fixture
def settings() -> Settings:
    return Settings(environ={})


def test_a_closed_one_opens_again(settings: Settings):
    limner = Limner(settings=settings)
    first = limner.generate(**WISH)
    limner.close()
    second = limner.generate(**WISH)
    limner.close()
    assert first.image.bytes == second.image.bytes


def test_closing_twice_and_unused_is_harmless(settings: Settings):
    limner = Limner(settings=settings)
    limner.close()
    limner.close()


def test_its_thread_ends_with_it(settings: Settings):
    with Limner(settings=settings) as limner:
        limner.generate(**WISH)
        assert "limner" in {thread.name for thread in threading.enumerate()}
    assert "limner" not in {thread.name for thread in threading.enumerate()}


def test_many_threads_share_one(settings: Settings):
    with Limner(settings=settings) as limner, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: limner.generate(**WISH), range(8)))
    assert len({result.id for result in results}) == 8
    assert len({result.image.bytes for result in results}) == 1


def test_it_works_inside_a_running_loop(settings: Settings):
    """As in a notebook."""

    async def cell() -> int:
        with Limner(settings=settings) as limner:
            return len(limner.generate(**WISH).images)

    assert asyncio.run(cell()) == 1


def test_it_says_so_when_it_would_wait_for_itself(settings: Settings):
    caught: list[Exception] = []

    with Limner(settings=settings) as limner:

        def again(_: object) -> None:
            try:
                limner.generate(**WISH)
            except RuntimeError as error:
                caught.append(error)

        limner.run("generate", on_event=again, **WISH)
    assert "use `AsyncLimner`" in str(caught[0])


def test_an_error_comes_through(settings: Settings):
    with Limner(settings=settings) as limner, pytest.raises(UserError) as caught:
        limner.generate("a pear", model="openai/gpt-image-2")
    assert caught.value.code == "missing_key"


async def test_the_awaited_one_closes_and_opens_again(settings: Settings):
    limner = AsyncLimner(settings=settings)
    first = await limner.generate(**WISH)
    await limner.aclose()
    async with limner:
        assert (await limner.generate(**WISH)).image.bytes == first.image.bytes


async def test_many_at_once(settings: Settings):
    async with AsyncLimner(settings=settings) as limner:
        results = await asyncio.gather(*(limner.generate(**WISH) for _ in range(4)))
    assert len({result.image.bytes for result in results}) == 1


FORKING = """
import os, sys
from limner import Limner
from limner.settings import Settings
wish = dict(prompt="a pear", model="limner/sketch", size="32x32", seed=1)
limner = Limner(settings=Settings(environ={}))
before = limner.generate(**wish).image.bytes
child = os.fork()
if child == 0:
    same = limner.generate(**wish).image.bytes == before
    limner.close()
    os._exit(0 if same else 1)
_, status = os.waitpid(child, 0)
assert limner.generate(**wish).image.bytes == before
limner.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_has_its_own():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], check=False, timeout=120)
    assert done.returncode == 0
