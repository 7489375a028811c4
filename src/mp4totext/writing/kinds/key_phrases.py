"""Key phrases: the terms a recording is about, each with its places."""

from pydantic import Field

from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.features import LOCAL_FEATURES
from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.kinds.base import (
    Answer,
    LocalOptions,
    LocalText,
    SegmentIds,
    Strategy,
    TextKind,
)
from mp4totext.writing.results import Quote
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

MENTIONS_MAX = 8  # listed for each phrase


class KeyPhrase(Answer):
    phrase: str = Field(description="the term or name as it is said, one to five words")
    said: str | None = Field(description="what the recording says about it, in one short sentence")
    segment_ids: SegmentIds = Field(description="the lines where it matters, at most eight")


class KeyPhrasesAnswer(Answer):
    key_phrases: list[KeyPhrase]


class KeyPhrasesOptions(LocalOptions):
    most: int = Field(default=15, ge=1, le=50, description="at most this many")

    def task(self) -> str:
        return (
            f"List the terms, names and phrases this recording is about, at most {self.most}, the"
            " most telling first: what somebody would search for to find it again. Take them as"
            " they are said, each once, in its fullest form; leave out words that any recording"
            " could hold. For each, one short sentence on what the recording says about it."
        )

    def merge_task(self) -> str:
        return (
            "You get the key phrases of consecutive parts of one recording, in order. Choose the"
            f" {self.most} that tell most about the whole, join those that mean the same, keep"
            " their segment ids, and give the last part as much room as the first."
        )

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        text_index = TextIndex(transcript)
        entries: list[KeyPhrase] = []
        lines: list[str] = []
        quotes: list[Quote] = []
        for phrase in highlights(text_index, sentences(text_index), limit=self.most):
            ids = dict.fromkeys(key for mention in phrase.mentions for key in mention.segment_ids)
            listed = list(ids)[:MENTIONS_MAX]
            entries.append(KeyPhrase(phrase=phrase.text, said=None, segment_ids=listed))
            lines.append(f"- **{phrase.text}** ({phrase.count}) [{', '.join(listed)}]")
            first = phrase.mentions[0]
            quotes.append(
                Quote(
                    segment_ids=first.segment_ids,
                    start_ms=first.start_ms,
                    end_ms=first.end_ms,
                    text=phrase.text,
                    speaker=None,
                )
            )
        return LocalText(
            text="\n".join(lines),
            cited=tuple(quotes),
            answer=KeyPhrasesAnswer(key_phrases=entries),
        )


KEY_PHRASES = TextKind(
    name="key_phrases",
    title="Key phrases",
    version=1,
    strategy=Strategy.MERGE,
    options=KeyPhrasesOptions,
    answer=KeyPhrasesAnswer,
    local_languages=LOCAL_FEATURES["auto_highlights"],
)
