"""Signatures that vendors put under their webhooks."""


def verified(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature is of this message, by the owner of this key.

    Args:
        key: 32 bytes, public.
        signature: 64 bytes.
        message: what was signed.

    Example:
        >>> verified(b"no key", b"no signature", b"anything")
        False
    """
    # A tenth of a second to import, which only those need who are called.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
