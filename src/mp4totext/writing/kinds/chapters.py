"""Chapters, each with a headline, a gist and a summary."""

from pydantic import Field

from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.features import LOCAL_FEATURES
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.kinds.base import (
    Answer,
    LocalOptions,
    LocalText,
    SegmentIds,
    Strategy,
    TextKind,
)
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex


class ChapterEntry(Answer):
    headline: str = Field(description="one sentence that says what the chapter says")
    gist: str = Field(description="the topic in two to six words")
    summary: str = Field(description="two to four sentences")
    first_segment_id: str = Field(description="id of the chapter's first line")
    segment_ids: SegmentIds = Field(description="the lines the summary rests on")


class ChaptersAnswer(Answer):
    chapters: list[ChapterEntry]


class ChaptersOptions(LocalOptions):
    most: int | None = Field(default=None, ge=1, le=100, description="at most this many")

    def task(self) -> str:
        limit = f" Give at most {self.most} chapters." if self.most else ""
        return (
            "Divide the recording into chapters where its topic really changes; a chapter usually"
            " lasts two to ten minutes, and a short recording may be a single one. The first"
            " chapter begins with the first line, each other where the one before ends, so that"
            " together they are the whole recording. For each give its first line's id, a headline"
            f" that says what is said (not 'Introduction'), a gist and a summary.{limit}"
        )

    def merge_task(self) -> str:
        limit = f" Give at most {self.most} chapters." if self.most else ""
        return (
            "You get the chapters of consecutive parts of one recording, in order. Give the"
            " chapters of the whole: where a part's first chapter goes on with the topic of the"
            " chapter before, make the two one, with the earlier first line. Change nothing else"
            f" and lose no chapter.{limit}"
        )

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        results = chapters(sentences(TextIndex(transcript)), embed=embed)
        entries = [
            ChapterEntry(
                headline=chapter.headline,
                gist=chapter.gist,
                summary=chapter.summary,
                first_segment_id=chapter.segment_ids[0],
                segment_ids=list(
                    dict.fromkeys(key for quote in chapter.quotes for key in quote.segment_ids)
                ),
            )
            for chapter in results
        ]
        return LocalText(
            text="\n\n".join(markdown_of(entry, entry.summary) for entry in entries),
            cited=tuple(quote for chapter in results for quote in chapter.quotes),
            answer=ChaptersAnswer(chapters=entries),
        )


def markdown_of(chapter: ChapterEntry, summary: str) -> str:
    """A chapter under its headline, with a citation of the segment it begins with."""
    begins = f"[{chapter.first_segment_id}]"
    gist = f"*{chapter.gist}* {begins}" if chapter.gist else begins
    return f"## {chapter.headline}\n\n{gist}\n\n{summary}"


CHAPTERS = TextKind(
    name="chapters",
    title="Chapters",
    version=1,
    strategy=Strategy.MERGE,
    options=ChaptersOptions,
    answer=ChaptersAnswer,
    local_languages=LOCAL_FEATURES["auto_chapters"],
    min_words=50,
)
