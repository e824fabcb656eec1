"""The options of the operations: one for each field of `limner.core.requests.Request`, and how to work."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

_WHAT: Final = "What to paint"
_WHERE: Final = "Where to paint"
_HOW: Final = "Model and money"
_RESULT: Final = "The result"
_RUN: Final = "Running"


def _option(panel: str, value: str, about: str, *names: str, **more: Any) -> Any:
    """An option.

    Args:
        panel: the part of the help it stands in.
        value: what its value is called. Empty: it is a switch.
        about: what it does.
        names: absent: after the parameter.
        more: what typer takes besides.
    """
    return typer.Option(*names, metavar=value, help=about, rich_help_panel=panel, **more)


Text = str | None
Whole = int | None
Number = float | None
Several = list[str] | None


def declare(
    *,
    prompt: Annotated[
        Text, _option(_WHAT, "TEXT", "What to paint; - reads it from stdin.", "--prompt", "-p")
    ] = None,
    negative_prompt: Annotated[Text, _option(_WHAT, "TEXT", "What should not appear.")] = None,
    search: Annotated[Text, _option(_WHAT, "TEXT", "What in the picture to look for.")] = None,
    style: Annotated[Text, _option(_WHAT, "NAME", "A style the model knows by name.")] = None,
    reference: Annotated[
        Several,
        _option(
            _WHAT,
            "IMAGE",
            "A picture that guides the painting. style=look.png gives it a role (subject, style, structure,"
            " source), style:0.6=look.png a strength too. Repeat for more.",
        ),
    ] = None,
    strength: Annotated[Number, _option(_WHAT, "0..1", "0 keeps the picture, 1 paints freely.")] = None,
    guidance: Annotated[Number, _option(_WHAT, "NUMBER", "How closely to follow the prompt.")] = None,
    steps: Annotated[Whole, _option(_WHAT, "COUNT", "Denoising steps.")] = None,
    seed: Annotated[Whole, _option(_WHAT, "NUMBER", "The same seed, the same picture.")] = None,
    tool: Annotated[Text, _option(_WHAT, "NAME", "The vendor's tool, as provider/name.")] = None,
    mask: Annotated[Text, _option(_WHERE, "IMAGE", "White is repainted, black is kept. Any size.")] = None,
    mask_dir: Annotated[
        Path | None, _option(_WHERE, "FOLDER", "For each picture, the mask of the same name.")
    ] = None,
    mask_kind: Annotated[
        Text,
        _option(_WHERE, "KIND", "luma: white is repainted; alpha: transparent is; auto: whichever it has."),
    ] = None,
    feather: Annotated[Number, _option(_WHERE, "PIXELS", "How far the mask's edge fades, inwards.")] = None,
    invert: Annotated[bool, _option(_WHERE, "", "Repaint what the mask keeps.", "--invert")] = False,
    margins: Annotated[
        Text,
        _option(
            _WHERE,
            "PIXELS",
            "What to add: 200 at each side; left=300,top=50; or 300,0,50,0 for left, right, top, bottom.",
        ),
    ] = None,
    model: Annotated[
        Text,
        _option(
            _HOW,
            "NAME",
            "provider/model, a bare name, or an alias; [bold]limner models[/] lists them.",
            "--model",
            "-m",
        ),
    ] = None,
    provider: Annotated[Text, _option(_HOW, "NAME", "Any model of this provider.")] = None,
    quality: Annotated[Text, _option(_HOW, "TIER", "draft, standard, high or ultra.")] = None,
    max_cost: Annotated[Text, _option(_HOW, "DOLLARS", "Refuse a request that may cost more.")] = None,
    strategy: Annotated[
        Text,
        _option(_HOW, "NAME", "Let Limner choose, paid models too: priority, cheapest, fastest or balanced."),
    ] = None,
    region: Annotated[
        Several, _option(_HOW, "NAME", "Only where pictures are processed there: eu. Repeat for more.")
    ] = None,
    classification: Annotated[
        Text, _option(_HOW, "LEVEL", "How confidential it is: public, internal, confidential or secret.")
    ] = None,
    mode: Annotated[
        Text,
        _option(
            _HOW,
            "MODE",
            "When the model cannot do exactly this: strict refuses, adapt (the default) fits it and says so,"
            " best-effort does what is possible.",
        ),
    ] = None,
    no_fallback: Annotated[bool, _option(_HOW, "", "No other model instead.", "--no-fallback")] = False,
    after_refusal: Annotated[
        bool, _option(_HOW, "", "Ask another provider also when one refuses.", "--after-refusal")
    ] = False,
    option: Annotated[
        Several,
        _option(_HOW, "KEY=VALUE", "The vendor's own option; the value is JSON or text. Repeat for more."),
    ] = None,
    user: Annotated[Text, _option(_HOW, "NAME", "The end user, for the vendor's abuse detection.")] = None,
    yes: Annotated[
        bool, _option(_HOW, "", "Do not ask, even above $1 or at an unknown price.", "--yes", "-y")
    ] = False,
    n: Annotated[Whole, _option(_RESULT, "COUNT", "How many pictures.", "-n", "--n")] = None,
    size: Annotated[Text, _option(_RESULT, "WxH", "Width and height in pixels: 1536x1024.")] = None,
    width: Annotated[Whole, _option(_RESULT, "PIXELS", "With --height.")] = None,
    height: Annotated[Whole, _option(_RESULT, "PIXELS", "With --width.")] = None,
    aspect_ratio: Annotated[Text, _option(_RESULT, "W:H", "16:9, when the size does not matter.")] = None,
    scale: Annotated[Number, _option(_RESULT, "FACTOR", "How many times larger.")] = None,
    background: Annotated[Text, _option(_RESULT, "KIND", "auto, opaque or transparent.")] = None,
    format: Annotated[  # noqa: A002 - the field is called so
        Text,
        _option(
            _RESULT, "NAME", "png, jpeg, webp, avif, gif or svg. Absent: as --output ends, or as it comes."
        ),
    ] = None,
    compression: Annotated[Whole, _option(_RESULT, "0..100", "Quality of a lossy format.")] = None,
    embed_settings: Annotated[
        bool,
        _option(_RESULT, "", "Write prompt, seed and model into the file.", "--embed-settings"),
    ] = False,
    output: Annotated[
        Text,
        _option(
            _RESULT,
            "PATH",
            "A file, a folder/, a pattern with {stem}, {n} or {seed}, or - for stdout.",
            "--output",
            "-o",
        ),
    ] = None,
    force: Annotated[bool, _option(_RESULT, "", "Overwrite files.", "--force", "-f")] = False,
    each: Annotated[
        bool, _option(_RUN, "", "One request for each picture, not one for all.", "--each")
    ] = False,
    jobs: Annotated[int, _option(_RUN, "COUNT", "Requests at once.", "--jobs", "-j", min=1, max=64)] = 4,
    partial_images: Annotated[Whole, _option(_RUN, "COUNT", "Previews to stream.")] = None,
    deadline: Annotated[Number, _option(_RUN, "SECONDS", "When to stop waiting. Absent: 600.")] = None,
    idempotency_key: Annotated[
        Text,
        _option(_RUN, "KEY", "The same key again returns the first result; in a batch, picture by picture."),
    ] = None,
    no_store: Annotated[
        bool, _option(_RUN, "", "Remember nothing of it: no record, nothing to carry on.", "--no-store")
    ] = False,
    show: Annotated[
        bool,
        _option(
            _RUN, "", "The picture itself, in terminals that can.", "--show/--no-show", show_default=False
        ),
    ] = True,
    json: Annotated[bool, _option(_RUN, "", "Results and errors as JSON lines on stdout.", "--json")] = False,
) -> None:
    """Every option there is. Never called: `verb` reads the signature and takes what an operation uses."""
