"""What each priced language model takes and gives, as its vendor publishes it.

A model that an admin prices and that is not here has the limits of ``UNKNOWN``.
"""

from collections.abc import Mapping

from mp4totext.providers.text.base import TextModelFacts

GEMINI: Mapping[str, TextModelFacts] = {
    "gemini-2.5-flash": TextModelFacts(
        context_tokens=1_048_576, output_tokens=65_536, reasoning_tokens=2_048
    ),
    "gemini-2.5-pro": TextModelFacts(
        context_tokens=1_048_576, output_tokens=65_536, reasoning_tokens=4_096
    ),
    "gemini-2.5-flash-lite": TextModelFacts(context_tokens=1_048_576, output_tokens=65_536),
}

OPENAI: Mapping[str, TextModelFacts] = {
    "gpt-4o-mini": TextModelFacts(context_tokens=128_000, output_tokens=16_384),
    "gpt-4o": TextModelFacts(context_tokens=128_000, output_tokens=16_384),
    "gpt-4.1": TextModelFacts(context_tokens=1_047_576, output_tokens=32_768),
    "gpt-5": TextModelFacts(
        context_tokens=400_000, output_tokens=128_000, reasoning_tokens=8_192, temperature=False
    ),
    "gpt-5-mini": TextModelFacts(
        context_tokens=400_000, output_tokens=128_000, reasoning_tokens=8_192, temperature=False
    ),
}

GROQ: Mapping[str, TextModelFacts] = {
    "llama-3.3-70b-versatile": TextModelFacts(
        context_tokens=131_072, output_tokens=32_768, strict_schema=False
    ),
    "llama-3.1-8b-instant": TextModelFacts(
        context_tokens=131_072, output_tokens=32_768, strict_schema=False
    ),
    "openai/gpt-oss-120b": TextModelFacts(
        context_tokens=131_072, output_tokens=65_536, reasoning_tokens=4_096
    ),
}

# Together publishes a context and no limit of one answer: a quarter is taken at most.
TOGETHER: Mapping[str, TextModelFacts] = {
    "openai/gpt-oss-120b": TextModelFacts(
        context_tokens=128_000, output_tokens=32_000, reasoning_tokens=4_096
    ),
    "meta-llama/Llama-3.3-70B-Instruct-Turbo": TextModelFacts(
        context_tokens=131_072, output_tokens=16_384
    ),
    "deepseek-ai/DeepSeek-V3.1": TextModelFacts(context_tokens=128_000, output_tokens=32_000),
    "Qwen/Qwen3-235B-A22B-Instruct-2507": TextModelFacts(
        context_tokens=262_144, output_tokens=32_000
    ),
}
