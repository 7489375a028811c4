"""Formats milliseconds for captions and readers, in integers so that nothing is rounded."""


def clock(ms: int, *, separator: str = ".") -> str:
    """``HH:MM:SS.mmm``; SubRip has a comma."""
    return f"{short_clock(ms, hours=True)}{separator}{ms % 1000:03}"


def hundredths_clock(ms: int) -> str:
    """``H:MM:SS.cc``, always rounded down, so that ends and starts still meet."""
    minutes, hundredths = divmod(ms // 10, 6_000)
    clock = f"{minutes // 60}:{minutes % 60:02}"
    return f"{clock}:{hundredths // 100:02}.{hundredths % 100:02}"


def short_clock(ms: int, *, hours: bool) -> str:
    """``HH:MM:SS`` or ``MM:SS`` for readers, rounded down."""
    minutes, seconds = divmod(ms // 1000, 60)
    if not hours:
        return f"{minutes:02}:{seconds:02}"
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def player_clock(ms: int) -> str:
    """``H:MM:SS`` or ``M:SS``, as players show positions."""
    minutes, seconds = divmod(ms // 1000, 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def seconds(ms: int) -> str:
    """``12.345``."""
    return f"{ms // 1000}.{ms % 1000:03}"
