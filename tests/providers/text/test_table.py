"""Limits of language models: published, configured, or a safe default."""

from mp4totext.providers.model_catalogue import TextModelFacts, shipped
from mp4totext.providers.text.base import UNKNOWN
from mp4totext.providers.text.table import text_facts
from mp4totext.settings import EngineSettings, Settings


def test_a_listed_model_has_its_published_limits() -> None:
    facts = text_facts(shipped().models, "openai", "gpt-6-luna", Settings())
    assert (facts.context_tokens, facts.output_tokens) == (1_050_000, 128_000)


def test_a_model_that_is_not_listed_is_taken_for_a_small_one() -> None:
    assert text_facts(shipped().models, "groq", "brand-new", Settings()) == UNKNOWN


def test_limits_of_ones_own_server_come_from_the_settings() -> None:
    engines = EngineSettings(
        openai_compatible_context_tokens=16_384, openai_compatible_output_tokens=4_096
    )
    facts = text_facts((), "openai-compatible", "llama3.2", Settings(engines=engines))
    assert facts == TextModelFacts(context_tokens=16_384, output_tokens=4_096)
