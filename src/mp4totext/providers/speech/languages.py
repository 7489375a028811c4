"""The languages of Whisper models: codes, and the English names that its APIs return."""

from collections.abc import Mapping

WHISPER_LANGUAGES: Mapping[str, str] = {
    "af": "afrikaans", "am": "amharic", "ar": "arabic", "as": "assamese", "az": "azerbaijani",
    "ba": "bashkir", "be": "belarusian", "bg": "bulgarian", "bn": "bengali", "bo": "tibetan",
    "br": "breton", "bs": "bosnian", "ca": "catalan", "cs": "czech", "cy": "welsh",
    "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fo": "faroese",
    "fr": "french", "gl": "galician", "gu": "gujarati", "ha": "hausa", "haw": "hawaiian",
    "he": "hebrew", "hi": "hindi", "hr": "croatian", "ht": "haitian creole", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "is": "icelandic", "it": "italian", "ja": "japanese",
    "jw": "javanese", "ka": "georgian", "kk": "kazakh", "km": "khmer", "kn": "kannada",
    "ko": "korean", "la": "latin", "lb": "luxembourgish", "ln": "lingala", "lo": "lao",
    "lt": "lithuanian", "lv": "latvian", "mg": "malagasy", "mi": "maori", "mk": "macedonian",
    "ml": "malayalam", "mn": "mongolian", "mr": "marathi", "ms": "malay", "mt": "maltese",
    "my": "myanmar", "ne": "nepali", "nl": "dutch", "nn": "nynorsk", "no": "norwegian",
    "oc": "occitan", "pa": "punjabi", "pl": "polish", "ps": "pashto", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sa": "sanskrit", "sd": "sindhi", "si": "sinhala",
    "sk": "slovak", "sl": "slovenian", "sn": "shona", "so": "somali", "sq": "albanian",
    "sr": "serbian", "su": "sundanese", "sv": "swedish", "sw": "swahili", "ta": "tamil",
    "te": "telugu", "tg": "tajik", "th": "thai", "tk": "turkmen", "tl": "tagalog",
    "tr": "turkish", "tt": "tatar", "uk": "ukrainian", "ur": "urdu", "uz": "uzbek",
    "vi": "vietnamese", "yi": "yiddish", "yo": "yoruba", "yue": "cantonese", "zh": "chinese",
}  # fmt: skip

# BCP 47 tags, deprecated ones too, whose code in Whisper differs.
_TO_WHISPER = {"jv": "jw", "nb": "no", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id", "ji": "yi"}
_FROM_WHISPER = {"jw": "jv"}
_BY_NAME = {name: code for code, name in WHISPER_LANGUAGES.items()} | {
    "burmese": "my",
    "castilian": "es",
    "flemish": "nl",
    "haitian": "ht",
    "letzeburgesch": "lb",
    "mandarin": "zh",
    "moldavian": "ro",
    "panjabi": "pa",
    "pushto": "ps",
    "sinhalese": "si",
    "valencian": "ca",
}

WHISPER_SUBTAGS = frozenset(_FROM_WHISPER.get(code, code) for code in WHISPER_LANGUAGES) | {
    "nb",
    "fil",
}
"""The languages as BCP 47 primary subtags, for capabilities."""


def to_whisper(language: str) -> str:
    """Whisper's code for a BCP 47 tag: "pt-BR" is "pt"."""
    primary = language.partition("-")[0].lower()
    return _TO_WHISPER.get(primary, primary)


def from_whisper(language: object) -> str | None:
    """BCP 47 for a code or an English name, in any case; None for anything else."""
    if not isinstance(language, str) or not language.strip():
        return None
    folded = language.strip().lower()
    code = _BY_NAME.get(folded, folded.replace("_", "-").partition("-")[0])
    if code not in WHISPER_LANGUAGES:
        return code if code.isalpha() and len(code) in (2, 3) else None
    return _FROM_WHISPER.get(code, code)
