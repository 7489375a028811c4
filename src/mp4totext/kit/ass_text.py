"""Text in Advanced SubStation Alpha, the language of libass."""


def escaped(text: str) -> str:
    """Text that the script takes as it is: braces begin codes, and a backslash does before some
    letters; a word joiner behind it ends that."""
    text = text.replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")
    return text.replace("\n", " ")
