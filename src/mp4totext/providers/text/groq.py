"""Groq's chat API, through its own SDK."""

import groq

from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.text.capabilities import GROQ
from mp4totext.providers.text.chat import ChatText, ChatVendor
from mp4totext.settings import Settings

_VENDOR = ChatVendor(
    name="groq",
    title="Groq",
    key="GROQ_API_KEY",
    usage_in_stream=False,  # its last piece always carries it
)


def build(settings: Settings) -> ChatText:
    engines = settings.engines
    if engines.groq_api_key is None:
        raise ProviderMisconfigured(f"groq: set {_VENDOR.key}", provider=_VENDOR.name)
    client = groq.Groq(
        api_key=engines.groq_api_key.get_secret_value(),
        base_url=engines.groq_base_url,
        timeout=groq.Timeout(engines.vendor_timeout_s, connect=engines.vendor_connect_timeout_s),
        max_retries=0,  # retries are the job's
    )
    return ChatText(client, sdk=groq, vendor=_VENDOR, capabilities=GROQ)
