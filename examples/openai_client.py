"""A program written for OpenAI's API: only the base URL and the key differ.

python examples/openai_client.py talk.mp4
"""

import os
import sys
from pathlib import Path

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002") + "/v1",
    api_key=os.environ["MP4TOTEXT_KEY"],
)
print("Engines:", ", ".join(model.id for model in client.models.list()), file=sys.stderr)

# The request waits for the text; for long recordings see upload_and_follow.py.
result = client.audio.transcriptions.create(
    model="auto",
    file=Path(sys.argv[1]),
    language="en",
    response_format="verbose_json",
    timestamp_granularities=["word"],
)
for word in result.words or []:
    print(f"{word.start:8.2f}  {word.word}")
