"""The transcript made readable: without fillers, with punctuation and grammar corrected."""

from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.clean import clean
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.kinds.base import LocalOptions, LocalText, Strategy, TextKind


class CleanOptions(LocalOptions):
    def task(self) -> str:
        return (
            "Clean each line of the recording for reading. Take out fillers, stutters and false"
            " starts; correct punctuation, capitals, spelling and plain grammar slips. Keep"
            " everything else: every statement, example, aside, number and name, in the speaker's"
            " own words, order, person and tense. Do not shorten, summarise, explain, censor or"
            " embellish; do not join or move lines.\n"
            "Answer with one line for each line you get and in the same order, each beginning with"
            " its id alone in brackets, as in: [s12] The cleaned words. A line that holds nothing"
            " but fillers is answered with its id and a dash: [s12] -"
        )

    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> LocalText:
        cleaned = clean(transcript)
        blocks = []
        for paragraph in cleaned.paragraphs:
            label = transcript.speaker_label(paragraph.speaker)
            blocks.append(f"**{label}:** {paragraph.text}" if label else paragraph.text)
        return LocalText(text="\n\n".join(blocks), cited=cleaned.paragraphs)


CLEAN = TextKind(
    name="clean",
    title="Clean transcript",
    version=1,
    strategy=Strategy.LINES,
    options=CleanOptions,
    local_languages=frozenset({ALL_LANGUAGES}),
    min_words=1,
)
