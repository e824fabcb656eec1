"""C2PA manifests, signed into what Limner makes."""

import base64
import io
from collections.abc import Callable
from functools import cached_property
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.pixels import faults
from limner.pixels.probe import probe
from limner.pixels.provenance.explain import Report, explain
from limner.pixels.provenance.library import (
    Builder,
    C2paError,
    C2paSigningAlg,
    Signer,
    add_ingredient,
    quiet_builder,
)
from limner.pixels.provenance.record import Origin
from limner.pixels.provenance.source import DigitalSource

_EC: Final = {
    "secp256r1": (C2paSigningAlg.ES256, hashes.SHA256(), 32),
    "secp384r1": (C2paSigningAlg.ES384, hashes.SHA384(), 48),
    "secp521r1": (C2paSigningAlg.ES512, hashes.SHA512(), 66),
}
_DOT: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""The smallest PNG there is."""


class SigningKey:
    """A key and its certificates, ready to sign."""

    def __init__(self, key: bytes, certificates: bytes, *, anchors: str | None = None) -> None:
        """Load them.

        Args:
            key: a private key in PEM: P-256, P-384, P-521 or Ed25519.
            certificates: its certificate in PEM, and those above it but for the root.
            anchors: certificates in PEM whose word is trusted here. Absent: nobody's is.

        Raises:
            UserError: they cannot be read, or the key is of another kind.
        """
        try:
            private = load_pem_private_key(key, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _unusable("it cannot be read as PEM without a password") from error
        self._certificates = certificates.decode("ascii", "replace")
        self._anchors = anchors
        if isinstance(private, ed25519.Ed25519PrivateKey):
            self._algorithm = C2paSigningAlg.ED25519
            self._sign = private.sign
        elif isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _EC:
            self._algorithm, digest, length = _EC[private.curve.name]
            self._sign = _ecdsa(private, digest, length)
        else:
            raise _unusable("it is neither P-256, P-384, P-521 nor Ed25519")

    @cached_property
    def standing(self) -> Report:
        """What a reader here will say of a picture that this key signs.

        Raises:
            ImageProcessing: it cannot sign.
        """
        origin = Origin(DigitalSource.ALGORITHMIC, Operation.GENERATE, "limner/dot")
        return explain(self.sign(_DOT, "image/png", origin), anchors=self._anchors)

    def sign(self, data: bytes, media_type: str, origin: Origin) -> bytes:
        """Put a signed manifest into a file. Its pixels stay as they are.

        Args:
            data: the file. It carries no manifest: that would be an ingredient.
            media_type: one of `SIGNABLE`.
            origin: how it came about.

        Raises:
            ImageProcessing: it cannot be signed; the certificate may not be made for this.
        """
        out = io.BytesIO()
        try:
            builder = quiet_builder(_definition(media_type, origin))
            for label, (relation, title, ingredient) in _ingredients(origin).items():
                _add(builder, label, relation, title, ingredient)
            signer = Signer.from_callback(self._sign, self._algorithm, self._certificates, None)
            builder.sign(signer, media_type, io.BytesIO(data), out)
        except C2paError as error:
            raise faults.fault(
                f"The picture could not be signed: {error}.",
                code="not_signed",
                remedy="Check that the certificate is made for C2PA, and belongs to the key.",
            ) from error
        return out.getvalue()


def _ecdsa(
    private: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm, length: int
) -> Callable[[bytes], bytes]:
    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    return sign


def _ingredients(origin: Origin) -> dict[str, tuple[str, str, bytes]]:
    """Every picture that went in: its label, its relation as C2PA names it, its title, its bytes.

    `parentOf`: the result is that picture, changed. `componentOf`: a part of the result. `inputTo`: the
    painter looked at it. Source: C2PA specification 2.2, ingredient relationships, 2026-11-21.
    """
    found: dict[str, tuple[str, str, bytes]] = {}
    if origin.parent is not None:
        found["given"] = ("parentOf", "the picture given", origin.parent)
    if origin.painted is not None:
        found["painted"] = ("componentOf", "the picture as the painter delivered it", origin.painted)
    for place, data in enumerate(origin.inputs, 1):
        found[f"input-{place}"] = ("inputTo", "a picture the painter looked at", data)
    return found


def _definition(media_type: str, origin: Origin) -> dict[str, object]:
    return {
        "claim_generator_info": [{"name": "Limner"}],
        "format": media_type,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": _actions(origin)}}],
    }


def _actions(origin: Origin) -> list[dict[str, object]]:
    """What was done, in order. A parent is opened and a component placed, as the specification asks."""
    made: dict[str, object] = {
        "action": "c2pa.created" if origin.parent is None else "c2pa.edited",
        "digitalSourceType": origin.source.uri,
        "softwareAgent": {"name": origin.model},
        "description": f"{origin.operation.value} by {origin.model}",
    }
    inputs = [label for label in _ingredients(origin) if label.startswith("input")]
    if inputs:
        made["parameters"] = {"ingredientIds": inputs}
    actions = [made]
    if origin.parent is not None:
        actions.insert(0, {"action": "c2pa.opened", "parameters": {"ingredientIds": ["given"]}})
    if origin.painted is not None:
        actions.append({"action": "c2pa.placed", "parameters": {"ingredientIds": ["painted"]}})
    return actions


def _add(builder: Builder, label: str, relation: str, title: str, data: bytes) -> None:
    facts = {"title": title, "relationship": relation, "label": label}
    add_ingredient(builder, facts, probe(data, drawings=True).media_type, data)


def _unusable(why: str) -> UserError:
    return UserError(
        f"The signing key cannot be used: {why}.",
        code="invalid_signing_key",
        field="signing_key",
        remedy="Set LIMNER_SIGNING_KEY and LIMNER_SIGNING_CERTIFICATE to PEM files that belong together.",
    )
