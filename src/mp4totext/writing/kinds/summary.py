"""Summaries: short, as bullets, or executive."""

from pydantic import Field

from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.extractive.summary import summary
from mp4totext.writing.kinds.base import LocalOptions, LocalText, Strategy, TextKind
from mp4totext.writing.results import Quote, SummarySection, SummaryStyle
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

_STYLES: dict[SummaryStyle, str] = {
    "short": (
        "Summarise the recording in one paragraph of three to five sentences: what it is about,"
        " what was found or decided, what follows."
    ),
    "bullets": (
        "Summarise the recording as a list of bullets, one point each, in the order they come up."
        " Aim for about one bullet for every three minutes, not fewer than four nor more than"
        " twenty. Each bullet stands on its own: who, what, how much, when."
    ),
    "executive": (
        "Summarise the recording for somebody who was not there and has to decide. Write, each"
        " under a level-two heading in the output language: the situation in two or three"
        " sentences; the key points as bullets; decisions made and who made them; open questions"
        " and risks; next steps with owner and date. Leave out a heading that would be empty."
    ),
}


class SummaryOptions(LocalOptions):
    style: SummaryStyle = "short"
    focus: str | None = Field(default=None, max_length=500, description="what to dwell on")

    def task(self) -> str:
        focus = f"\nDwell on this, where the recording speaks of it: {self.focus}"
        return _STYLES[self.style] + (focus if self.focus else "")

    def merge_task(self) -> str:
        return f"{super().merge_task()} The one result has this form. {self.task()}"

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        labels = {speaker.id: speaker.label for speaker in transcript.speakers}
        result = summary(sentences(TextIndex(transcript)), style=self.style, speakers=labels)
        blocks = [_block(section) for section in result.sections]
        return LocalText(text="\n\n".join(blocks), cited=result.quotes)


def _block(section: SummarySection) -> str:
    if section.name == "overview":
        return " ".join(_cited(quote) for quote in section.quotes)
    mark = "- [ ]" if section.name == "actions" else "-"
    return "\n".join(f"{mark} {_cited(quote)}" for quote in section.quotes)


def _cited(quote: Quote) -> str:
    return f"{quote.text} [{', '.join(quote.segment_ids)}]"


SUMMARY = TextKind(
    name="summary",
    title="Summary",
    version=1,
    strategy=Strategy.MERGE,
    options=SummaryOptions,
    local_languages=frozenset({ALL_LANGUAGES}),
)
