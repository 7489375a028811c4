"""Tests the page: format, types, its parts in Node.js, and all of it in a browser.

The browser is the distribution's Chromium; where there is none, those tests are left out and that
is said. Arguments go to Playwright.
"""

import shutil
import sys

from tools.page import install_packages, npm

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def step(what: str, *arguments: str) -> None:
    print(f"The page: {what}", flush=True)
    npm("run", *arguments, shown=True)


def main() -> None:
    install_packages()
    npm("run", "types")
    if sys.argv[1:]:
        # Without --no-deps a test that must run alone would bring all others.
        step("in a browser", "browser", "--", "--no-deps", *sys.argv[1:])
        return
    step("format", "lint")
    step("types", "check")
    step("parts", "unit")
    if CHROMIUM is None:
        sys.exit("Chromium is missing, so nothing was tested in a browser: apt install chromium")
    step("in a browser", "browser")


if __name__ == "__main__":
    main()
