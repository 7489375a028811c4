"""Only jobs of the configured engines wait for a worker with a GPU."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext.jobs.models import Job
from mp4totext.kit.queue_names import GPU_QUEUE
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings
from tests.conftest import account_for, app_for, settings_for
from tests.support.in_process_service import FOUR_SECONDS, TRANSCRIPTIONS, recording


@pytest.mark.parametrize(
    ("engines", "queue"),
    [("faster-whisper, moonshine", GPU_QUEUE), ("faster-whisper", "low"), ("", "low")],
)
def test_a_job_waits_where_its_engine_can_run(
    make_runtime: Callable[..., Runtime], tmp_path: Path, engines: str, queue: str
) -> None:
    settings = settings_for(tmp_path).model_copy(
        update={"engines": EngineSettings(gpu_engines=engines)}
    )
    runtime = make_runtime(settings)
    account = account_for(runtime, "user@example.com")
    accepted = TestClient(app_for(runtime)).post(
        TRANSCRIPTIONS,
        headers=account.headers,
        data={"engine": "moonshine", "priority": "low"},
        files={"file": (FOUR_SECONDS, recording(FOUR_SECONDS).read_bytes())},
    )
    assert accepted.status_code == 202, accepted.text
    with runtime.database.read() as session:
        assert session.get_one(Job, accepted.json()["task_id"]).queue == queue
