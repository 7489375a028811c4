"""The vendors' voices by their ids. The first is the default."""

from collections.abc import Iterable, Mapping
from typing import Literal

from mp4totext.providers.voice.base import Voice

# Languages that the vendors list for their speech models.
_MANY_CODES = (
    "af ar az be bg bs ca cs cy da de el en es et fa fi fr gl he hi hr hu hy id is it ja kk kn ko "
    "lt lv mi mk mr ms ne nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh"
)
_ELEVEN_CODES = (
    "ar bg cs da de el en es fi fil fr hi hr id it ja ko ms nl pl pt ro ru sk sv ta tr uk zh"
)
_MANY = frozenset(_MANY_CODES.split())
_ELEVEN = frozenset(_ELEVEN_CODES.split())
_ASSEMBLY = frozenset({"en", "es", "de", "fr", "it", "pt"})


def _named(names: Iterable[str], languages: frozenset[str]) -> Mapping[str, Voice]:
    return {name: Voice(label=name.title(), languages=languages) for name in names}


def _voice(label: str, gender: Literal["female", "male"]) -> Voice:
    return Voice(label=label, languages=_ELEVEN, gender=gender)


_SIX = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
OPENAI = _named((*_SIX, "ash", "ballad", "coral", "sage", "verse", "marin", "cedar"), _MANY)
ASSEMBLYAI = _named(_SIX, _ASSEMBLY)  # its own voices have OpenAI's names
ELEVENLABS = {
    "21m00Tcm4TlvDq8ikWAM": _voice("Rachel", "female"),
    "EXAVITQu4vr4xnSDxMaL": _voice("Sarah", "female"),
    "JBFqnCBsd6RMkjVDRZzb": _voice("George", "male"),
    "nPczCjzI2devNBz1zQrb": _voice("Brian", "male"),
}
GEMINI = _named(
    (
        "Kore", "Zephyr", "Puck", "Charon", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe",
        "Autonoe", "Enceladus", "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib",
        "Rasalgethi", "Laomedeia", "Achernar", "Alnilam", "Schedar", "Gacrux", "Pulcherrima",
        "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager", "Sulafat",
    ),
    _MANY,
)  # fmt: skip
