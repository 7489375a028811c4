"""The vendors of language models."""

from collections.abc import Iterable
from dataclasses import replace

from mp4totext.providers import registry
from mp4totext.providers.model_catalogue import ModelEntry, TextModelFacts
from mp4totext.providers.openai_sdk import GROQ_SDK
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.text.base import TextCapabilities, TextModel
from mp4totext.providers.text.chat_api import ChatQuirks
from mp4totext.settings import Settings

TEXT: Table[TextCapabilities] = {
    "gemini": Entry(
        title="Google Gemini",
        vendor="Gemini",
        factory="mp4totext.providers.text.gemini:GeminiText",
        capabilities=TextCapabilities(),
        modules=("google.genai",),
        install=("mp4totext[gemini]",),
        key="GEMINI_API_KEY",
        base_url="GEMINI_BASE_URL",
    ),
    "openai": Entry(
        title="OpenAI",
        factory="mp4totext.providers.text.responses_api:ResponsesText",
        capabilities=TextCapabilities(),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
    ),
    "groq": Entry(
        title="Groq",
        factory="mp4totext.providers.text.chat_api:ChatText",
        # It refuses a schema in a streamed request.
        capabilities=TextCapabilities(streams_structured=False),
        quirks=ChatQuirks(sdk=GROQ_SDK, ask_for_usage=False),
        modules=("groq",),
        install=("mp4totext[groq]",),
        key="GROQ_API_KEY",
        base_url="GROQ_BASE_URL",
    ),
    # Its own SDK offers nothing more, and pins older versions of libraries used here.
    "together": Entry(
        title="Together AI",
        factory="mp4totext.providers.text.chat_api:ChatText",
        capabilities=TextCapabilities(),
        quirks=ChatQuirks(output_limit="max_tokens"),
        modules=("openai",),
        install=("mp4totext[together]",),
        key="TOGETHER_API_KEY",
        base_url="TOGETHER_BASE_URL",
    ),
    "openai-compatible": Entry(
        title="Your own server: Ollama, vLLM, llama.cpp",
        vendor="The OpenAI-compatible server",
        factory="mp4totext.providers.text.chat_api:ChatText",
        capabilities=TextCapabilities(
            unlisted=TextModelFacts(context_tokens=8_192, output_tokens=2_048),
            unlisted_limits=(
                "OPENAI_COMPATIBLE_CONTEXT_TOKENS",
                "OPENAI_COMPATIBLE_OUTPUT_TOKENS",
            ),
        ),
        quirks=ChatQuirks(output_limit="max_tokens"),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_COMPATIBLE_API_KEY",
        base_url="OPENAI_COMPATIBLE_BASE_URL",
        needs=("OPENAI_COMPATIBLE_BASE_URL",),
    ),
}


def text_capabilities(name: str) -> TextCapabilities:
    return registry.row(TEXT, name).capabilities


def text_facts(
    entries: Iterable[ModelEntry], name: str, model: str, settings: Settings
) -> TextModelFacts:
    """A model's limits: from its row, from the settings of an own server, or small ones."""
    for entry in entries:
        if entry.key == ("text", name, model) and entry.text is not None:
            return entry.text
    can = text_capabilities(name)
    if can.unlisted_limits is None:
        return can.unlisted
    context, output = (registry.setting(settings, limit) for limit in can.unlisted_limits)
    return replace(can.unlisted, context_tokens=context, output_tokens=output)


def text_model(name: str, settings: Settings) -> TextModel:
    """The vendor, created once. Raises ProviderMisconfigured with what is missing."""
    model: TextModel = registry.build(TEXT, name, settings)
    return model
