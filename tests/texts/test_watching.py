"""Clients read a text while it is written, over WebSocket and server-sent events."""

import json
import threading
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from tests.conformance.text_apis import ModelAnswer
from tests.conftest import app_for
from tests.support.text_vendors import BY_NAME, vendor_server
from tests.texts.conftest import Service

Serve = Callable[[Settings], Service]
BODY = " ".join(f"Sentence {n} of the text." for n in range(200))


def joined(deltas: list[dict[str, Any]]) -> str:
    text = ""
    for delta in deltas:
        assert delta["at"] in (0, len(text))
        text = text[: delta["at"]] + delta["text"]
    return text


def test_websocket_and_sse_stream_the_same_text(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["gemini"]
    with vendor_server(vendor, lambda _request: ModelAnswer(BODY)) as (server, api):
        api.between_s = 0.05  # two seconds in all
        service = serve(vendor.settings(settings, server))
        with TestClient(app_for(service.runtime)) as client:
            headers = service.user.headers
            accepted = service.request(
                service.record(), "summary", provider=vendor.name, model=vendor.model
            )
            ticket = client.post("/api/v1/ws/ticket", headers=headers).json()["ticket"]
            events: list[str] = []

            def watch() -> None:
                path = f"/api/v1/jobs/{accepted['task_id']}/events"
                events.append(client.get(path, headers=headers).text)

            with client.websocket_connect(f"/api/v1/ws?ticket={ticket}") as socket:
                watching = threading.Thread(target=watch)
                working = threading.Thread(target=runner.work_once, args=(service.worker(),))
                watching.start()
                working.start()
                messages: list[dict[str, Any]] = []
                states: list[JobState] = []
                shown: list[str] = []
                while not messages or messages[-1]["type"] != "job_complete":
                    messages.append(socket.receive_json())
                    if messages[-1]["type"] == "text_delta":
                        states.append(JobState(service.job(accepted).state))
                        shown.append(service.text(accepted, html=True)["html"])
                working.join(timeout=60)
                watching.join(timeout=60)
    deltas = [event for event in messages if event["type"] == "text_delta"]
    assert len(deltas) >= 3
    assert states[0] == JobState.RUNNING  # before it was done
    assert {event["text_id"] for event in deltas} == {accepted["id"]}
    assert joined(deltas) == BODY == service.text(accepted)["body"]
    assert shown[0].startswith("<p>Sentence 0")
    assert f"<p>{BODY}</p>".startswith(shown[0].removesuffix("</p>").rstrip())
    assert service.text(accepted, html=True)["html"] == f"<p>{BODY}</p>"
    sent = [json.loads(line[6:]) for line in events[0].splitlines() if line.startswith("data: ")]
    streamed = [event for event in sent if event["type"] == "text_delta"]
    assert streamed
    assert [event["seq"] for event in streamed] == [event["seq"] for event in deltas][
        -len(streamed) :
    ]
