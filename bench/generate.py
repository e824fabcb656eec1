# ruff: noqa: PLC0415 - each client is imported in its own process only
"""A generate call through the library, beside the `openai` SDK and `litellm`: calls per second, CPU per call.

    make bench ARGS=generate

All three talk to the same server on this machine, which answers every request with the same bytes. Each
client runs in a process of its own, round after round in turn, so that other load hits all alike.
"""

import asyncio
import base64
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

MODEL = "gpt-image-2"
SIZES = {"1 KB": (14, 14), "4 MB": (1024, 1024)}
ROUNDS = 3
SECONDS = 3.0
AT_ONCE = 8
CLIENTS = ("limner", "openai", "litellm")


def answer(width: int, height: int) -> bytes:
    """What OpenAI would answer: one noisy PNG."""
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    usage = {
        "input_tokens": 10,
        "output_tokens": 100,
        "total_tokens": 110,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 0},
    }
    data = [{"b64_json": base64.b64encode(picture.getvalue()).decode()}]
    body = json.dumps({"created": 1, "data": data, "output_format": "png", "usage": usage}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Upstream(asyncio.Protocol):
    """Answers every request with the same bytes."""

    reply = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(self.reply)


async def serve(size: str) -> None:
    """Serve until killed; say the port first."""
    Upstream.reply = answer(*SIZES[size])
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def limner_call(url: str) -> Callable[[], Awaitable[object]]:
    os.environ |= {"OPENAI_API_KEY": "sk-bench", "OPENAI_BASE_URL": url}
    from limner import AsyncLimner

    limner = AsyncLimner()

    async def call() -> object:
        return (await limner.generate("a pear", model=f"openai/{MODEL}")).image.bytes

    return call


def openai_call(url: str) -> Callable[[], Awaitable[object]]:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0)

    async def call() -> object:
        result = await client.images.generate(model=MODEL, prompt="a pear")
        return base64.b64decode(result.data[0].b64_json)  # what the caller has to do with it

    return call


def litellm_call(url: str) -> Callable[[], Awaitable[object]]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    async def call() -> object:
        result = await litellm.aimage_generation(
            model=f"openai/{MODEL}", prompt="a pear", api_base=url, api_key="sk-bench"
        )
        return base64.b64decode(result.data[0].b64_json)

    return call


async def load(client: str, url: str) -> dict[str, float]:
    """Call as fast as it goes; calls a second, and CPU milliseconds a call."""
    call = {"limner": limner_call, "openai": openai_call, "litellm": litellm_call}[client](url)
    for _ in range(5):
        await call()
    calls = 0
    start, cpu = time.perf_counter(), time.process_time()

    async def worker() -> None:
        nonlocal calls
        while time.perf_counter() - start < SECONDS:
            await call()
            calls += 1

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    return {"rate": calls / seconds, "cpu_ms": used / calls * 1000}


def child(*words: str) -> list[str]:
    return [sys.executable, str(Path(__file__)), *words]


def main() -> None:
    print(f"{AT_ONCE} calls at once, {ROUNDS} rounds of {SECONDS:g} s, medians\n")
    print("| answer | client | calls/s | CPU ms/call | calls/s against openai |")
    print("| --- | --- | --- | --- | --- |")
    for size in SIZES:
        with subprocess.Popen(child("serve", size), stdout=subprocess.PIPE, text=True) as server:
            url = f"http://127.0.0.1:{next(iter(server.stdout or ())).strip()}/v1"
            found: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
            for turn in range(ROUNDS):
                for client in CLIENTS[turn % 3 :] + CLIENTS[: turn % 3]:
                    said = subprocess.run(
                        child("load", client, url), capture_output=True, text=True, check=False
                    )
                    if said.returncode:
                        print(said.stderr[-600:], file=sys.stderr)
                        continue
                    found[client].append(json.loads(said.stdout.splitlines()[-1]))
            server.kill()
        base = statistics.median(one["rate"] for one in found["openai"])
        for client, rounds in found.items():
            if not rounds:
                print(f"| {size} | {client} | not run | | |")
                continue
            rate = statistics.median(one["rate"] for one in rounds)
            cpu = statistics.median(one["cpu_ms"] for one in rounds)
            print(f"| {size} | {client} | {rate:.0f} | {cpu:.2f} | {rate / base:.1f} |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", size]:
            asyncio.run(serve(size))
        case ["load", client, url]:
            print(json.dumps(asyncio.run(load(client, url))))
        case _:
            main()
