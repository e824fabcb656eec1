"""ComfyUI's graph: which sampler made the picture, and what was plugged into it.

A graph maps node ids to `{"class_type": …, "inputs": {…}}`; an input is a value, or `[node id, output]`.
"""

from collections.abc import Iterator, Mapping
from typing import Final, cast

_DEEPEST: Final = 64
"""Nodes followed from the sampler: longer chains than people build."""
_WORDS: Final = ("text", "prompt", "text_g", "t5xxl", "string", "value", "wildcard_text")
_WEIGHTS: Final = ("ckpt_name", "unet_name", "model_name", "checkpoint")
_SETTINGS: Final = ("steps", "cfg", "denoise", "sampler_name")

Node = Mapping[str, object]


def read(graph: Mapping[str, object]) -> dict[str, object] | None:
    """Collect what the first sampler in the graph was given.

    Args:
        graph: as ComfyUI wrote it.

    Returns:
        `positive`, `negative`, `seed`, `steps`, `cfg`, `denoise`, `sampler_name`, `model`, `width`, `height`,
        as far as they are there; `None` when there is no sampler.
    """
    nodes = {key: node for key, value in graph.items() if (node := _inputs(value)) is not None}
    sampler = next((node for node in nodes.values() if _is_sampler(node)), None)
    if sampler is None:
        return None
    found: dict[str, object] = {
        "seed": _plain(nodes, sampler, ("seed", "noise_seed", "noise")),
        "positive": _plain(nodes, sampler, ("positive", "guider", "conditioning"), _WORDS),
        "negative": _plain(nodes, sampler, ("negative",), _WORDS),
        "model": _plain(nodes, sampler, ("model", "guider"), _WEIGHTS),
        "width": _plain(nodes, sampler, ("latent_image", "latent"), ("width",)),
        "height": _plain(nodes, sampler, ("latent_image", "latent"), ("height",)),
    }
    found |= {key: _plain(nodes, sampler, (key, "sigmas", "sampler", "guider"), (key,)) for key in _SETTINGS}
    return found


def _inputs(value: object) -> Node | None:
    if not isinstance(value, dict):
        return None
    inputs = cast("Node", value).get("inputs")
    return cast("Node", inputs) if isinstance(inputs, dict) else None


def _is_sampler(node: Node) -> bool:
    return ("seed" in node or "noise_seed" in node or "noise" in node) and (
        "latent_image" in node or "latent" in node
    )


def _plain(
    nodes: Mapping[str, Node], node: Node, through: tuple[str, ...], names: tuple[str, ...] = ()
) -> object:
    """The value of one of the inputs `through`, or of `names` in what is plugged into them."""
    for name in through:
        value = node.get(name)
        if _link(value) is None:
            if value is not None and (not names or name in names):
                return value
            continue
        for upstream in _upstream(nodes, value):
            for wanted in names or through:
                found = upstream.get(wanted)
                if found is not None and _link(found) is None:
                    return found
    return None


def _upstream(nodes: Mapping[str, Node], value: object) -> Iterator[Node]:
    """The node behind a link, then those behind its own, nearest first; each once."""
    waiting, seen = [_link(value)], set[str]()
    while waiting and len(seen) < _DEEPEST:
        key = waiting.pop(0)
        if key is None or key in seen or key not in nodes:
            continue
        seen.add(key)
        node = nodes[key]
        yield node
        waiting += [_link(inner) for inner in node.values()]


def _link(value: object) -> str | None:
    if isinstance(value, list) and len(cast("list[object]", value)) == 2:  # noqa: PLR2004 - node, output
        key = cast("list[object]", value)[0]
        return key if isinstance(key, str) else None
    return None
