"""LiteLLM: python litellm_program.py URL KEY FILE"""

import json
import sys

import litellm
import openai

url, key, file = sys.argv[1:]
options = {"api_base": f"{url}/v1", "api_key": key, "max_retries": 0}
with open(file, "rb") as audio:  # noqa: PTH123  as its documentation shows
    answer = litellm.transcription(
        model="openai/whisper-1",
        file=audio,
        response_format="verbose_json",
        timestamp_granularities=["word"],
        **options,
    )
try:
    with open(file, "rb") as audio:  # noqa: PTH123
        litellm.transcription(model="openai/gpt-9", file=audio, **options)
except openai.NotFoundError as error:  # which LiteLLM's own is one of
    refused = error.code
print(json.dumps({"text": answer.text, "words": len(answer["words"]), "refused": refused}))
