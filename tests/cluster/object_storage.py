"""Object storage as Amazon's, on this machine: moto's server, and what lies in a bucket of it."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.conftest import free_port

KEYS = {
    "AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "its-secret",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


class ObjectStorage:
    """A server with one bucket, "rivers".

    Parameters
    ----------
    address
        Where it answers.
    """

    url = "s3://rivers/scratch"

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def environment(self) -> dict[str, str]:
        """What programs must know that use it."""
        return KEYS | {"AWS_ENDPOINT_URL": self.address}

    def reset(self) -> None:
        """Begin anew, with an empty bucket, for everyone."""
        self.refuse(False)
        self._tell("reset")
        self._client().create_bucket(Bucket="rivers")

    def refuse(self, refusing: bool) -> None:
        """Let nobody in, or everybody."""
        self._tell("reset-auth", b"0" if refusing else b"inf")

    def names(self) -> list[str]:
        """Return what lies in the bucket."""
        listed = self._client().list_objects_v2(Bucket="rivers").get("Contents", [])
        return [one["Key"] for one in listed]

    def unfinished(self) -> list[Any]:
        """Return what began to be put into the bucket and is not whole."""
        found: list[Any] = self._client().list_multipart_uploads(Bucket="rivers").get("Uploads", [])
        return found

    def _client(self) -> Any:
        import boto3

        session = boto3.session.Session(
            KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )  # fmt: skip
        return session.client("s3", endpoint_url=self.address)

    def _tell(self, what: str, content: bytes = b"") -> None:
        asked = urllib.request.Request(
            f"{self.address}/moto-api/{what}",
            content,
            {"Content-Type": "text/plain"},
            method="POST",
        )
        with urllib.request.urlopen(asked, timeout=10):
            pass


@contextmanager
def serving(log: Path) -> Iterator[ObjectStorage]:
    """Yield object storage that lives as long as this is open."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as said, subprocess.Popen(words, stdout=said, stderr=said) as server:
        try:
            limit = time.monotonic() + 60
            while not _answers(f"{address}/moto-api/"):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < limit
                time.sleep(0.1)
            yield ObjectStorage(address)
        finally:
            server.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
