"""A server of one's own that follows OpenAI's chat API: Ollama, vLLM, llama.cpp."""

import openai

from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.text.capabilities import OPENAI_COMPATIBLE
from mp4totext.providers.text.chat import ChatText, ChatVendor
from mp4totext.providers.text.models import served_facts
from mp4totext.settings import Settings

_VENDOR = ChatVendor(
    name="openai-compatible",
    title="The OpenAI-compatible server",
    key="OPENAI_COMPATIBLE_API_KEY",
    output_limit="max_tokens",
)


def build(settings: Settings) -> ChatText:
    engines = settings.engines
    if engines.openai_compatible_base_url is None:
        raise ProviderMisconfigured(
            "openai-compatible: set OPENAI_COMPATIBLE_BASE_URL", provider=_VENDOR.name
        )
    key = engines.openai_compatible_api_key
    client = openai.OpenAI(
        api_key=key.get_secret_value() if key else "none",  # the SDK wants one
        base_url=engines.openai_compatible_base_url,
        timeout=openai.Timeout(engines.vendor_timeout_s, connect=engines.vendor_connect_timeout_s),
        max_retries=0,  # retries are the job's
    )
    return ChatText(
        client,
        sdk=openai,
        vendor=_VENDOR,
        capabilities=OPENAI_COMPATIBLE,
        unknown=served_facts(settings),
    )
