"""Serves the upload routes only: FD DATA_DIR.

It uses SQLite and a local folder unless DATABASE_URL and MINIO_... are set.
"""

import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from mp4totext.auth.models import ApiKey, User
from mp4totext.auth.tokens import API_KEY, hashed
from mp4totext.kit.clock import now
from mp4totext.kit.db import Base
from mp4totext.kit.http import install_problem_handlers
from mp4totext.runtime import Runtime
from mp4totext.settings import AppSettings, AuthSettings, IngestSettings, Settings
from mp4totext.uploads.endpoints import router
from tests.support.uvicorn_processes import serve

MAX_BYTES = 64 << 20


def uploads_runtime(data: Path, **groups: Any) -> Runtime:
    """A runtime with the given groups of settings; others are read from the environment."""
    return Runtime(
        Settings(
            app=AppSettings(data_dir=data),
            auth=AuthSettings(rate_limit_enabled=False),
            ingest=IngestSettings(max_upload_bytes=MAX_BYTES, upload_part_bytes_min=1),
            **groups,
        )
    )


def uploads_app(runtime: Runtime) -> FastAPI:
    app = FastAPI()
    app.state.runtime = runtime
    app.state.operations = {}
    install_problem_handlers(app)
    app.include_router(router)
    return app


def add_user(runtime: Runtime, name: str) -> dict[str, str]:
    """Add an account; return the headers that authenticate it."""
    Base.metadata.create_all(runtime.database.engine)
    secret = f"{API_KEY}{name}-{'x' * 40}"
    with runtime.database.write() as session:
        session.add(User(id=f"usr_{name}", email=f"{name}@example.org", created_at=now()))
        session.flush()
        session.add(
            ApiKey(
                id=f"key_{name}",
                user_id=f"usr_{name}",
                secret_hash=hashed(secret),
                prefix=secret[:8],
                name="test",
                scopes=["transcriptions:write"],
                created_at=now(),
            )
        )
    return {"X-API-Key": secret, "Tus-Resumable": "1.0.0"}


if __name__ == "__main__":
    serve(uploads_app(uploads_runtime(Path(sys.argv[2]))), int(sys.argv[1]))
