"""Connections that break anywhere, and the one promise about money: what is called unsent was unsent."""

import asyncio
import random
from collections import Counter

import pytest

from limner.transport.faults import Lost, NotSent
from limner.transport.port import Sender
from tests.transport.conftest import wire
from tests.transport.upstream import BIG, Peer, Upstream

pytestmark = pytest.mark.anyio


class Moody:
    """Reads so much of a connection, answers so many requests, and breaks off in one way or another."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.whole: Counter[str] = Counter()
        """Requests that were read to their end, by their path."""

    async def __call__(self, peer: Peer) -> None:
        for _ in range(self.chance.randrange(4)):
            await self.answer(peer, 1.0)
        await self.answer(peer, self.chance.random())
        if self.chance.random() < 0.5:
            peer.reset()

    async def answer(self, peer: Peer, share: float) -> None:
        """Read a request, and send a share of the answer; below a half, not all of the request is read."""
        head = (await peer.reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        if share < 0.5:
            await peer.reader.readexactly(int(length * share))
            return
        await peer.reader.readexactly(length)
        self.whole[head.split(" ")[1]] += 1
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
        await peer.write(answer[: int(len(answer) * (share * 2 - 1))])


async def play(sender: Sender, seed: int, rounds: int) -> Counter[str]:
    moody, outcomes = Moody(random.Random(seed)), Counter[str]()
    async with Upstream(instead=moody) as upstream:
        sizes = random.Random(seed + 1)

        async def send(number: int) -> None:
            body = BIG[: sizes.choice([1, 1000, 300_000])]
            path = f"/paint/{number}"
            seen = range(2)
            try:
                await sender.send(wire("POST", upstream.url(path), body))
                outcome, seen = "answered", range(1, 2)
            except NotSent:
                outcome, seen = "not sent", range(1)
            except Lost:
                outcome = "lost"
            outcomes[outcome] += 1
            assert moody.whole[path] in seen, (outcome, moody.whole[path])

        for start in range(0, rounds, 5):
            await asyncio.gather(*(send(number) for number in range(start, start + 5)))
    return outcomes


@pytest.mark.row("P2")
@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_sent_twice_and_nothing_unsent_was_seen(sender: Sender, seed: int):
    outcomes = await play(sender, seed, rounds=100)
    assert outcomes["answered"] > 10
    assert outcomes["lost"] > 10


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 110))
async def test_nothing_is_sent_twice_at_length(sender: Sender, seed: int):
    assert sum((await play(sender, seed, rounds=5000)).values()) == 5000
