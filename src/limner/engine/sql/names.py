"""Which bytes the journal's rows name."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, tuple_

from limner.engine.sql.tables import BLOBS, RUNS


class RunNames:
    """The bytes of requests, of what providers delivered, and of results."""

    def needed(self, db: Connection, tenant: str, digests: Sequence[str]) -> set[str]:
        """Which of these a run names."""
        named = _NAMED.where(RUNS.c.tenant == tenant, BLOBS.c.digest.in_(digests))
        return {digest for _, digest in db.execute(named)}

    def page(self, db: Connection, after: tuple[str, str] | None, most: int) -> list[tuple[str, str]]:
        """What runs name, in order."""
        wanted = _NAMED.order_by(RUNS.c.tenant, BLOBS.c.digest).limit(most)
        if after is not None:
            wanted = wanted.where(tuple_(RUNS.c.tenant, BLOBS.c.digest) > after)
        return [(tenant, digest) for tenant, digest in db.execute(wanted)]


_NAMED = select(RUNS.c.tenant, BLOBS.c.digest).join(RUNS, RUNS.c.id == BLOBS.c.run).distinct()
