"""Downloads a transcript as captions and as a document.

    python examples/export_files.py trn_... [folder]

``GET /api/v1/export-formats`` lists every format and the options that it takes.
"""

import os
import sys
from pathlib import Path

import httpx

transcription_id = sys.argv[1]
folder = Path(sys.argv[2] if len(sys.argv) > 2 else ".")
api = httpx.Client(
    base_url=os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002") + "/api/v1",
    headers={"X-API-Key": os.environ["MP4TOTEXT_KEY"]},
    timeout=60,
)

# Options go into the query. An option that a format does not take is refused, not ignored.
files: dict[str, dict[str, str | int | bool]] = {
    "captions.srt": {"format": "srt", "preset": "social", "max_lines": 1},
    "captions.vtt": {"format": "vtt", "speaker_mark": "name"},
    "transcript.docx": {"format": "docx", "timestamps": False},
    "words.json": {"format": "json"},
}
for name, options in files.items():
    answer = api.get(f"/transcriptions/{transcription_id}/export", params=options)
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    (folder / name).write_bytes(answer.content)
    print(folder / name)
