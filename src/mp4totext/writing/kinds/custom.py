"""A text by the user's own prompt."""

from pydantic import Field

from mp4totext.writing.kinds.base import Options, Strategy, TextKind


class CustomOptions(Options):
    prompt: str = Field(min_length=3, max_length=20_000)

    def task(self) -> str:
        return (
            "Do what the user asks below, with the recording as your material. Where it asks for"
            " something the recording does not hold, say that it is not there.\n"
            f"The user asks: {self.prompt}"
        )

    def merge_task(self) -> str:
        return f"{super().merge_task()} The user asked: {self.prompt}"


CUSTOM = TextKind(
    name="custom",
    price_key="text.custom",
    title="Own prompt",
    version=1,
    strategy=Strategy.MERGE,
    options=CustomOptions,
    min_words=1,
)
