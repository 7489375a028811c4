"""Action items: what is to be done, by whom, by when."""

from pydantic import Field

from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.action_items import ACTION_LANGUAGES, action_items
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.kinds.base import (
    Answer,
    LocalOptions,
    LocalText,
    SegmentIds,
    Strategy,
    TextKind,
)
from mp4totext.writing.quotes import quote
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex


class ActionEntry(Answer):
    task: str = Field(description="what is to be done, beginning with a verb")
    owner: str | None = Field(description="who does it, as named in the recording; null if unsaid")
    due: str | None = Field(description="by when, as said; null if unsaid")
    quote: str = Field(description="the words that commit to it, verbatim")
    segment_ids: SegmentIds


class ActionItemsAnswer(Answer):
    action_items: list[ActionEntry]


class ActionItemsOptions(LocalOptions):
    def task(self) -> str:
        return (
            "List what people in the recording undertook, agreed or were asked to do after it."
            " Take only real commitments and requests; leave out wishes, hypothetical talk, things"
            " already done, and what is merely reported about others. When a task is changed or"
            " dropped later in the recording, give what stands at the end. Owner and date only as"
            " said; never guess. An empty list is a good answer when nothing was agreed."
        )

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        labels = {speaker.id: speaker.label for speaker in transcript.speakers}
        items = action_items(sentences(TextIndex(transcript)), speakers=labels)
        entries = [
            ActionEntry(
                task=item.text,
                owner=item.owner,
                due=item.due,
                quote=item.text,
                segment_ids=list(item.segment_ids),
            )
            for item in items
        ]
        return LocalText(
            text="\n".join(_line(entry) for entry in entries),
            cited=tuple(quote(item) for item in items),
            answer=ActionItemsAnswer(action_items=entries),
        )


def _line(entry: ActionEntry) -> str:
    details = ", ".join(filter(None, (entry.owner, entry.due)))
    ids = ", ".join(entry.segment_ids)
    return f"- [ ] {entry.task}{f' ({details})' if details else ''} [{ids}]"


ACTION_ITEMS = TextKind(
    name="action_items",
    title="Action items",
    version=1,
    strategy=Strategy.MERGE,
    options=ActionItemsOptions,
    answer=ActionItemsAnswer,
    local_languages=ACTION_LANGUAGES,
    min_words=5,
)
