"""How a bucket is reached."""

from dataclasses import dataclass

from limner.core.secret import Secret


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """What the operator says of a bucket's service."""

    endpoint: str | None = None
    """Its address, for services other than Amazon's. Absent: Amazon's."""
    region: str | None = None
    """Absent: `us-east-1`."""
    key_id: str | None = None
    """Absent: the machine's role speaks."""
    secret: Secret | None = None
    token: Secret | None = None
    """Of a session. Absent: the key is a lasting one."""
