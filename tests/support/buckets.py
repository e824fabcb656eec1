"""A service of the S3 protocol on this machine, in whatever mood a test puts it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from limner.core.ids import new_id
from limner.core.secret import Secret
from limner.storage.access import BucketAccess


class Service:
    """The service, and the tempers of it."""

    def __init__(self) -> None:
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self.url = ""
        self.unwilling = 0
        """How many requests are answered 503 from now on."""
        self.delay = 0.0
        """Seconds before each answer."""
        self.read_only = False
        """Whether the key may store nothing."""
        self.asked = 0
        """Requests so far."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        self.asked += 1
        threading.Event().wait(self.delay)
        if self.unwilling > 0:
            self.unwilling -= 1
            start("503 Slow Down", [("content-length", "0")])
            return []
        if self.read_only and environ["REQUEST_METHOD"] == "PUT":
            start("403 Forbidden", [("content-length", "0")])
            return []
        return self._app(environ, start)

    def calm(self) -> None:
        self.unwilling, self.delay, self.read_only = 0, 0.0, False


@contextmanager
def bucket_service() -> Iterator[Service]:
    service = Service()
    server = make_server("127.0.0.1", 0, service, threaded=True)
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def bucket(service: Service) -> str:
    """Make a bucket. Returns its name."""
    name = new_id("limner").replace("_", "-")
    client = boto3.client(
        "s3",
        endpoint_url=service.url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=name)
    return name


def access(service: Service) -> BucketAccess:
    return BucketAccess(service.url, "us-east-1", "key", Secret("secret"))


def environ(service: Service) -> dict[str, str]:
    """How an operator names it."""
    return {
        "AWS_ENDPOINT_URL_S3": service.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
