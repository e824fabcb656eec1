"""Holds a graph against the installed nodes, as the server does before it queues one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from limner.sandbox.comfyui.nodes import NODES, PICTURES, Node

Graph = Mapping[str, Mapping[str, Any]]
"""Node id to `class_type` and `inputs`."""

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {"INT": (int,), "FLOAT": (int, float), "STRING": (str,)}
_LINK: Final = 2


class Invalid(Exception):
    """The graph does not hold."""

    def __init__(self, error: Mapping[str, Any], nodes: Mapping[str, Any]) -> None:
        """Carry what the server answers.

        Args:
            error: what is wrong with the graph.
            nodes: what is wrong with each node.
        """
        super().__init__(error["message"])
        self.error = error
        self.nodes = nodes


def checked(graph: object, pictures: Sequence[str]) -> tuple[Graph, list[str]]:
    """Check a graph.

    Args:
        graph: what was sent.
        pictures: the files that may be loaded.

    Returns:
        The graph, and the ids of the nodes that it ends in.

    Raises:
        Invalid: it does not hold.
    """
    if not isinstance(graph, dict) or not graph:
        raise Invalid(_problem("no_prompt", "No prompt provided", "No prompt provided"), {})
    nodes = cast("dict[str, Any]", graph)
    for id_, node in nodes.items():
        _check_class(id_, node)
    ends = [id_ for id_, node in nodes.items() if NODES[node["class_type"]].saves]
    if not ends:
        raise Invalid(_problem("prompt_no_outputs", "Prompt has no outputs", ""), {})
    errors = {
        id_: {"errors": found, "dependent_outputs": ends, "class_type": nodes[id_]["class_type"]}
        for id_ in _needed(nodes, ends)
        if (found := list(_flaws(id_, nodes, pictures)))
    }
    if errors:
        message = "Prompt outputs failed validation"
        raise Invalid(_problem("prompt_outputs_failed_validation", message, ""), errors)
    return nodes, ends


def link_of(value: object) -> tuple[str, int] | None:
    """The node and the output that an input is tied to; None where it is a value."""
    if not isinstance(value, list) or len(cast("list[Any]", value)) != _LINK:
        return None
    id_, place = cast("list[Any]", value)
    return (id_, place) if isinstance(id_, str) and isinstance(place, int) else None


def _check_class(id_: str, node: Any) -> None:
    name = cast("dict[str, Any]", node).get("class_type") if isinstance(node, dict) else None
    if not isinstance(name, str) or name not in NODES:
        message = f"Cannot execute because node {name} does not exist."
        raise Invalid(_problem("invalid_prompt", message, f"Node ID '#{id_}'"), {})
    if not isinstance(cast("dict[str, Any]", node).get("inputs", {}), dict):
        raise Invalid(_problem("invalid_prompt", "inputs must be an object", f"Node ID '#{id_}'"), {})


def _needed(nodes: Graph, ends: Sequence[str]) -> list[str]:
    """The nodes that the ends follow from; the others are not looked at."""
    found: list[str] = []
    waiting = list(ends)
    while waiting:
        id_ = waiting.pop()
        if id_ in found or id_ not in nodes:
            continue
        found.append(id_)
        links = (link_of(value) for value in nodes[id_].get("inputs", {}).values())
        waiting += [link[0] for link in links if link]
    _check_for_circles(nodes, ends)
    return found


def _check_for_circles(nodes: Graph, ends: Sequence[str]) -> None:
    done: set[str] = set()
    path: list[tuple[str, Iterator[str]]] = []

    def inputs(id_: str) -> Iterator[str]:
        links = (link_of(value) for value in nodes[id_].get("inputs", {}).values())
        return iter([link[0] for link in links if link and link[0] in nodes])

    for end in ends:
        path.append((end, inputs(end)))
        while path:
            id_, rest = path[-1]
            following = next(rest, None)
            if following is None:
                done.add(id_)
                path.pop()
            elif following in {on_path for on_path, _ in path}:
                raise Invalid(_problem("dependency_cycle", "Dependency cycle detected", following), {})
            elif following not in done:
                path.append((following, inputs(following)))


def _flaws(id_: str, nodes: Graph, pictures: Sequence[str]) -> Iterator[dict[str, Any]]:
    node = NODES[nodes[id_]["class_type"]]
    given = nodes[id_].get("inputs", {})
    for name in node.inputs:
        if name not in given:
            yield _flaw("required_input_missing", "Required input is missing", name, name)
        elif (link := link_of(given[name])) is not None:
            yield from _link_flaws(node, name, link, nodes)
        else:
            yield from _value_flaws(node, name, given[name], pictures)


def _link_flaws(node: Node, name: str, link: tuple[str, int], nodes: Graph) -> Iterator[dict[str, Any]]:
    wanted = node.inputs[name][0]
    source = NODES[nodes[link[0]]["class_type"]] if link[0] in nodes else None
    if source is None or not 0 <= link[1] < len(source.outputs):
        yield _flaw("bad_linked_input", "Bad linked input", f"{name}, {list(link)}", name)
    elif source.outputs[link[1]] != wanted:
        words = f"{name}, received_type({source.outputs[link[1]]}) mismatch input_type({wanted})"
        yield _flaw("return_type_mismatch", "Return type mismatch between linked nodes", words, name)


def _value_flaws(node: Node, name: str, value: Any, pictures: Sequence[str]) -> Iterator[dict[str, Any]]:
    kind, limits = node.inputs[name]
    if kind == PICTURES:
        if value not in pictures:
            words = f"image - Invalid image file: {value}"
            yield _flaw("custom_validation_failed", "Custom validation failed for node", words, name)
    elif isinstance(kind, tuple):
        if value not in kind:
            words = f"{name}: '{value}' not in {list(cast('tuple[str, ...]', kind))}"
            yield _flaw("value_not_in_list", "Value not in list", words, name)
    elif kind not in _KINDS:
        yield _flaw("bad_linked_input", "Bad linked input, must be a length-2 list", f"{name}, {value}", name)
    elif not isinstance(value, _KINDS[kind]) or isinstance(value, bool):
        yield _flaw("invalid_input_type", "Failed to convert an input value", f"{name}, {value}", name)
    elif "min" in limits and value < limits["min"]:
        yield _flaw("value_smaller_than_min", f"Value {value} smaller than min", name, name)
    elif "max" in limits and value > limits["max"]:
        yield _flaw("value_bigger_than_max", f"Value {value} bigger than max", name, name)


def _flaw(kind: str, message: str, details: str, name: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {"input_name": name}}


def _problem(kind: str, message: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}
