import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.transport.faults import NotSent
from limner.transport.gates import Gates

pytestmark = pytest.mark.anyio


def turn(gates: Gates, key: str = "k", width: int = 2, patience: float = 5):
    return gates.turn(key, width=width, patience=patience, host="h:1")


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_so_many_and_no_more_are_inside():
    gates, inside, most = Gates(), 0, 0

    async def call() -> None:
        nonlocal inside, most
        async with turn(gates, width=3):
            inside += 1
            most = max(most, inside)
            await settle()
            inside -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert most == 3


async def test_turns_come_in_the_order_of_arrival():
    gates, order = Gates(), []
    holding = asyncio.Event()

    async def call(number: int) -> None:
        async with turn(gates, width=1):
            order.append(number)
            await holding.wait()

    tasks = []
    for number in range(6):
        tasks.append(asyncio.ensure_future(call(number)))
        await settle()
    holding.set()
    await asyncio.gather(*tasks)
    assert order == list(range(6))


async def test_one_credential_does_not_hold_up_another():
    gates = Gates()
    async with turn(gates, "a", width=1), turn(gates, "b", width=1):
        pass


@given(st.lists(st.sampled_from(["cancel", "finish", "fail"]), min_size=1, max_size=12), st.integers(1, 3))
def test_whatever_becomes_of_calls_no_turn_is_lost(fates: list[str], width: int):
    async def play() -> None:
        gates = Gates()
        release = asyncio.Event()

        async def call(fate: str) -> None:
            async with turn(gates, width=width):
                await release.wait()
                if fate == "fail":
                    raise ValueError

        tasks = [asyncio.ensure_future(call(fate)) for fate in fates]
        await settle()
        for task, fate in zip(tasks, fates, strict=True):
            if fate == "cancel":
                task.cancel()  # whether it is inside or waiting
        release.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(5):
            for _ in range(width + 1):
                async with turn(gates, width=width):
                    pass
        assert gates._gates == {}

    asyncio.run(play())


async def test_who_waits_too_long_was_not_sent():
    gates = Gates()
    async with turn(gates, width=1):
        with pytest.raises(NotSent) as caught:
            async with turn(gates, width=1, patience=0.01):
                pass
        assert caught.value.reason == "pool"
    async with turn(gates, width=1):
        pass


async def test_a_timeout_inside_is_not_the_gates():
    with pytest.raises(TimeoutError):
        async with turn(Gates()):
            raise TimeoutError
