"""Together AI, through OpenAI's SDK at its address, as its compatibility page describes.

Its own SDK gives nothing more here, and pins libraries this project uses in newer versions.
"""

import openai

from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.text.capabilities import TOGETHER
from mp4totext.providers.text.chat import ChatText, ChatVendor
from mp4totext.settings import Settings

_VENDOR = ChatVendor(
    name="together",
    title="Together AI",
    key="TOGETHER_API_KEY",
    output_limit="max_tokens",
)


def build(settings: Settings) -> ChatText:
    engines = settings.engines
    if engines.together_api_key is None:
        raise ProviderMisconfigured(f"together: set {_VENDOR.key}", provider=_VENDOR.name)
    client = openai.OpenAI(
        api_key=engines.together_api_key.get_secret_value(),
        base_url=engines.together_base_url,
        timeout=openai.Timeout(engines.vendor_timeout_s, connect=engines.vendor_connect_timeout_s),
        max_retries=0,  # retries are the job's
    )
    return ChatText(client, sdk=openai, vendor=_VENDOR, capabilities=TOGETHER)
