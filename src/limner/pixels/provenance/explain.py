"""A file's origin in words: who signed, what was done, with which pictures, and whether it still holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

from limner.pixels.probe import probe
from limner.pixels.provenance import words
from limner.pixels.provenance.library import C2paError, lies_elsewhere, open_reader


class Standing(StrEnum):
    """Whether what the record says can be believed."""

    NONE = "none"
    """There is no record."""
    ELSEWHERE = "elsewhere"
    """The file only names the address of a record. Strangers' addresses are not fetched."""
    TRUSTED = "trusted"
    """It holds, and its signer is vouched for by an authority that is trusted here."""
    UNTRUSTED = "untrusted"
    """It holds, but nobody who is trusted here vouches for the signer; a self-made key, perhaps."""
    INVALID = "invalid"
    """The file was changed after it was signed, or the record is broken."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold."""

    code: str
    """As the C2PA specification names it; `unreadable` when nothing could be read."""
    text: str
    """For a person."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file says of its origin."""

    standing: Standing
    signer: str | None = None
    """Whom the certificate names. Absent: nobody signed."""
    chain: tuple[str, ...] = ()
    """What was done, in words, in order; the pictures it was made from follow, indented."""
    problems: tuple[Problem, ...] = ()
    """Why it does not hold. Empty unless it is `invalid`."""

    @property
    def summary(self) -> str:
        """One sentence."""
        who = f"is signed by {self.signer}"
        match self.standing:
            case Standing.NONE:
                return "The file carries no record of its origin."
            case Standing.ELSEWHERE:
                return "The record of its origin lies at another address, which is not fetched."
            case Standing.TRUSTED:
                return f"The record holds, and {who}, who is trusted here."
            case Standing.UNTRUSTED:
                return f"The record holds, and {who}, for whom nobody trusted here vouches."
            case Standing.INVALID:
                return "The record does not hold: the file was changed after it was signed, or it is broken."


_UNTRUSTED: Final = "signingCredential.untrusted"
_LONGEST: Final = 200
"""Characters of a name or a description that are shown."""
_DEEPEST: Final = 32
_MOST_STEPS: Final = 200
"""Lines that are shown: a record can name thousands of pictures."""


def explain(data: bytes, *, anchors: str | None = None, name: str | None = None) -> Report:
    """Read and check the record of a file's origin. Uses the processor: give it a thread.

    Nothing is fetched: neither a record that lies elsewhere, nor lists of certificates that were withdrawn.

    Args:
        data: the file.
        anchors: certificates in PEM whose word is trusted. Absent: nobody's is.
        name: what the caller calls it, for messages.

    Raises:
        ImageProcessing: it is no picture.
    """
    found = probe(data, name=name, drawings=True)
    try:
        reader = open_reader(data, found.media_type, anchors=anchors)
        if reader is None:
            return Report(Standing.NONE)
        with reader:
            store = cast("dict[str, Any]", json.loads(reader.json()))
            state = str(reader.get_validation_state())
    except C2paError as error:
        return Report(Standing.ELSEWHERE) if lies_elsewhere(error) else _unreadable(_plain(error))
    active = store.get("manifests", {}).get(store.get("active_manifest"))
    if active is None:  # it is there under another name than the file says
        return _unreadable("its parts do not belong together")
    codes = _failed(store.get("validation_status"))
    problems = tuple(Problem(code, words.problem(code)) for code in codes)
    return Report(_standing(state, codes), _signer(active), _Teller(store).told(active), problems)


def _unreadable(why: str) -> Report:
    return Report(Standing.INVALID, problems=(Problem("unreadable", f"it cannot be read: {why}"),))


def _standing(state: str, codes: tuple[str, ...]) -> Standing:
    if codes or state == "Invalid":
        return Standing.INVALID
    return Standing.TRUSTED if state == "Trusted" else Standing.UNTRUSTED


def _failed(statuses: list[dict[str, Any]] | None) -> tuple[str, ...]:
    """What does not hold; that nobody vouches for the signer is another matter."""
    codes = dict.fromkeys(_plain(status["code"]) for status in statuses or ())
    return tuple(code for code in codes if code != _UNTRUSTED)


def _signer(manifest: dict[str, Any]) -> str | None:
    signature: dict[str, Any] = manifest.get("signature_info") or {}
    found = signature.get("common_name") or signature.get("issuer")
    return _plain(found) if found else None


def _plain(text: object) -> str:
    """Words of a stranger: no control characters, and not endless."""
    shown = "".join(each for each in str(text) if each.isprintable())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


class _Teller:
    """Tells every manifest once, however often it is named."""

    def __init__(self, store: dict[str, Any]) -> None:
        self._manifests = cast("dict[str, dict[str, Any]]", store["manifests"])
        self._told: set[str] = set()

    def told(self, active: dict[str, Any]) -> tuple[str, ...]:
        lines: list[str] = []
        for depth, text in self._steps(active, 0):
            if len(lines) == _MOST_STEPS:
                lines.append("… and more")
                break
            lines.append(f"{'  ' * depth}{text}")
        return tuple(lines)

    def _steps(self, manifest: dict[str, Any], depth: int) -> Iterator[tuple[int, str]]:
        """The actions of a manifest, then those of the pictures it was made from."""
        who = _signer(manifest) or "somebody"
        tool = next((one.get("name") for one in manifest.get("claim_generator_info") or ()), None)
        by = f"{who}, with {_plain(tool)}" if tool and tool != who else who
        for action in _actions(manifest):
            yield depth, f"{_step(action)} ({by})"
        for ingredient in manifest.get("ingredients") or ():
            yield from self._ingredient(ingredient, depth)

    def _ingredient(self, ingredient: dict[str, Any], depth: int) -> Iterator[tuple[int, str]]:
        title = _plain(ingredient.get("title") or "a picture")
        label = str(ingredient.get("active_manifest") or "")
        results = cast("dict[str, Any]", ingredient.get("validation_results") or {})
        checked = cast("dict[str, Any]", results.get("activeManifest") or {})
        broken = _failed(checked.get("failure") or ingredient.get("validation_status"))
        if label not in self._manifests:
            yield (
                depth,
                f"from {title}, {'whose record could not be had' if broken else 'which has no record'}",
            )
        elif depth == _DEEPEST:
            yield depth, f"from {title}, and so on"
        elif label in self._told:
            yield depth, f"from {title}: as above"
        else:
            self._told.add(label)
            fault = f", whose own record did not hold ({words.problem(broken[0])})" if broken else ""
            yield depth, f"from {title}{fault}:"
            yield from self._steps(self._manifests[label], depth + 1)


def _actions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in manifest.get("assertions") or ():
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            yield from assertion.get("data", {}).get("actions", ())


def _step(action: dict[str, Any]) -> str:
    name = _plain(action.get("action", ""))
    told = words.ACTIONS.get(name, name)
    source = _plain(action.get("digitalSourceType") or "").rpartition("/")[2]
    if source:
        told = f"{told} {words.SOURCES.get(source, f'as {source}')}"
    if action.get("description"):
        told = f"{told}: {_plain(action['description'])}"
    return told
