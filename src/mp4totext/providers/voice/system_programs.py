"""The speech programs, and the languages of eSpeak NG. Imports nothing heavy."""

import shutil

from mp4totext.kit.packages import program_command
from mp4totext.providers.voice.base import Voice
from mp4totext.settings import Settings

PROGRAMS = ("espeak-ng", "espeak", "flite", "say")  # in order of preference
_LANGUAGES = (
    "en af am an ar as az ba be bg bn bpy bs ca chr cs cv cy da de el eo es et eu fa fi fr ga gd "
    "gn grc gu hak haw he hi hr ht hu hy ia id io is it ja jbo ka kk kl kn ko kok ku ky la lb lfn "
    "lt lv mi mk ml mr ms mt my nb nci ne nl nog om or pa pap piqd pl pt qu quc ro ru sd shn si sk "
    "sl smj sq sr sv sw ta te th tk tn tr tt ug uk ur uz vi yue zh"
)
# eSpeak NG has one voice for each language, without a name.
VOICES = {
    code: Voice(label=f"System voice, {code}", languages=frozenset({code}))
    for code in _LANGUAGES.split()
}


def program_path() -> str | None:
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def system_missing(_settings: Settings, _model: str | None) -> str | None:
    if program_path() is not None:
        return None
    command = program_command(PROGRAMS[0]) or f"install one of {', '.join(PROGRAMS)}"
    return f"no program that speaks was found: {command}"
