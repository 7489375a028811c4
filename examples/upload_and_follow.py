"""Uploads a recording, follows its progress and prints who said what.

python examples/upload_and_follow.py talk.mp4
"""

import json
import os
import sys
import uuid
from pathlib import Path

import httpx

recording = Path(sys.argv[1])
api = httpx.Client(
    base_url=os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002") + "/api/v1",
    headers={"X-API-Key": os.environ["MP4TOTEXT_KEY"]},
    timeout=httpx.Timeout(60, read=None),  # a stream of events may be silent for a while
)


def ok(answer: httpx.Response) -> httpx.Response:
    """Exit with the error's ``detail``, which says what happened and what to do."""
    if answer.is_error:
        answer.read()
        sys.exit(answer.json().get("detail", answer.text))
    return answer


# A retry with the same key, after a lost response, is not charged again.
headers = {"Idempotency-Key": str(uuid.uuid4())}
options = {"language": "en", "diarize": "true"}
with recording.open("rb") as file:
    accepted = ok(
        api.post("/transcriptions", files={"file": file}, data=options, headers=headers)
    ).json()
for line in accepted["quote"]:
    print(f"{line['key']}: at most {line['amount']} credits", file=sys.stderr)

# The job runs on its own. To resume a lost stream, send the header Last-Event-ID.
with api.stream("GET", f"/jobs/{accepted['task_id']}/events") as events:
    for line in ok(events).iter_lines():
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            print(event["type"], event.get("stage", ""), file=sys.stderr)
            if event["type"] == "error":
                sys.exit(event["message"])

transcription = ok(api.get(f"/transcriptions/{accepted['id']}")).json()
names = {speaker["id"]: speaker["label"] for speaker in transcription["speakers"]}
for segment in transcription["segments"]:
    time = f"{segment['start_ms'] // 60_000:02}:{segment['start_ms'] // 1_000 % 60:02}"
    print(f"[{time}] {names.get(segment['speaker'], '?')}: {segment['text']}")
print(transcription["id"], file=sys.stderr)
