"""Texts requested with an upload: jobs of their own, submitted when the transcript is stored."""

import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from mp4totext.credits import ledger
from mp4totext.credits.money import to_uc
from mp4totext.jobs.models import Job, JobState
from mp4totext.settings import Settings
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server
from tests.texts.conftest import CREDITS, Service

Serve = Callable[[Settings], Service]


def speech() -> Path:
    files = importlib.metadata.files("moonshine-voice") or []
    file = next(file for file in files if file.name == "two_cities.wav")
    return Path(str(file.locate()))


def upload(service: Service, texts: list[dict[str, object]]) -> tuple[int, dict[str, object]]:
    answer = service.client.post(
        "/api/v1/transcriptions",
        files={"file": ("talk.wav", speech().read_bytes(), "audio/wav")},
        data={"options": json.dumps({"language": "en", "texts": texts})},
        headers=service.user.headers,
    )
    return answer.status_code, answer.json()


def test_texts_follow_a_transcription_at_their_own_prices(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        balance_uc = to_uc(10)
        with service.runtime.database.write() as session:
            taken_uc = balance_uc - to_uc(CREDITS)
            ledger.grant(
                session, user_id=service.user.id, amount_uc=taken_uc, key="take", reason="admin"
            )
        orders: list[dict[str, object]] = [
            {"kind": "clean", "provider": "local"},
            {"kind": "summary", "provider": "openai", "model": "gpt-6.1-terra"},
            {"kind": "custom", "model": "gpt-6.1-terra", "options": {"prompt": "A poem."}},  # 55.00
            {"kind": "exam_questions", "model": "gpt-6.1-sol"},  # 150.50
        ]
        status, accepted = upload(service, orders)
        assert status == 202, accepted
        service.work()
    with service.runtime.database.read() as session:
        jobs = list(session.scalars(select(Job).order_by(Job.id)))
    first, *texts = jobs
    assert first.state == JobState.SUCCEEDED, first.error_message
    assert [job.state for job in texts] == [JobState.SUCCEEDED] * 2
    assert {job.params["kind"] for job in texts} == {"clean", "summary"}
    poem, exam = first.warnings
    assert poem.startswith("No own prompt: This needs 55.00 credits")
    assert exam.startswith("No exam questions: This needs 150.50 credits")
    assert len(api.requests) == 1
    charged = sum(job.charged_uc or 0 for job in jobs)
    held, spent = service.held_and_spent()
    assert (held, spent) == (0, charged + to_uc(CREDITS) - balance_uc)
    listed = service.client.get(
        f"/api/v1/transcriptions/{accepted['id']}/texts", headers=service.user.headers
    ).json()["items"]
    assert sorted(text["kind"] for text in listed) == ["clean", "summary"]
    recording = service.client.get(
        f"/api/v1/transcriptions/{accepted['id']}", headers=service.user.headers
    ).json()
    assert recording["job_id"] == first.id  # the recording keeps the state of its transcription


def test_impossible_texts_are_refused_with_the_upload(service: Service) -> None:
    refused: tuple[tuple[dict[str, object], str], ...] = (
        ({"kind": "poem"}, "unknown_kind"),
        ({"kind": "summary", "provider": "openai"}, "provider_not_ready"),
        ({"kind": "summary", "provider": "openai", "model": "gpt-1"}, "unknown_model"),
        ({"kind": "translate"}, "invalid_options"),
        ({"kind": "translate", "options": {"target": "Klingon"}}, "invalid_options"),
        ({"kind": "custom", "options": {"prompt": "p" * 30_000}}, "invalid_options"),
        ({"kind": "custom", "options": {"prompt": "p" * 100_000}}, "malformed_form"),
        ({"kind": "lecture_notes", "provider": "gemini"}, "provider_not_ready"),
    )
    for order, code in refused:
        with service.moves():
            status, answer = upload(service, [order])
        assert (status, answer["code"]) == (422, code)
