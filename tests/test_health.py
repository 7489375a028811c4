"""Health, readiness, status, a root path, and audited grants."""

import ast
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from mp4totext.auth.models import AuditEntry
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.counts import count_with, counts
from mp4totext.kit.ids import new_id
from mp4totext.kit.metrics import Counted
from mp4totext.operations import TRANSCRIBE
from mp4totext.runtime import Runtime
from mp4totext.settings import AppSettings, BrokerSettings, Settings
from mp4totext.transcriptions.order import EngineChoice, RecordingRef, TranscriptionOrder
from tests.conftest import SECRET, Account, app_for

SOURCES = Path(__file__).parent.parent / "src" / "mp4totext"


def test_health_is_alive_and_ready_tells_the_truth(client: TestClient, runtime: Runtime) -> None:
    assert client.get("/ready").json()["ready"] is True
    shutil.rmtree(runtime.settings.data_dir / "media")
    answer = client.get("/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["storage"]["detail"] == "StorageUnavailable"
    assert str(runtime.settings.data_dir) not in answer.text
    assert client.get("/health").status_code == 200


def test_an_absent_broker_is_no_reason_to_stay_away(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    broker = BrokerSettings(redis_host=None, celery_broker_url="redis://127.0.0.1:1/0")
    runtime = make_runtime(settings.model_copy(update={"broker": broker}))
    status = TestClient(app_for(runtime)).get("/ready").json()
    assert (status["ready"], status["broker"]["ok"]) == (True, False)
    assert status["broker"]["detail"] == "unreachable; accepted jobs wait in the database"


def test_status_says_how_long_jobs_have_waited_for_a_worker(
    client: TestClient, user: Account, runtime: Runtime
) -> None:
    assert client.get("/api/v1/status").json()["queue_latency_ms"] == 0
    with runtime.database.write() as session:
        session.add(
            Job(
                id=new_id("job"),
                user_id=user.id,
                operation="embed",
                params={},
                metered=False,
                queue="default",
                priority=1,
                time_limit_s=60,
                prices={},
                quote=[],
                held_uc=0,
                warnings=[],
                created_at=now() - timedelta(seconds=90),
                queued_at=now() - timedelta(seconds=90),
            )
        )

    status = client.get("/api/v1/status").json()

    assert status["queued"] == 1
    assert 90_000 <= status["queue_latency_ms"] < 120_000


def test_status_has_the_mean_latency_of_the_providers_that_were_called(client: TestClient) -> None:
    count_with(Counted())
    before = client.get("/api/v1/status").json()["provider_latency_ms"]  # of tests before this one

    counts().vendor_called("acme voices", "ok", took_s=0.25)
    counts().vendor_called("acme voices", "ProviderBusy", took_s=0.75)

    after = client.get("/api/v1/status").json()["provider_latency_ms"]
    assert after == before | {"acme voices": 500}


def test_links_stay_under_the_path_that_a_proxy_strips(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    app = AppSettings(
        app_env="test", data_dir=settings.data_dir, secret_key=SECRET, root_path="/mp4"
    )
    client = TestClient(app_for(make_runtime(settings.model_copy(update={"app": app}))))
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/mp4"}]


@pytest.mark.parametrize("hours", [1, 12])
def test_a_long_recording_has_the_time_it_needs(hours: int) -> None:
    order = TranscriptionOrder(
        recording=RecordingRef(duration_ms=hours * 3_600_000),
        engine=EngineChoice(engine="moonshine"),
    )
    assert TRANSCRIBE.time_limit_s(order) > 6 * hours * 3_600


def test_a_grant_that_is_sent_again_counts_once_and_is_audited(
    client: TestClient, admin: Account, user: Account, runtime: Runtime
) -> None:
    path = f"/api/v1/admin/users/{user.id}/credits"
    headers = {**admin.headers, "Idempotency-Key": "a-grant"}
    body = {"amount": 5, "reason": "thanks"}
    first, again = (client.post(path, json=body, headers=headers).json() for _ in range(2))
    assert first == again
    with runtime.database.read() as session:
        traces = list(
            session.scalars(select(AuditEntry).where(AuditEntry.action == "credits.granted"))
        )
    assert [(trace.actor_id, trace.target) for trace in traces] == [(admin.id, user.id)]
    assert traces[0].facts == {"amount": 5.0, "reason": "thanks"}


def test_routes_that_share_the_loop_do_not_touch_a_session() -> None:
    """A blocking call in one would freeze all: what asks the database runs in a thread."""
    blocking = []
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef):
                names = {n.id for n in ast.walk(node.args) if isinstance(n, ast.Name)}
                if names & {"ReadSession", "WriteSession"}:
                    blocking.append(f"{path.name}: {node.name}")
    assert blocking == []


def test_a_database_file_that_was_replaced_is_noticed(client: TestClient, runtime: Runtime) -> None:
    assert client.get("/ready").status_code == 200
    file = runtime.settings.data_dir / "mp4totext.db"
    away = file.rename(file.with_suffix(".away"))
    assert client.get("/ready").status_code == 503
    shutil.copyfile(away, file)
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["database"]["ok"]) == (503, False)
    file.unlink()
    away.rename(file)
    assert client.get("/ready").status_code == 200
