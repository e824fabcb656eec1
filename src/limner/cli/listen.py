"""Whether a port can be listened on, before a server tries."""

import socket

from limner.core.errors import UserError


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Port 0 is always free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        return False
    return True


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken.

    Raises:
        UserError: somebody listens there already.
    """
    if not is_free(host, port):
        raise UserError(
            f"Port {port} of {host} is taken, or may not be used.",
            code="port_taken",
            field="port",
            remedy="Stop what listens there, or choose another with --port; --port 0 takes any free one.",
        )
