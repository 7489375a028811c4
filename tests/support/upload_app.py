"""A server that only receives uploads: python -m ... FD FOLDER MAX_BYTES [FSIZE]."""

import resource
import sys
from pathlib import Path

from fastapi import FastAPI, Request

from mp4totext.kit.http import install_problem_handlers, problems
from mp4totext.kit.upload import received_upload
from tests.support.uvicorn_processes import serve


def upload_app(folder: Path, *, max_bytes: int) -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.state.progress = []

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.api_route("/upload", methods=["POST", "PUT"], responses=problems(413, 415, 507))
    async def upload(request: Request) -> dict[str, object]:
        def on_progress(done: int, total: int | None) -> None:
            app.state.progress.append((done, total))

        async with received_upload(
            request, folder=folder, max_bytes=max_bytes, on_progress=on_progress
        ) as received:
            return {
                "filename": received.filename,
                "sha256": received.sha256,
                "size_bytes": received.size_bytes,
                "fields": received.fields,
                "on_disk": received.path.stat().st_size,
                "name_on_disk": received.path.name,
            }

    return app


if __name__ == "__main__":
    fd, root, limit = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if len(sys.argv) > 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
    serve(upload_app(root, max_bytes=limit), fd)
