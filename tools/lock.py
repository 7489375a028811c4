"""Writes requirements/*.txt: every package pinned and hashed, no address of any index."""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ROOT / "requirements"
HEADER = """\
# {what}
# Made by `make lock` from {sources}; install with
# `pip install --no-deps --require-hashes -r requirements/{name}.txt`.
"""
# The product's own extras that its image has, and the vendors' clients that tests speak through.
EXTRAS = {
    "run": ("postgres", "flower", "voice"),
    "image": ("postgres", "flower", "voice", "otel", "mcp", "onnx-asr", "vendors"),
    "dev": (
        "postgres",
        "flower",
        "otel",
        "voice",
        "onnx-asr",
        "denoise",
        "openai",
        "groq",
        "assemblyai",
        "modal",
        "gemini",
        "tavily",
        "mcp",
    ),
}
# name -> what it is for, its input files, the lock whose versions it keeps
LOCKS = {
    "run": ("What the product needs to run.", ("run.in",), None),
    "image": ("What the container image has: the vendors' clients too.", ("run.in",), "run"),
    "dev": ("What running, testing and checking it need.", ("run.in", "dev.in"), "run"),
    "clients": ("Programs of others that tests run.", ("clients.in",), None),
    "home-assistant": ("Home Assistant, which tests run.", ("home-assistant.in",), None),
    "open-webui": ("Open WebUI, which tests run.", ("open-webui.in",), None),
    "open-webui-needs": ("What its audio routes import.", ("open-webui-needs.in",), None),
    "site": ("What building the documentation's site needs.", ("site.in",), None),
    "web": ("What building the page needs.", ("web.in",), None),
}
ALONE = {"open-webui"}  # locked without what it depends on


def compile_lock(name: str, *, upgrade: bool) -> None:
    what, inputs, base = LOCKS[name]
    output = REQUIREMENTS / f"{name}.txt"
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet"),
        *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
        *("--generate-hashes", "--no-header", "--no-emit-index-url", "--no-annotate"),
        *(f"--extra={extra}" for extra in EXTRAS.get(name, ())),
        *("--output-file", f"requirements/{name}.txt"),
        *(("--upgrade",) if upgrade else ()),
        *(("--no-deps",) if name in ALONE else ()),
        *(("--constraint", f"requirements/{base}.txt") if base else ()),
        *(("pyproject.toml",) if name in EXTRAS else ()),
        *(f"requirements/{file}" for file in inputs),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    files = [f"requirements/{file}" for file in inputs]
    sources = " and ".join(["pyproject.toml", *files] if name in EXTRAS else files)
    header = HEADER.format(what=what, sources=sources, name=name)
    output.write_text(header + output.read_text(encoding="utf-8"), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = parser.parse_args().upgrade
    for name in LOCKS:
        compile_lock(name, upgrade=upgrade)


if __name__ == "__main__":
    main()
