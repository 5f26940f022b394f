"""Pictures of a scan's HTML page, to be looked at: light, dark, narrow, with a release opened, and of 1,000 releases.

    python benchmarks/pictures.py PAGE.html OUT [--copies N]

Wants playwright (``pip install playwright``) and a Chromium (``apt-get install chromium``); neither is needed by the
program. With ``--copies`` the page's releases are repeated until there are N. Also says what the page reports on its
console, how long it takes to draw, and whether anything is wider than the window.
"""

import argparse
import json
import re
import shutil
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

VIEWS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--copies", type=int, default=0)
    arguments = parser.parse_args()
    arguments.out.mkdir(exist_ok=True)
    page = arguments.page
    if arguments.copies:
        page = arguments.out / "many.html"
        page.write_text(repeated(arguments.page.read_text(), arguments.copies))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, settings in VIEWS.items():
            look(browser, page, name, settings, arguments.out)
        browser.close()


def repeated(text, count):
    """The page with its releases again and again under other names."""
    found = re.search(r'(<script type="application/json" id="data">)(.*?)(</script>)', text, re.DOTALL)
    data = json.loads(found[2])
    some = data["releases"]
    data["releases"] = [
        {**some[at % len(some)], "id": f"{some[at % len(some)]['id']}-{at}"} for at in range(count)
    ]
    data["summary"] = {
        status: sum(release["status"] == status for release in data["releases"]) for status in data["summary"]
    }
    return text[: found.start(2)] + json.dumps(data).replace("<", "\\u003c") + text[found.end(2) :]


def look(browser, page, name, settings, out):
    context = browser.new_context(**settings, offline=True)
    tab = context.new_page()
    told = []
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.goto(page.resolve().as_uri())
    drawn = tab.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    tab.screenshot(path=out / f"{name}.png")
    tab.keyboard.press("/")
    began = time.monotonic()
    tab.keyboard.type("a")
    filtered = (time.monotonic() - began) * 1000
    tab.keyboard.press("Escape")
    tab.locator(".state.ready").first.wait_for()
    tab.locator("tr:has(.state.ready) .open").first.focus()
    tab.keyboard.press("Enter")
    tab.screenshot(
        path=out / f"{name}-open.png", full_page=name != "narrow" and tab.locator("tr").count() < 200
    )
    if tab.locator("tr").count() < 200:
        tab.locator(".detail").first.screenshot(path=out / f"{name}-detail.png")
    tab.locator("#tab-images").click()
    tab.screenshot(path=out / f"{name}-images.png")
    tab.locator("#tab-repository").click()
    tab.screenshot(path=out / f"{name}-repository.png")
    wide = tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    print(
        name,
        f"drawn in {drawn:.0f} ms, filtered in {filtered:.0f} ms",
        "too wide" if wide else "fits",
        told or "nothing on the console",
    )
    context.close()


if __name__ == "__main__":
    main()
