"""OpenAI's names of voices and of their models, and what they mean here."""

# Names that programs written for OpenAI send; here they mean the first voice that is ready.
OPENAI_VOICE_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
# OpenAI's voices, as a voice of this machine that is most like each; others are passed on.
LIKE = {
    "alloy": "af_heart", "ash": "am_michael", "ballad": "bm_george", "coral": "af_heart",
    "echo": "am_michael", "fable": "bm_george", "nova": "af_heart", "onyx": "am_michael",
    "sage": "bf_emma", "shimmer": "bf_emma", "verse": "am_michael", "marin": "af_heart",
    "cedar": "am_michael",
}  # fmt: skip
