"""People with a browser: each has cookies of their own, and what their pages do wrong is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from playwright.sync_api import Error as BrowserError

PHONE = {"width": 375, "height": 740}
NOT_LOADED = "Failed to load resource"  # what Chromium says of an answer that is an error


class Visitors:
    """Opens browsers for different people on one site."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._contexts: list[BrowserContext] = []
        self._strayed: list[str] = []
        self._errors: list[tuple[str, str]] = []
        self._refused: set[str] = set()

    def new(self, **options: Any) -> Page:
        """Return an empty page of somebody who was never here before."""
        context = self._browser.new_context(base_url=self._site, **options)
        context.on("request", self._requested)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on(
            "weberror", lambda error: self._errors.append((error.page.url, str(error.error)))
        )
        self._contexts.append(context)
        return context.new_page()

    def complaints(self) -> list[str]:
        """What no page may do: log an error to the console, or ask another site for something.

        Chromium logs an error also for a page that is answered with 4xx or 5xx; whether it
        should have been is for the test to say. What a page loads has no such excuse.
        """
        return [f"request to {url}" for url in self._strayed] + [
            f"{url}: {text}"
            for url, text in self._errors
            if not (url in self._refused and text.startswith(NOT_LOADED))
        ]

    def take_pictures(self, folder: Path) -> list[Path]:
        """Save what each open page shows, for whoever looks into a failure."""
        pages = [page for context in self._contexts for page in context.pages]
        pictures = []
        for number, page in enumerate(pages, start=1):
            try:
                page.screenshot(path=folder / f"page-{number}.png", full_page=True)
            except BrowserError:
                continue  # closed or crashed: the failure itself says so
            pictures.append(folder / f"page-{number}.png")
        return pictures

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self._site}/", "data:", "about:")):
            self._strayed.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(response.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append((message.location["url"], message.text))
