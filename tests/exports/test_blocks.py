"""Parses Markdown of texts into blocks, and escapes other markup."""

import pytest

from mp4totext.exports.blocks import Block, Style
from mp4totext.exports.markdown_blocks import parsed
from tests.support.processor_time import processor_time


def shown(markdown: str) -> list[tuple[str, int, str, str]]:
    return [(b.style.value, b.level, b.mark, b.text) for b in parsed(markdown, below=1)]


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("", []),
        ("One\ntwo", [("paragraph", 0, "", "One two")]),
        ("### A\n##### B", [("heading", 2, "", "A"), ("heading", 4, "", "B")]),
        ("# A\n" + "###### B", [("heading", 2, "", "A"), ("heading", 6, "", "B")]),
        ("- [ ] a\n- [x] b\n", [("item", 0, "☐", "a"), ("item", 0, "☑", "b")]),
        ("3. a\n4. b", [("item", 0, "3.", "a"), ("item", 0, "4.", "b")]),
        ("- a\n  - b\n", [("item", 0, "•", "a"), ("item", 1, "•", "b")]),
        ("- a\n\n  > c", [("item", 0, "•", "a"), ("quote", 0, "", "c")]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", [("item", 0, "•", "a · b"), ("item", 0, "•", "1 · 2")]),
        ("```\nx = *1*\n```", [("code", 0, "", "x = *1*")]),
        ("<script>x</script>", [("paragraph", 0, "", "<script>x</script>")]),
        ("[a](http://b) ![c](d) &lt;", [("paragraph", 0, "", "a c <")]),
        ("a\u202eb\x00\ud800c", [("paragraph", 0, "", "ab\ufffdc")]),
        ("---", []),
    ],
)
def test_markdown_as_blocks(markdown: str, blocks: list[tuple[str, int, str, str]]) -> None:
    assert shown(markdown) == blocks


def test_emphasis_stays_with_its_words() -> None:
    (block,) = parsed("a **b *c*** d `e`", below=1)
    assert isinstance(block, Block)
    assert block.style is Style.PARAGRAPH
    assert [(run.text, run.bold, run.italic) for run in block.runs] == [
        ("a ", False, False),
        ("b ", True, False),
        ("c", True, True),
        (" d ", False, False),
        ("e", False, False),
    ]


@pytest.mark.parametrize(
    "part", ["[", "*a", "_", "> ", "- ", "`", "![", "|", "<", "&", "[a](", "1. "]
)
def test_no_text_takes_longer_than_five_seconds(part: str) -> None:
    with processor_time() as spent:
        parsed(part * 10_000, below=1)
        parsed((part + "\n") * 3_000, below=1)
    assert spent.s < 5
