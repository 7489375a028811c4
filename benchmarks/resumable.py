"""Uploads 2 GB by tus over two API processes, with 1,000 cuts at random offsets.

Rows in PostgreSQL, parts in S3. Fails when a byte is wrong or anything is left behind.

python -m benchmarks.resumable [FILES_OF_64_MB] [CUTS_PER_FILE]
"""

import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, StorageSettings
from mp4totext.uploads import service
from tests.support.servers import postgres_server, s3_server
from tests.support.uploads_app import MAX_BYTES, add_user, uploads_runtime
from tests.support.uvicorn_processes import Server, serving
from tests.uploads.test_endpoints import BODY_TYPE, MODULE, begin, id_of, send_cut


@dataclass(frozen=True, kw_only=True)
class ApiPair:
    """Two API processes, and the database and storage that they share."""

    runtime: Runtime
    data: Path
    headers: dict[str, str]
    servers: tuple[Server, Server]

    def leftovers(self) -> dict[str, int]:
        service.sweep(self.runtime.database, self.runtime.storage)
        return {
            "objects_left": len(self.runtime.storage.keys("uploads")),
            "temporary_files_left": len(list((self.data / "work").rglob("*.upload"))),
        }


@contextmanager
def api_pair() -> Iterator[ApiPair]:
    with (
        tempfile.TemporaryDirectory(prefix="mp4totext-chaos-") as name,
        postgres_server() as postgres,
        postgres.database() as url,
        s3_server() as s3,
    ):
        bucket = s3.new_bucket()
        runtime = uploads_runtime(
            Path(name),
            database=DatabaseSettings(database_url=url),
            storage=StorageSettings(
                minio_endpoint=s3.endpoint,
                minio_access_key=SecretStr(s3.access_key),
                minio_secret_key=SecretStr(s3.secret_key),
                minio_bucket=bucket,
            ),
        )
        headers = add_user(runtime, "ada")
        told = {
            "DATABASE_URL": url,
            "MINIO_ENDPOINT": s3.endpoint,
            "MINIO_ACCESS_KEY": s3.access_key,
            "MINIO_SECRET_KEY": s3.secret_key,
            "MINIO_BUCKET": bucket,
        }
        with (
            serving(MODULE, name, variables=told) as one,
            serving(MODULE, name, variables=told) as two,
        ):
            yield ApiPair(runtime=runtime, data=Path(name), headers=headers, servers=(one, two))
        runtime.close()


def main(files: int, cuts_per_file: int) -> int:
    """The exit code."""
    chance = random.Random(11)  # noqa: S311  # not a secret
    started = time.monotonic()
    cuts = kept = wrong = 0
    with api_pair() as made:
        for _ in range(files):
            body = chance.randbytes(MAX_BYTES)
            tried, useful, url = _upload(made, body, chance, cuts_per_file)
            cuts, kept = cuts + tried, kept + useful
            wrong += _sha256(made, url) != hashlib.sha256(body).hexdigest()
        left = made.leftovers()
    result = {
        "gigabytes": round(files * MAX_BYTES / (1 << 30), 2),
        "cuts": cuts,
        "cuts_that_kept_bytes": kept,
        "hashes_wrong": wrong,
        **left,
        "seconds": round(time.monotonic() - started),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return int(wrong > 0 or any(left.values()) or cuts < files * cuts_per_file)


def _upload(made: ApiPair, body: bytes, chance: random.Random, cuts: int) -> tuple[int, int, str]:
    """How often it was cut, how often that kept bytes, and the upload's path."""
    headers = made.headers
    clients = [httpx.Client(base_url=s.url, headers=headers, timeout=60) for s in made.servers]
    url = begin(clients[0], len(body), filename="a.mp4")
    offset = tried = kept = 0
    while offset < len(body):
        turn = chance.randrange(2)
        if tried < cuts:
            # On the average half of what is left for each cut, so that all of them come.
            upto = chance.randrange(max(1, (len(body) - offset) // (cuts - tried)))
            send_cut(made.servers[turn], url, headers, offset, body[offset:], upto)
            tried += 1
        else:
            sent = {**BODY_TYPE, "Upload-Offset": str(offset)}
            clients[turn].patch(url, content=body[offset:], headers=sent)
        now = int(clients[1 - turn].head(url).headers["upload-offset"])
        kept += now > offset
        offset = now
    for client in clients:
        client.close()
    return tried, kept, url


def _sha256(made: ApiPair, url: str) -> str:
    """Of the file that its parts make; then the upload is ended, as by an accepted job."""
    runtime = made.runtime
    with runtime.database.read() as session:
        done = service.complete(session, user_id="usr_ada", upload_id=id_of(url))
    with service.assembled(runtime.storage, done, folder=made.data / "assembled") as received:
        found = received.sha256
    with runtime.database.write() as session:
        service.end(session, runtime.storage, user_id="usr_ada", upload_id=id_of(url))
    return found


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given if len(given) == 2 else (32, 32))))
