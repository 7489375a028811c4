"""1,000 cuts at random offsets while 2 GB come in by tus, over two API processes.

python -m benchmarks.resumable [FILES_OF_64_MB] [CUTS_PER_FILE]
"""

import hashlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path

import httpx

from mp4totext.runtime import Runtime
from mp4totext.transcriptions.uploads import service
from tests.serving import Server, serving
from tests.transcriptions.uploads.test_endpoints import (
    BODY_TYPE,
    MODULE,
    begin,
    id_of,
    send_cut,
)
from tests.transcriptions.uploads.uploads_app import MAX_BYTES, add_user, uploads_runtime


def main(files: int, cuts_per_file: int) -> None:
    chance = random.Random(11)  # noqa: S311  # not a secret
    started = time.monotonic()
    cuts = kept = 0
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        runtime = uploads_runtime(data)
        headers = add_user(runtime, "ada")
        with serving(MODULE, name) as one, serving(MODULE, name) as two:
            for _ in range(files):
                body = chance.randbytes(MAX_BYTES)
                made, useful, url = _upload((one, two), headers, body, chance, cuts_per_file)
                cuts, kept = cuts + made, kept + useful
                _check(runtime, url, body, data)
        service.sweep(runtime.database, runtime.storage)
        left = len(runtime.storage.keys("uploads"))
        temporary = len(list((data / "work").rglob("*.upload")))
        runtime.close()
    result = {
        "gigabytes": round(files * MAX_BYTES / (1 << 30), 2),
        "cuts": cuts,
        "cuts_that_kept_bytes": kept,
        "hashes_equal": files,
        "objects_left": left,
        "temporary_files_left": temporary,
        "seconds": round(time.monotonic() - started),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _upload(
    servers: tuple[Server, Server],
    headers: dict[str, str],
    body: bytes,
    chance: random.Random,
    cuts: int,
) -> tuple[int, int, str]:
    clients = [httpx.Client(base_url=server.url, headers=headers) for server in servers]
    url = begin(clients[0], len(body), filename="a.mp4")
    offset = made = kept = 0
    while offset < len(body):
        turn = chance.randrange(2)
        if made < cuts:
            upto = chance.randrange(2 * len(body) // cuts)
            send_cut(servers[turn], url, headers, offset, body[offset:], upto)
            made += 1
        else:
            sent = {**BODY_TYPE, "Upload-Offset": str(offset)}
            clients[turn].patch(url, content=body[offset:], headers=sent, timeout=60)
        now = int(clients[1 - turn].head(url).headers["upload-offset"])
        kept += now > offset
        offset = now
    for client in clients:
        client.close()
    return made, kept, url


def _check(runtime: Runtime, url: str, body: bytes, data: Path) -> None:
    with runtime.database.read() as session:
        done = service.complete(session, user_id="usr_ada", upload_id=id_of(url))
    with service.assembled(runtime.storage, done, folder=data / "assembled") as received:
        assert received.sha256 == hashlib.sha256(body).hexdigest()
    with runtime.database.write() as session:
        service.end(session, runtime.storage, user_id="usr_ada", upload_id=id_of(url))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given if len(given) == 2 else (32, 32)))
