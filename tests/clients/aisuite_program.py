"""aisuite: python aisuite_program.py URL KEY FILE"""

import json
import sys

import aisuite

url, key, file = sys.argv[1:]
client = aisuite.Client({"openai": {"api_key": key, "base_url": f"{url}/v1"}})
answer = client.audio.transcriptions.create(
    model="openai:whisper-1", file=file, response_format="verbose_json"
)
segments = [segment.text for segment in answer.segments]
print(json.dumps({"text": answer.text, "segments": segments, "language": answer.language}))
