"""AUTOMATIC1111's endpoints. A key is only checked if sent: it is the password of `--api-auth`."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.a1111 import models as known
from limner.sandbox.a1111.bench import Bench, Running
from limner.sandbox.a1111.rules import Job, enlarged, plan, read, refused
from limner.sandbox.desk import Desk, Rejection, Route, Vendor
from limner.sandbox.keys import Account, account_of
from limner.sandbox.pictures import base64_of, picture

_NOTHING: Final = Decimal(0)
_EXTRAS: Final = "extra-single-image"
_LARGE: Final = ("init_images", "mask")


class A1111:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bench = Bench(desk.polls)
        self._options: dict[str, Any] = dict(known.OPTIONS)
        self._load(known.CHECKPOINTS[0])

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        listed = {
            "sd-models": _checkpoints,
            "samplers": _samplers,
            "schedulers": _schedulers,
            "upscalers": _upscalers,
        }
        lists = (Route("GET", f"/sdapi/v1/{name}", self._list(make)) for name, make in listed.items())
        return (
            Route("POST", "/sdapi/v1/txt2img", self.txt2img),
            Route("POST", "/sdapi/v1/img2img", self.img2img),
            Route("POST", f"/sdapi/v1/{_EXTRAS}", self.upscale),
            Route("POST", "/sdapi/v1/png-info", self.png_info),
            Route("GET", "/sdapi/v1/progress", self.progress),
            Route("POST", "/internal/progress", self.own_progress),
            Route("GET", "/internal/ping", self._list(dict)),
            Route("POST", "/sdapi/v1/interrupt", self.interrupt),
            Route("POST", "/sdapi/v1/skip", self.skip),
            Route("GET", "/sdapi/v1/options", self.options),
            Route("POST", "/sdapi/v1/options", self.set_options),
            *lists,
        )

    async def txt2img(self, request: Request) -> Response:
        """Paint from words."""
        return await self._generate(request, "txt2img")

    async def img2img(self, request: Request) -> Response:
        """Paint from a picture, or only where a mask is white."""
        return await self._generate(request, "img2img")

    async def _generate(self, request: Request, call: str) -> Response:
        _enter(request)
        job = plan(call, await _object_of(request), self._options)
        running = await self._bench.work(request, job)
        images = self._painted(request, running)
        parameters = {name: job.value(name) for name in known.fields(call)}
        parameters |= dict.fromkeys((name for name in _LARGE if name in parameters), None)
        shown = images if job.value("send_images") else []
        return JSONResponse({"images": shown, "parameters": parameters, "info": json.dumps(_info(job))})

    def _painted(self, request: Request, running: Running) -> list[str]:
        """The pictures; of a job that was stopped, the first as far as it is."""
        job = running.job
        stopped = running.interrupted or running.skipped
        count = 1 if stopped else job.count
        self._desk.charge(request, model=job.checkpoint, operation=job.call, images=count, amount=_NOTHING)
        return [
            base64_of(
                picture(
                    f"{job.checkpoint}|{job.value('prompt')}|{job.seed + number}",
                    job.size,
                    job.form,
                    source=job.source,
                    mood="blurred" if stopped else "clear",
                )
            )
            for number in range(count)
        ]

    async def upscale(self, request: Request) -> Response:
        """Enlarge a picture."""
        _enter(request)
        source, size = enlarged(await _object_of(request))
        self._desk.charge(request, model="upscaler", operation=_EXTRAS, images=1, amount=_NOTHING)
        text = base64_of(picture("upscaled", size, "png", source=source))
        return JSONResponse({"html_info": "", "image": text})

    async def png_info(self, request: Request) -> Response:
        """What a picture says of itself: nothing, since none is written into those made here."""
        _enter(request)
        body = await _object_of(request)
        read(str(body.get("image", "")))
        return JSONResponse({"info": "", "items": {}, "parameters": {}})

    async def progress(self, request: Request) -> Response:
        """How far the machine is, whosever work it does."""
        _enter(request)
        running, state = self._bench.look(self._desk.clock.now().strftime("%Y%m%d%H%M%S"))
        share = self._bench.share(running) if running else 0.0
        preview = None
        if running and request.query_params.get("skip_current_image", "false").lower() != "true":
            preview = base64_of(picture("preview", (64, 64), "png", mood="blurred"))
        return JSONResponse(
            {
                "progress": share,
                "eta_relative": (1 - share) * 10 if running else 0.0,
                "state": state,
                "current_image": preview,
                "textinfo": None,
            }
        )

    async def own_progress(self, request: Request) -> Response:
        """How far one job is, by the name its caller gave it."""
        _enter(request)
        body = await _object_of(request)
        task = body.get("id_task")
        if not isinstance(task, str):
            entry = {"loc": ["body", "id_task"], "msg": "field required", "type": "value_error.missing"}
            return JSONResponse({"detail": [entry]}, 422)
        active, queued, completed = self._bench.standing(task)
        share = None
        if active:
            running, _ = self._bench.look("")
            share = self._bench.share(running) if running else None
        return JSONResponse(
            {
                "active": active,
                "queued": queued,
                "completed": completed,
                "progress": share,
                "eta": None,
                "live_preview": None,
                "id_live_preview": -1,
                "textinfo": "Waiting..." if not active else None,
            }
        )

    async def interrupt(self, request: Request) -> Response:
        """Stop what the machine does, whosever work it is."""
        _enter(request)
        self._bench.stop()
        return JSONResponse({})

    async def skip(self, request: Request) -> Response:
        """Go on with the next job."""
        _enter(request)
        self._bench.stop(skip=True)
        return JSONResponse(None)

    async def options(self, request: Request) -> Response:
        """Every setting."""
        _enter(request)
        return JSONResponse(self._options)

    async def set_options(self, request: Request) -> Response:
        """Change settings; a checkpoint is loaded before the answer."""
        _enter(request)
        body = await _object_of(request)
        unknown = next((name for name in body if name not in self._options), None)
        if unknown is not None:
            return refused(422, f"option {unknown} is not known")
        if "sd_model_checkpoint" in body:
            checkpoint = known.checkpoint_of(str(body.pop("sd_model_checkpoint")))
            if checkpoint is None:
                return refused(404, "Model not found")
            self._load(checkpoint)
        self._options |= body
        return JSONResponse(None)

    def _load(self, checkpoint: str) -> None:
        self._options["sd_model_checkpoint"] = known.title(checkpoint)
        self._options["sd_checkpoint_hash"] = known.digest(checkpoint)

    def _list(self, make: Callable[[], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def listed(request: Request) -> Response:
            _enter(request)
            return JSONResponse(make())

        return listed


def _checkpoints() -> list[dict[str, Any]]:
    return [
        {
            "title": known.title(name),
            "model_name": name,
            "hash": known.digest(name),
            "sha256": None,
            "filename": f"/models/Stable-diffusion/{name}.safetensors",
            "config": None,
        }
        for name in known.CHECKPOINTS
    ]


def _samplers() -> list[dict[str, Any]]:
    return [{"name": name, "aliases": [f"k_{name.lower()}"], "options": {}} for name in known.SAMPLERS]


def _schedulers() -> list[dict[str, Any]]:
    return [
        {
            "name": name.lower().replace(" ", "_"),
            "label": name,
            "aliases": None,
            "default_rho": -1.0,
            "need_inner_model": False,
        }
        for name in known.SCHEDULERS
    ]


def _upscalers() -> list[dict[str, Any]]:
    return [
        {"name": name, "model_name": None, "model_path": None, "model_url": None, "scale": scale}
        for name, scale in known.UPSCALERS.items()
    ]


def _info(job: Job) -> dict[str, Any]:
    prompt, negative = job.value("prompt"), job.value("negative_prompt")
    width, height = job.value("width"), job.value("height")
    seeds = [job.seed + number for number in range(job.count)]
    text = f"{prompt}\nSteps: {job.value('steps')}, Seed: {job.seed}, Size: {width}x{height}"
    return {
        "prompt": prompt,
        "all_prompts": [prompt] * job.count,
        "negative_prompt": negative,
        "all_negative_prompts": [negative] * job.count,
        "seed": job.seed,
        "all_seeds": seeds,
        "subseed": job.seed,
        "all_subseeds": seeds,
        "subseed_strength": job.value("subseed_strength"),
        "width": width,
        "height": height,
        "sampler_name": job.given.get("sampler_name") or job.value("sampler_index"),
        "cfg_scale": job.value("cfg_scale"),
        "steps": job.value("steps"),
        "batch_size": job.value("batch_size"),
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": job.checkpoint,
        "sd_model_hash": known.digest(job.checkpoint),
        "sd_vae_name": None,
        "sd_vae_hash": None,
        "seed_resize_from_w": job.value("seed_resize_from_w"),
        "seed_resize_from_h": job.value("seed_resize_from_h"),
        "denoising_strength": job.value("denoising_strength"),
        "extra_generation_params": {},
        "index_of_first_image": 0,
        "infotexts": [text] * job.count,
        "styles": job.value("styles") or [],
        "job_timestamp": "0",
        "clip_skip": 1,
        "is_using_inpainting_conditioning": False,
        "version": "v1.10.1",
    }


def _enter(request: Request) -> None:
    """Take everybody in who sends no password, and everybody whose password is good."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return
    try:
        password = base64.b64decode(text, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        password = ""
    if scheme != "Basic" or account_of(password) is not Account.GOOD:
        reply = JSONResponse({"detail": "Incorrect username or password"}, 401)
        reply.headers["www-authenticate"] = "Basic"
        raise Rejection(reply)


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        entry = {"loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict"}
        raise Rejection(JSONResponse({"detail": [entry]}, 422))
    return cast("dict[str, Any]", body)


def _failure(status: int, message: str) -> Response:
    if status in {404, 405}:
        return JSONResponse({"detail": "Not Found" if status == 404 else "Method Not Allowed"}, status)  # noqa: PLR2004 - the two that the framework answers
    return refused(status, message)


AUTOMATIC1111: Final = Vendor(
    slug="a1111",
    base="",
    key="user:sandbox-password",
    sources=known.SOURCES,
    open=lambda desk: A1111(desk).routes(),
    failure=_failure,
    hints=(
        "slow-run: the call blocks until its progress was looked at often enough, or it is interrupted",
        "no key is asked for; broken-run: 500; nothing is refused, and nothing costs",
    ),
)
"""AUTOMATIC1111's emulator."""
