"""Agno's tools, which find the service by OPENAI_BASE_URL: python agno_program.py URL KEY FILE"""

import json
import sys

from agno.tools.openai import OpenAITools

_url, key, file = sys.argv[1:]
print(json.dumps({"text": OpenAITools(api_key=key).transcribe_audio(file)}))
