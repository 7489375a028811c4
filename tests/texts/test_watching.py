"""Those who watch read a text while it is written, over WebSocket and server-sent events."""

import json
import threading
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from tests.conformance.text_apis import ModelReply
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


def test_the_same_text_comes_by_websocket_and_by_server_sent_events(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["gemini"]
    with vendor_server(vendor, lambda _asked: ModelReply(BODY)) as (server, api):
        api.between_s = 0.05  # two seconds in all
        service = serve(vendor.settings(settings, server))
        with TestClient(app_for(service.runtime)) as client:
            headers = service.user.headers
            accepted = service.ask(
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
                heard: list[dict[str, Any]] = []
                states: list[JobState] = []
                while not heard or heard[-1]["type"] != "job_complete":
                    heard.append(socket.receive_json())
                    if heard[-1]["type"] == "text_delta":
                        states.append(JobState(service.job(accepted).state))
                working.join(timeout=10)
                watching.join(timeout=10)
    deltas = [one for one in heard if one["type"] == "text_delta"]
    assert len(deltas) >= 3
    assert states[0] == JobState.RUNNING  # before it was done
    assert {one["text_id"] for one in deltas} == {accepted["id"]}
    assert joined(deltas) == BODY == service.text(accepted)["body"]
    sent = [json.loads(line[6:]) for line in events[0].splitlines() if line.startswith("data: ")]
    by_events = [one for one in sent if one["type"] == "text_delta"]
    assert by_events
    assert [one["seq"] for one in by_events] == [one["seq"] for one in deltas][-len(by_events) :]
