"""ComfyUI's endpoints, each also under `/api`. There is no key, and no websocket: progress is polled."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.codecs import encode
from limner.sandbox.comfyui.execution import Broken, Pixels, Run
from limner.sandbox.comfyui.folders import Folders, Outside
from limner.sandbox.comfyui.graph import Graph, Invalid, checked
from limner.sandbox.comfyui.nodes import FOLDERS, NODES
from limner.sandbox.desk import Desk, Route, Vendor
from limner.sandbox.forms import UnreadableForm, read_parts
from limner.sandbox.ids import uuid_id
from limner.sandbox.paint import paint, repaint
from limner.sandbox.tasks import Stage, Task, Tasks

SOURCES: Final = (
    "ComfyUI server.py @005f3ba",
    "docs.comfy.org routes and messages of 2026",
    "facts sheet of 2026-11-21",
)

_OWNER: Final = "everybody"
_NOTHING: Final = Decimal(0)
_YES: Final = {"true", "1"}


@dataclass(slots=True)
class Job:
    """One graph in the queue."""

    number: int
    graph: Graph
    ends: Sequence[str]
    extra: Mapping[str, Any]
    outcome: Mapping[str, Pixels] | Broken
    """What each end saves, or how the run fails."""
    cached: bool
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


class ComfyUI:
    """The emulator."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: Tasks[Job] = Tasks(desk.clock, desk.polls)
        self._order: dict[str, Task[Job]] = {}
        self._folders = Folders()
        self._cache: dict[str, dict[str, Any]] = {}
        self._numbers = 0

    def routes(self) -> Sequence[Route]:
        """Its addresses."""
        own = (
            Route("POST", "/prompt", self.queue_graph),
            Route("GET", "/prompt", self.left),
            Route("GET", "/queue", self.queue),
            Route("POST", "/queue", self.change_queue),
            Route("POST", "/interrupt", self.interrupt),
            Route("GET", "/history", self.history),
            Route("POST", "/history", self.change_history),
            Route("GET", "/history/{id}", self.one),
            Route("GET", "/view", self.view),
            Route("POST", "/upload/image", self.upload),
            Route("GET", "/object_info", self.nodes),
            Route("GET", "/object_info/{name}", self.node),
            Route("GET", "/models", self.folders),
            Route("GET", "/models/{folder}", self.models),
            Route("GET", "/system_stats", self.machine),
        )
        return [
            Route(one.method, f"{prefix}{one.path}", one.handler) for prefix in ("", "/api") for one in own
        ]

    async def queue_graph(self, request: Request) -> Response:
        """Take a graph on."""
        body = await _object_of(request)
        try:
            graph, ends = checked(body.get("prompt"), self._folders.uploaded())
        except Invalid as invalid:
            return JSONResponse({"error": invalid.error, "node_errors": invalid.nodes}, 400)
        self._numbers += 1
        outcome = self._outcome(graph, ends)
        key = json.dumps(graph, sort_keys=True)
        job = Job(self._numbers, graph, ends, body.get("extra_data") or {}, outcome, key in self._cache)
        count = 0 if isinstance(outcome, Broken) else sum(pixels.count for pixels in outcome.values())
        charge = self._desk.bill.add(
            self._desk.slug,
            _model_of(graph),
            "prompt",
            images=0 if job.cached else count,
            amount=_NOTHING,
            unit="USD",
        )
        task = self._tasks.start(uuid_id(), _OWNER, job, charge.id)
        self._order[task.id] = task
        return JSONResponse({"prompt_id": task.id, "number": job.number, "node_errors": {}})

    def _outcome(self, graph: Graph, ends: Sequence[str]) -> Mapping[str, Pixels] | Broken:
        run = Run(graph, self._folders.load)
        try:
            return {end: run.pictures(end) for end in ends}
        except Broken as broken:
            return broken

    async def left(self, request: Request) -> Response:
        """How many graphs are not done."""
        waiting = {Stage.QUEUED, Stage.RUNNING}
        count = sum(task.stage in waiting for task in self._order.values())
        return JSONResponse({"exec_info": {"queue_remaining": count}})

    async def queue(self, request: Request) -> Response:
        """What runs and what waits."""
        return JSONResponse(
            {
                f"queue_{name}": [_queued(task) for task in self._order.values() if task.stage is stage]
                for name, stage in (("running", Stage.RUNNING), ("pending", Stage.QUEUED))
            }
        )

    async def change_queue(self, request: Request) -> Response:
        """Take graphs out of the queue that have not begun."""
        body = await _object_of(request)
        ids = set(self._order) if body.get("clear") else _ids(body)
        for id_ in ids & set(self._order):
            if self._order[id_].stage is Stage.QUEUED:
                del self._order[id_]
        return Response()

    async def interrupt(self, request: Request) -> Response:
        """Stop what runs: all of it, or only the graph that is named."""
        body = await _object_of(request) if await request.body() else {}
        wanted = body.get("prompt_id")
        for task in self._order.values():
            if task.stage is Stage.RUNNING and wanted in {None, task.id}:
                task.cancelled = True
        return Response()

    async def history(self, request: Request) -> Response:
        """Every graph that is done."""
        done = [task for task in self._order.values() if task.stage in {Stage.DONE, Stage.CANCELLED}]
        most = request.query_params.get("max_items", "")
        kept = done[-int(most) :] if most.isdecimal() and int(most) else done
        return JSONResponse({task.id: self._entry(task) for task in kept})

    async def change_history(self, request: Request) -> Response:
        """Forget graphs that are done; their files stay."""
        body = await _object_of(request)
        ids = set(self._order) if body.get("clear") else _ids(body)
        for id_ in ids & set(self._order):
            if self._order[id_].stage in {Stage.DONE, Stage.CANCELLED}:
                del self._order[id_]
        return Response()

    async def one(self, request: Request) -> Response:
        """One graph: nothing until it is done, and nothing for ever where there is none."""
        task = self._order.get(request.path_params["id"])
        if task is None or self._tasks.look(task) not in {Stage.DONE, Stage.CANCELLED}:
            return JSONResponse({})
        return JSONResponse({task.id: self._entry(task)})

    def _entry(self, task: Task[Job]) -> dict[str, Any]:
        job = task.work
        messages: list[Any] = [["execution_start", _message(task)]]
        succeeded = False
        if task.cancelled:
            stopped: dict[str, Any] = {"node_id": job.ends[0], "node_type": "KSampler", "executed": []}
            messages.append(["execution_interrupted", _message(task) | stopped])
        elif isinstance(job.outcome, Broken):
            messages.append(["execution_error", _message(task) | _failure_of(job.graph, job.outcome)])
        else:
            self._finish(task, job.outcome)
            nodes = list(job.graph) if job.cached else []
            messages += [["execution_cached", _message(task) | {"nodes": nodes}]]
            messages += [["execution_success", _message(task)]]
            succeeded = True
        status = {"status_str": "success" if succeeded else "error", "completed": succeeded}
        return {
            "prompt": _queued(task),
            "outputs": job.outputs,
            "status": {**status, "messages": messages},
            "meta": {},
        }

    def _finish(self, task: Task[Job], outcome: Mapping[str, Pixels]) -> None:
        """Save what a graph made; one that ran before makes nothing new."""
        job = task.work
        key = json.dumps(job.graph, sort_keys=True)
        if not job.outputs:
            job.outputs = self._cache.get(key) or {
                end: {"images": self._saved(task, end, pixels)} for end, pixels in outcome.items()
            }
        self._cache[key] = job.outputs

    def _saved(self, task: Task[Job], end: str, pixels: Pixels) -> list[dict[str, str]]:
        node = task.work.graph[end]
        kept = node["class_type"] == "SaveImage"
        prefix = node["inputs"].get("filename_prefix", "ComfyUI") if kept else "ComfyUI_temp"
        folder = "output" if kept else "temp"
        return [
            self._folders.save(folder, str(prefix), _painted(pixels, number), task.charge_id or "")
            for number in range(pixels.count)
        ]

    async def view(self, request: Request) -> Response:
        """A file."""
        query = request.query_params
        name, folder = query.get("filename", ""), query.get("type", "output")
        if not name or name.startswith("/") or ".." in name:
            return Response(status_code=400)
        try:
            file = self._folders.find(folder, query.get("subfolder", ""), name)
        except Outside:
            return Response(status_code=403)
        if file is None:
            return Response(status_code=404)
        if file.charge_id:
            self._desk.carry(request, file.charge_id)
        return Response(
            file.data, media_type="image/png", headers={"content-disposition": f'filename="{name}"'}
        )

    async def upload(self, request: Request) -> Response:
        """Keep a picture for a node to load."""
        try:
            parts = {part.name: part for part in await read_parts(request)}
        except UnreadableForm:
            parts = {}
        part = parts.get("image")
        if part is None or part.text is not None or not part.filename:
            return Response(status_code=400)
        told = {name: part.text or "" for name, part in parts.items()}
        folder, subfolder = told.get("type") or "input", told.get("subfolder", "")
        try:
            overwrite = told.get("overwrite") in _YES
            name = self._folders.upload(folder, subfolder, part.filename, part.data, overwrite=overwrite)
        except Outside:
            return Response(status_code=400)
        return JSONResponse({"name": name, "subfolder": subfolder, "type": folder})

    async def nodes(self, request: Request) -> Response:
        """Every class of nodes."""
        pictures = self._folders.uploaded()
        return JSONResponse({name: node.shown(pictures) for name, node in NODES.items()})

    async def node(self, request: Request) -> Response:
        """One class of nodes; nothing where it is not installed."""
        node = NODES.get(request.path_params["name"])
        return JSONResponse({node.name: node.shown(self._folders.uploaded())} if node else {})

    async def folders(self, request: Request) -> Response:
        """The folders of models."""
        return JSONResponse(list(FOLDERS))

    async def models(self, request: Request) -> Response:
        """The models in a folder."""
        found = FOLDERS.get(request.path_params["folder"])
        return Response(status_code=404) if found is None else JSONResponse(list(found))

    async def machine(self, request: Request) -> Response:
        """The machine."""
        system = {"os": "posix", "comfyui_version": "0.3.60", "python_version": "3.12"}
        device = {"name": "cuda:0", "type": "cuda", "index": 0, "vram_total": 2**34, "vram_free": 2**33}
        return JSONResponse({"system": system, "devices": [device]})


def _painted(pixels: Pixels, number: int) -> bytes:
    subject = f"{pixels.subject}.{number}"
    if pixels.source is not None:
        return encode(repaint(subject, pixels.source.data, *pixels.size), "png")
    return encode(paint(subject, *pixels.size), "png")


def _model_of(graph: Graph) -> str:
    """The first model that a graph loads."""
    names = (node["inputs"].get("ckpt_name") for node in graph.values() if "inputs" in node)
    return next((name for name in names if isinstance(name, str)), "none")


def _queued(task: Task[Job]) -> list[Any]:
    job = task.work
    return [job.number, task.id, job.graph, job.extra, list(job.ends)]


def _message(task: Task[Job]) -> dict[str, Any]:
    return {"prompt_id": task.id, "timestamp": int(task.started.timestamp() * 1000)}


def _failure_of(graph: Graph, broken: Broken) -> dict[str, Any]:
    return {
        "node_id": broken.node,
        "node_type": graph[broken.node]["class_type"],
        "executed": [],
        "exception_message": broken.text,
        "exception_type": broken.kind,
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
    }


def _ids(body: Mapping[str, Any]) -> set[str]:
    ids = body.get("delete")
    return {str(id_) for id_ in cast("list[Any]", ids)} if isinstance(ids, list) else set()


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _failure(status: int, message: str) -> Response:
    return Response(f"{status}: {message}", status)


COMFYUI: Final = Vendor(
    slug="comfyui",
    base="",
    key="",
    sources=SOURCES,
    open=lambda desk: ComfyUI(desk).routes(),
    failure=_failure,
    hints=(
        "broken-run in a text: the run ends in execution_error; a graph that ran before makes nothing new",
        "there is no key; nothing is refused, and nothing costs",
    ),
)
"""ComfyUI's emulator."""
