"""Why a job failed: in English, and as a sentence with its values for other languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from mp4totext.jobs.models import Job
from mp4totext.kit.error_codes import FAILURES
from mp4totext.messages import sentence_of, wanted_language

StoredSentence = dict[str, Any]
"""``names`` of sentences, the most precise first, and ``values`` for the first one's placeholders:
null where the message says more than that sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """``message`` is English, for logs and for users of languages without a translation."""

    code: str
    message: str
    names: tuple[str, ...]  # keys of FAILURES or error codes
    values: Mapping[str, object] | None  # None: the message says more than the sentence

    @classmethod
    def of(cls, code: str, *, sentence: str | None = None, **values: object) -> Self:
        """``sentence``: a key of FAILURES, where it is not the code."""
        name = sentence or code
        message = FAILURES[name].format(**values)
        return cls(code=code, message=message, names=(name,), values=values)

    @classmethod
    def saying(cls, code: str, message: str) -> Self:
        """For a message with more information than the sentence of its code."""
        return cls(code=code, message=message, names=(code,), values=None)

    def stored(self) -> StoredSentence:
        if self.values is None:
            return {"names": list(self.names), "values": None}
        plain = {
            key: value if isinstance(value, (str, int, float)) else str(value)
            for key, value in self.values.items()
        }
        return {"names": list(self.names), "values": plain}


def message_of(job: Job) -> str | None:
    """Why the job failed, in the language of the current request."""
    if job.error_message is None:
        return None
    return in_words(job.error_code or "", job.error_message, job.error_sentence)


def in_words(code: str, message: str, sentence: StoredSentence | None) -> str:
    """The failure in the language of the current request.

    If the English message has more information than the translated sentence, the result is that
    sentence followed by the message. Jobs of earlier releases have no ``sentence``; their code
    names one.
    """
    messages = wanted_language()
    if messages is None:
        return message
    names, values = (sentence["names"], sentence["values"]) if sentence else ([code], None)
    if values is not None:
        return sentence_of(messages, names[0], values) or message
    for name in names:
        if (translated := sentence_of(messages, name, {})) is not None:
            return f"{translated} {message}"
    return message
