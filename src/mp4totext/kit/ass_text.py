"""Text in Advanced SubStation Alpha, the format of libass."""


def escaped(text: str) -> str:
    """The text escaped for a script.

    Braces begin codes, and so does a backslash before some letters; a word joiner behind the
    backslash prevents that.
    """
    text = text.replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")
    return text.replace("\n", " ")
