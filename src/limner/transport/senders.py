"""Chooses the sender."""

from limner.core.clock import Clock
from limner.transport.port import Sender


def make_sender(clock: Clock, roots: bytes = b"") -> Sender:
    """Build the fastest sender that this machine has: pyreqwest, or httpx2 where it has no wheel.

    Args:
        clock: times the answers.
        roots: certificates in PEM to trust besides the system's, for servers of one's own.
    """
    try:
        from limner.transport.pyreqwest_sender import PyreqwestSender as Chosen  # noqa: PLC0415
    except ImportError:
        from limner.transport.httpx_sender import HttpxSender as Chosen  # noqa: PLC0415
    return Chosen(clock, roots)
