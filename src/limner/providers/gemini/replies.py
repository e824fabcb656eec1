"""What Gemini answers: pictures among words, what was metered, and refusals that say 200."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limner.core.adapter import Artifact, Usage
from limner.providers._shared.reading import items, mapping, picture, redact, text, whole

REFUSALS: Final = frozenset(
    {
        *("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "MODEL_ARMOR", "JAILBREAK"),
        *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
    }
)
"""Ends of a candidate, and reasons to block a prompt, that are the filter's."""
FINISHED: Final = "STOP"
_MOST_QUOTED: Final = 300
_FILTER: Final = re.compile(
    r"safety|prohibited|blocklist|recitation|\bspii\b|jailbreak|content.?polic|blocked", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer holds, in either of the two shapes."""

    artifacts: tuple[Artifact, ...] = ()
    words: str = ""
    """What the model wrote instead, or beside."""
    end: str | None = None
    """How it ended, in Google's word. Absent: it does not say."""
    why: str | None = None
    """In Google's words. Absent: it gives none."""
    blocked: tuple[str, ...] = ()
    """What the filter struck for. Empty: it did not."""
    usage: Usage | None = None
    broken: bool = False
    """Whether a picture came that cannot be decoded."""

    @property
    def told(self) -> str:
        """Why there is no picture, for people."""
        quoted = self.words.strip()[:_MOST_QUOTED]
        parts = (self.why, f"it wrote: {quoted}" if quoted else None)
        return redact("; ".join(part for part in parts if part)) or "it does not say why."

    @property
    def painted(self) -> bool:
        """Whether a picture was metered."""
        return bool(self.usage and self.usage.image_out)


def of_contents(document: Mapping[str, object]) -> Answer:
    """Read an answer of generateContent."""
    candidates = [mapping(one) for one in items(document.get("candidates"))]
    feedback = mapping(document.get("promptFeedback"))
    parts = [
        mapping(part)
        for one in candidates
        for part in items(mapping(one.get("content")).get("parts"))
        if mapping(part).get("thought") is not True  # its pictures are drafts
    ]
    inline = [mapping(part.get("inlineData")) for part in parts if "inlineData" in part]
    ends = [text(one.get("finishReason")) for one in candidates]
    end = next((one for one in ends if one != FINISHED), FINISHED if ends else None)
    block = text(feedback.get("blockReason"))
    whys = [text(one.get("finishMessage")) for one in candidates]
    return _answer(
        [(one.get("data"), one.get("mimeType")) for one in inline],
        words=[text(part.get("text")) for part in parts],
        end=block or end,
        why=text(feedback.get("blockReasonMessage")) or next((why for why in whys if why), None),
        blocked=(block,) if block else (end,) if end in REFUSALS else (),
        usage=_usage(document.get("usageMetadata")),
    )


def of_interaction(document: Mapping[str, object]) -> Answer:
    """Read an interaction that has ended."""
    steps = [mapping(step) for step in items(document.get("steps"))]
    made = [step for step in steps if step.get("type") == "model_output"]
    content = [mapping(part) for step in made for part in items(step.get("content"))]
    shown = [part for part in content if part.get("type") == "image"]
    faults = [mapping(fault) for fault in items(document.get("errors"))]
    faults += [mapping(step.get("error")) for step in made if step.get("error")]
    codes = [str(fault.get("code") or "") for fault in faults]
    whys = [text(fault.get("message")) or "" for fault in faults]
    struck = _FILTER.search(" ".join((*codes, *whys))) is not None
    return _answer(
        [(part.get("data"), part.get("mime_type")) for part in shown],
        words=[text(part.get("text")) for part in content],
        end=text(document.get("status")),
        why="; ".join(filter(None, whys or codes)) or None,
        blocked=tuple(filter(None, codes)) or ("filtered",) if struck else (),
        usage=_interaction_usage(document.get("usage")),
    )


def _answer(
    shown: list[tuple[object, object]],
    *,
    words: list[str | None],
    end: str | None,
    why: str | None,
    blocked: tuple[str, ...],
    usage: Usage | None,
) -> Answer:
    pictures = [(picture(data), text(media_type)) for data, media_type in shown]
    artifacts = tuple(Artifact(data, media_type) for data, media_type in pictures if data is not None)
    written = " ".join(word for word in words if word)
    return Answer(artifacts, written, end, why, blocked, usage, broken=len(artifacts) < len(pictures))


def _usage(metered: object) -> Usage | None:
    total = mapping(metered)
    return _metered(
        into=whole(total.get("promptTokenCount")),
        shown=_pictures(total.get("promptTokensDetails"), "tokenCount"),
        out=whole(total.get("candidatesTokenCount")),
        painted=_pictures(total.get("candidatesTokensDetails"), "tokenCount"),
        more=(total.get("toolUsePromptTokenCount"), total.get("thoughtsTokenCount")),
    )


def _interaction_usage(metered: object) -> Usage | None:
    total = mapping(metered)
    return _metered(
        into=whole(total.get("total_input_tokens")),
        shown=_pictures(total.get("input_tokens_by_modality"), "tokens"),
        out=whole(total.get("total_output_tokens")),
        painted=_pictures(total.get("output_tokens_by_modality"), "tokens"),
        more=(total.get("total_tool_use_tokens"), total.get("total_thought_tokens")),
    )


def _pictures(details: object, count: str) -> int | None:
    """Tokens of pictures among those counted by kind. `None`: they are not split."""
    entries = [mapping(entry) for entry in items(details)]
    counts = [
        whole(entry.get(count)) or 0 for entry in entries if str(entry.get("modality")).upper() == "IMAGE"
    ]
    return sum(counts) if entries else None


def _metered(
    *, into: int | None, shown: int | None, out: int | None, painted: int | None, more: tuple[object, object]
) -> Usage | None:
    """What was metered. Input that is not split costs the same as text; output counts as pictures.

    Thoughts come on top of the output, and are billed as text.
    """
    if into is None and out is None:
        return None
    tools, thoughts = (whole(one) or 0 for one in more)
    drawn = out if painted is None else painted
    return Usage(
        text_in=None if into is None else max(into - (shown or 0), 0) + tools,
        image_in=None if into is None else shown or 0,
        image_out=drawn,
        text_out=None if out is None or drawn is None else max(out - drawn, 0) + thoughts,
    )
