"""Where ComfyUI's calls go, and what its answers say (server.py @005f3ba; docs.comfy.org, 2026)."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

from limner.core.adapter import Artifact, Fetch
from limner.core.http import HttpCall, HttpReply, MultipartBody, Part, Timeout
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared import detail
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers._shared.voice import Said
from limner.providers.comfyui.graph import stored

SUBMIT: Final = "/prompt"
QUEUE: Final = "/queue"
LATELY: Final = "/history?max_items=1000"
"""What was done last; older work than that is not looked for."""
STOP: Final = "/interrupt"
MODELS: Final = "/models/checkpoints"
_UPLOAD: Final = "/upload/image"
_ENDS: Final = frozenset({"execution_error", "execution_interrupted"})


def history(task: str) -> str:
    """Where one workflow's outputs are told of."""
    return f"/history/{quote(task, safe='')}"


def upload(picture: Picture) -> HttpCall:
    """The call that hosts a picture; one of the same name is the same picture, and may be replaced."""
    file = Part("image", picture.data, stored(picture), picture.media_type or "image/png")
    parts = (file, Part("type", b"input"), Part("overwrite", b"true"))
    return HttpCall("POST", _UPLOAD, body=MultipartBody(parts), timeout=Timeout.TRANSFER)


def uploaded(document: object) -> str | None:
    """What a node loads it by. `None`: the answer does not say."""
    answer = mapping(document)
    name, folder = text(answer.get("name")), text(answer.get("subfolder"))
    return f"{folder}/{name}" if folder and name else name


def standing(document: object, task: str) -> str | None:
    """Where a workflow stands in the queue: `running`, `waiting`, or `gone`. `None`: it is no queue."""
    answer = mapping(document)
    if queued(document) is None:
        return None
    if task in _ids(answer, "queue_running"):
        return "running"
    return "waiting" if task in _ids(answer, "queue_pending") else "gone"


def _ids(answer: Mapping[str, object], name: str) -> set[str]:
    entries = (items(entry) for entry in items(answer.get(name)))
    return {entry[1] for entry in entries if len(entry) > 1 and isinstance(entry[1], str)}


def queued(document: object) -> list[object] | None:
    """What runs and what waits. `None`: it is no queue."""
    lists = [mapping(document).get(name) for name in ("queue_running", "queue_pending")]
    if not all(isinstance(one, list) for one in lists):
        return None
    return [entry for one in lists for entry in items(one)]


def done(document: object) -> list[object] | None:
    """What the history has. `None`: it is none."""
    found = mapping(document)
    entries = [mapping(entry).get("prompt") for entry in found.values()]
    return entries if (found or document == {}) and all(isinstance(one, list) for one in entries) else None


def bearing(entries: list[object], place: str, name: str) -> str | None:
    """Which workflow has a name in a place. `None`: none of them."""
    node, _, key = place.partition(".")
    for entry in entries:
        task, graph = (*items(entry), None, None, None)[1:3]
        inputs = mapping(mapping(mapping(graph).get(node)).get("inputs"))
        if inputs.get(key) == name and isinstance(task, str):
            return task
    return None


def pictures(entry: Mapping[str, object]) -> tuple[Artifact, ...]:
    """The pictures that a workflow saved; where it saved none, those that it only showed."""
    found = [one for node in mapping(entry.get("outputs")).values() for one in _images(mapping(node))]
    kept = [one for one in found if one[2] == "output"] or found
    return tuple(Artifact(Fetch(_view(*one))) for one in kept)


def _images(node: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for entry in items(node.get("images")):
        one = mapping(entry)
        name = text(one.get("filename"))
        if name:
            yield name, text(one.get("subfolder")) or "", text(one.get("type")) or "output"


def _view(name: str, subfolder: str, kind: str) -> HttpCall:
    place = urlencode({"filename": name, "subfolder": subfolder, "type": kind})
    return HttpCall("GET", f"/view?{place}", timeout=Timeout.TRANSFER, auth="none")


def why(status: Mapping[str, object]) -> str:
    """Why a workflow came to nothing, from its last words."""
    for message in items(status.get("messages")):
        kind, told = (*items(message), None, None)[:2]
        if isinstance(kind, str) and kind in _ENDS:
            said = mapping(told)
            words = text(said.get("exception_message")) or "Somebody stopped it."
            return f"{text(said.get('node_type')) or 'a node'}: {words}"
    return "it does not say why."


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"error", "node_errors"}`, the nodes' words first. `None`: it is none of ComfyUI's."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    error = mapping(document.get("error"))
    nodes = mapping(document.get("node_errors")).items()
    told = [f"{mapping(node).get('class_type')} {name}: {_flaws(mapping(node))}" for name, node in nodes]
    message = "; ".join(told) or text(error.get("message")) or text(document.get("error"))
    message = message or detail.complaint(document)[0]
    return Said(message, text(error.get("type"))) if message else None


def _flaws(node: Mapping[str, object]) -> str:
    flaws = [mapping(flaw) for flaw in items(node.get("errors"))]
    return ", ".join(f"{flaw.get('message')} ({flaw.get('details')})" for flaw in flaws)


def models(document: object) -> tuple[Listed, ...] | None:
    """Read a list of names. `None`: it is none."""
    listed = items(document)
    found = tuple(Listed(name) for name in listed if isinstance(name, str) and name)
    return found if listed or document == [] else None
