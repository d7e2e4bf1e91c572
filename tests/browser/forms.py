"""What a person who uses the keyboard or a phone meets on a page."""

from typing import Any

from playwright.sync_api import Page

# Notes that the focused element was reached; returns its opening tag and whether one sees it
# has the focus. Null once the focus has left the page or come round.
REACHED = """() => {
  const element = document.activeElement;
  if (element === document.body || element.reached) return null;
  element.reached = true;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [element.cloneNode().outerHTML, outlined && box.width > 1 && box.height > 1];
}"""
MISSED = """controls => controls.filter(element => !element.reached)
  .map(element => element.cloneNode().outerHTML)"""


def focus_problems(page: Page) -> list[str]:
    """Press Tab to the end of the page; return what shows no focus and what was not reached."""
    problems = []
    focused = page.evaluate(REACHED) or _next(page)  # some pages put the focus into a field
    while focused:
        tag, visible = focused
        if not visible:
            problems.append(f"no visible focus: {tag}")
        focused = _next(page)
    controls = page.locator("main :is(a, input, select, button):visible")
    return problems + [f"not reached: {tag}" for tag in controls.evaluate_all(MISSED)]


def _next(page: Page) -> Any:
    page.keyboard.press("Tab")
    return page.evaluate(REACHED)


def overhang(page: Page) -> int:
    """Return by how many pixels the page is wider than the screen, and so scrolls sideways."""
    root = "document.documentElement"
    found: int = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return found
