"""Markdown is rendered as HTML without scripts, remote resources or misleading links."""

from html.parser import HTMLParser

import pytest

from mp4totext.exports.html import rendered

ELEMENTS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em"),
    *("strong", "br", "hr", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "rel", "target"}, "ol": {"start"}} | {
    cell: {"data-align"} for cell in ("th", "td")
}


class Elements(HTMLParser):
    """The elements of a document and the addresses of its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        self.addresses += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("", ""),
        ("One\ntwo  \nthree", "<p>One\ntwo<br />\nthree</p>"),
        ("*a* **b** `c<d`", "<p><em>a</em> <strong>b</strong> <code>c&lt;d</code></p>"),
        ("### A\n##### B", "<h2>A</h2>\n<h4>B</h4>"),
        ("# A\n###### B", "<h2>A</h2>\n<h6>B</h6>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ("[ ] a", "<p>[ ] a</p>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("```js onload=x\na<b\n```", "<pre><code>a&lt;b\n</code></pre>"),
        ("![a *b*](http://c/d.png)", "<p>a b</p>"),
        ("[0:12](r/trn_1?at=12000)", '<p><a href="r/trn_1?at=12000">0:12</a></p>'),
        (
            "[a](https://b.example/c?d=1&e)",
            '<p><a href="https://b.example/c?d=1&amp;e" rel="noopener noreferrer nofollow"'
            ' target="_blank">a</a></p>',
        ),
    ],
)
def test_markdown_as_html(markdown: str, html: str) -> None:
    assert rendered(markdown, below=1) == html


def test_a_cell_says_its_side_without_a_style() -> None:
    html = rendered("| a | b |\n|---|--:|\n| 1 | 2 |", below=1)
    assert '<td data-align="right">2</td>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <svg/onload=alert(1)> b",
        "<!-- --><base href=//evil.example>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "![x](http://evil.example/count.gif)",
        '![" onerror="alert(1)](x)',
        "![<script>](x)",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#10;script:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](data:image/png;base64,AAAA)",
        "[a](vbscript:x)",
        "[a](file:///etc/passwd)",
        "[a](blob:http://here/x)",
        "[a](//evil.example)",
        "[a](/api/v1/auth/me/data)",
        "[a](account)",
        "[a](?q=x)",
        "[a](#code=x)",
        "[a](r/../api?at=1)",
        "[a](r/trn_1?at=1&code=2)",
        "[a]\n\n[a]: javascript:alert(1)",
        "<javascript:alert(1)>",
        '``` "><script>\nx\n```',
        '[a](https://b.example "t\\" onclick=\\"x")',
        "# <b onclick=x>y</b>",
        "| <script> |\n|---|\n| <img src=x onerror=y> |",
    ],
)
def test_nothing_of_a_text_is_markup(markdown: str) -> None:
    elements = Elements(rendered(markdown, below=1))
    assert all(each.startswith("https://b.example") for each in elements.addresses)


def test_deep_nesting_ends() -> None:
    html = rendered("> " * 5_000 + "a", below=1)
    assert html.count("<blockquote>") < 100
