"""Workflows: graphs as ComfyUI exports them ("API format"), with the operator's named places filled.

A place is `node.input`, such as `6.text`; several are separated by spaces. A link to another node is never
replaced, and what users choose is of the kind that stands there.
"""

from collections.abc import Mapping
from typing import cast

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.pictures import Picture
from limner.providers._shared.named import many, spoken, values
from limner.providers._shared.options import refuse
from limner.providers._shared.reading import mapping, parse

Graph = dict[str, dict[str, object]]


def stored(picture: Picture) -> str:
    """What a picture is called at the server: after its bytes, so that each lies there once."""
    return f"limner-{picture.digest}.{(picture.media_type or 'image/png').partition('/')[2]}"


def shown(order: Order) -> tuple[Picture, ...]:
    """The pictures that the workflow of an order loads.

    Raises:
        UserError: an option does not go with the model.
    """
    return tuple(picture for value in values(order).values() for picture in many(value))


def filled(order: Order) -> Graph:
    """The workflow of an order, its places filled.

    Raises:
        UserError: the workflow cannot be read or lacks a place, or a slot has no such name or value.
    """
    told = spoken(order)
    graph = _read(order, told)
    found = values(order)
    chosen = cast("Mapping[str, object]", found.pop("slots", {}))
    if told["model"] and told.get("model_slot"):
        found[str(told["model_slot"])] = told["model"]
    if order.task and told.get("task"):
        found[str(told["task"])] = order.task
    for places, value in found.items():
        _fill(order, graph, places, _named(order, value))
    for name, value in chosen.items():
        _choose(order, graph, name, value)
    return graph


def place_of_name(order: Order) -> str | None:
    """Where the name of an order's work stands in its workflow. `None`: nowhere."""
    return next(iter(str(spoken(order).get("task") or "").split()), None)


def _read(order: Order, told: Mapping[str, object]) -> Graph:
    try:
        document = mapping(parse(str(told.get("graph", "")).encode()))
    except ValueError:
        document = mapping(None)
    nodes = {name: dict(mapping(node)) for name, node in document.items()}
    if not nodes or not all("class_type" in node for node in nodes.values()):
        raise _broken(order, "is no workflow in the API format", 'Export it with "Export (API)".')
    return {name: {**node, "inputs": dict(mapping(node.get("inputs")))} for name, node in nodes.items()}


def _named(order: Order, value: object) -> object:
    """The value, or where a picture lies; of several, the first, since a node loads one."""
    pictures = many(value)
    return order.hosted.get(pictures[0].digest, stored(pictures[0])) if pictures else value


def _fill(order: Order, graph: Graph, places: str, value: object) -> None:
    for place in places.split():
        inputs, name = _place(order, graph, place)
        if isinstance(inputs[name], list):
            raise _broken(order, f"links {place} to another node", "Name a place that holds a value.")
        inputs[name] = value


def _choose(order: Order, graph: Graph, name: str, value: object) -> None:
    """Fill a place that a user names, with a value of the kind that stands there."""
    slots = mapping(order.model.extras.get("slots"))
    if name not in slots:
        known = ", ".join(sorted(slots))
        raise refuse(order, f"slots.{name}", f"It has {known}." if known else "It has none.")
    for place in str(slots[name]).split():
        inputs, key = _place(order, graph, place)
        here = inputs[key]
        numbers = isinstance(here, float) and isinstance(value, int) and not isinstance(value, bool)
        if type(value) is not type(here) and not numbers:
            raise refuse(order, f"slots.{name}", f"It is of the kind of {here!r}.")
    _fill(order, graph, str(slots[name]), value)


def _place(order: Order, graph: Graph, place: str) -> tuple[dict[str, object], str]:
    node, _, name = place.partition(".")
    inputs = cast("dict[str, object]", graph.get(node, {}).get("inputs", {}))
    if name not in inputs:
        raise _broken(order, f"has no place {place}", "Correct the place in limner.toml.")
    return inputs, name


def _broken(order: Order, what: str, remedy: str) -> UserError:
    return UserError(
        f"The workflow of {order.model.label} {what}.", code="bad_workflow", field="model", remedy=remedy
    )
