"""Tests the page: format, types, unit tests in Node.js, and flows in a browser.

The browser is the distribution's Chromium; without one, the run fails after the other tests.
`--slow` runs only the slow tests, `--all` every test. Other arguments are passed to Playwright.
"""

import re
import shutil
import sys

from tools.page import install_packages, npm

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SLOW = "@slow"  # in the title of a test
BUILDS_TWICE = "tests/build/repeatable.test.ts"


def step(what: str, *arguments: str) -> None:
    print(f"The page: {what}", flush=True)
    npm("run", *arguments, shown=True)


def in_a_browser(*arguments: str) -> None:
    """Run the browser tests. ``--no-deps`` keeps the test that must run alone from running all."""
    if CHROMIUM is None:
        sys.exit("Chromium is missing, so nothing was tested in a browser: apt install chromium")
    step("in a browser", "browser", "--", *arguments)


def quick_tests() -> None:
    step("format", "lint")
    step("types", "check")
    step("parts", "unit", "--", "--exclude", BUILDS_TWICE)
    in_a_browser("--no-deps", "--grep-invert", SLOW)
    listed = npm("run", "browser", "--", "--list", "--no-deps", "--grep", SLOW)
    [left] = re.findall(r"^Total: (\d+) test", listed, re.MULTILINE)
    print(f"{left} slow tests in a browser were left to `make test-slow`.")


def slow_tests() -> None:
    step("a build is repeated", "unit", "--", BUILDS_TWICE)
    in_a_browser("--project", "together", "--grep", SLOW)
    in_a_browser("--no-deps", "--project", "alone")


def all_tests() -> None:
    step("format", "lint")
    step("types", "check")
    step("parts, and a build is repeated", "unit")
    in_a_browser("--project", "together")
    in_a_browser("--no-deps", "--project", "alone")  # at a service that nobody used before


def main() -> None:
    install_packages()
    npm("run", "types")
    arguments = sys.argv[1:]
    if arguments == ["--slow"]:
        slow_tests()
    elif arguments == ["--all"]:
        all_tests()
    elif arguments:
        in_a_browser("--no-deps", *arguments)
    else:
        quick_tests()


if __name__ == "__main__":
    main()
