"""LangChain's parser of audio: python langchain_program.py URL KEY FILE"""

import json
import sys

from langchain_community.document_loaders.parsers.audio import OpenAIWhisperParser
from langchain_core.documents.base import Blob

url, key, file = sys.argv[1:]
parser = OpenAIWhisperParser(
    api_key=key, base_url=f"{url}/v1", language="en", prompt="A talk.", temperature=0
)
documents = parser.parse(Blob.from_path(file))
print(json.dumps({"text": " ".join(document.page_content for document in documents)}))
