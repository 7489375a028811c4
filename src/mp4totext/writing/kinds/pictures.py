"""Prompts of pictures for a recording. This kind is not listed, as its text is not stored."""

from pydantic import Field

from mp4totext.writing.kinds.base import Answer, Options, Strategy, TextKind


class PicturesAnswer(Answer):
    pictures: list[str] = Field(description="what is seen, in English, one or two sentences each")


class PicturesOptions(Options):
    count: int = Field(ge=1, le=4)

    def task(self) -> str:
        return (
            f"Describe {self.count} different pictures for this recording, each in one or two"
            " sentences in English and at most 400 characters: what is seen (people, things, a"
            " place, light), so that somebody who sees it thinks of what is spoken of. No text or"
            " letters in the picture, no camera settings. People are described by how they look,"
            " never by the name of a real person."
        )

    def merge_task(self) -> str:
        return (
            "You get pictures that were described for consecutive parts of one recording, in"
            f" order. Choose the {self.count} that together tell most about the whole; change"
            " nothing in them."
        )


PICTURES = TextKind(
    name="pictures",
    title="Pictures",
    version=1,
    strategy=Strategy.MERGE,
    options=PicturesOptions,
    answer=PicturesAnswer,
    min_words=1,
)
