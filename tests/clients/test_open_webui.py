"""Open WebUI's own audio routes transcribe with the service, unchanged."""

from pathlib import Path

from tests.clients import programs
from tests.openai_api.conftest import served, user
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.openai_service import SPOKEN, Served, key_of, worker

__all__ = ["served", "user"]


def test_open_webui(served: Served, user: ApiUser, tmp_path: Path) -> None:
    where_it_writes = {
        "DATA_DIR": str(tmp_path),
        "STATIC_DIR": str(tmp_path / "static"),
        "FROM_INIT_PY": "true",  # as its own command sets it: its page is in the package
        "WEBUI_SECRET_KEY": "a-secret-of-this-test",
        "USE_SLIM_DOCKER": "true",  # its smaller image, which sends recordings as they are
        "ENABLE_PERSISTENT_CONFIG": "false",
        "ENABLE_DB_MIGRATIONS": "false",
    }
    with worker(served.harness):
        answer = programs.run(
            "open_webui_program.py",
            served.url,
            key_of(user),
            recording(FOUR_SECONDS),
            environment=programs.OPEN_WEBUI,
            variables=where_it_writes,
        )
    assert SPOKEN in answer["text"]
