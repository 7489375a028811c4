"""Replaces a word everywhere in a transcript and gives its first speaker a name.

    python examples/edit_transcript.py trn_... "old words" "new words" [name]

The recognised text is kept beside every correction. Two people can edit at the same time: an edit
of a segment that has changed since it was read is refused with 409, so read it and try again.
"""

import os
import sys
from typing import Any

import httpx

transcription_id, old, new, *name = sys.argv[1:]
api = httpx.Client(
    base_url=os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002") + "/api/v1",
    headers={"X-API-Key": os.environ["MP4TOTEXT_KEY"]},
    timeout=60,
)
path = f"/transcriptions/{transcription_id}"


def changed(part: str, body: dict[str, Any]) -> bool:
    """Send an edit; False if somebody else has changed the same part."""
    answer = api.patch(f"{path}/{part}", json=body)
    if answer.status_code == 409 and answer.json()["code"] == "edit_conflict":
        return False
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    return True


def read() -> dict[str, Any]:
    answer = api.get(path)
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    transcription: dict[str, Any] = answer.json()
    return transcription


while True:
    transcription = read()
    edits = [
        {"id": segment["id"], "text": segment["text"].replace(old, new)}
        for segment in transcription["segments"]
        if old in segment["text"]
    ]
    if not edits:
        print(f"{old!r} is not in the text.")
        break
    if changed("segments", {"revision": transcription["revision"], "edits": edits}):
        print(f"{len(edits)} segments changed.")
        break

while name and (transcription := read())["speakers"]:
    speaker = transcription["speakers"][0]
    action = {"action": "rename", "speaker": speaker["id"], "name": name[0]}
    if changed("speakers", {"revision": transcription["revision"], "actions": [action]}):
        print(f"{speaker['label']} is {name[0]} now.")
        break
