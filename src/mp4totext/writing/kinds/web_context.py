"""Web context: queries from the recording, then a synthesis of the pages they found.

`generate.web_research` makes the searches in between.
"""

from pydantic import Field

from mp4totext.writing.kinds.base import Answer, Options, SegmentIds, Strategy, TextKind


class WebQuery(Answer):
    query: str = Field(description="what to type into a search engine")
    reason: str = Field(description="what it would add to the recording, in a few words")
    segment_ids: SegmentIds


class WebQueriesAnswer(Answer):
    queries: list[WebQuery]


class WebContextOptions(Options):
    searches: int = Field(default=3, ge=1, le=10)
    focus: str | None = Field(default=None, max_length=500)

    def task(self) -> str:
        focus = f" The user wants to know about: {self.focus}" if self.focus else ""
        return (
            f"Write up to {self.searches} web searches whose results would help a reader of the"
            " recording: facts to check, people, works or events that are named and not explained,"
            " what has happened since. Each query is short, specific and complete on its own, in"
            " the language in which the best sources are likely to be. Put no private person's"
            " name, contact or health into a query; public figures are fine. No queries is a good"
            f" answer for a private talk.{focus}"
        )

    def merge_task(self) -> str:
        return (
            "You get web searches proposed for consecutive parts of one recording, in order."
            f" Choose the {self.searches} most useful, no two for the same thing, and leave them"
            " as they are."
        )

    def synthesis_task(self) -> str:
        focus = f" Dwell on: {self.focus}" if self.focus else ""
        return (
            "Write what the sources add to the recording, in Markdown: confirm, correct or complete"
            " what was said, and explain what was only named. Cite every statement from a source"
            " by its number, as in [1] or [2][3], and what was said in the recording by its"
            " segment id, as in [s12]. Where sources disagree with the recording or one another,"
            " say so and give the dates. Use nothing but the recording and the sources; say what"
            f" they leave open. Do not list the sources: the reader sees them.{focus}"
        )


WEB_CONTEXT = TextKind(
    name="web_context",
    needs_search=True,
    title="Web context",
    version=1,
    strategy=Strategy.MERGE,
    options=WebContextOptions,
    answer=WebQueriesAnswer,
)
