"""Esperanto, by which Open Notebook transcribes: python esperanto_program.py URL KEY FILE"""

import json
import sys

from esperanto import AIFactory

url, key, file = sys.argv[1:]
config = {"base_url": f"{url}/v1", "api_key": key}
model = AIFactory.create_speech_to_text("openai-compatible", "whisper-1", config=config)
print(json.dumps({"text": model.transcribe(file).text, "models": [m.id for m in model.models]}))
