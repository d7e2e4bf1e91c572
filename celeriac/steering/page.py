"""The page that visitors of a site in maintenance get."""

from __future__ import annotations

import html

MESSAGE = "We are working on this site. Please come again in a few minutes."


def page(application: str, message: str) -> str:
    """Return the page: it needs nothing else from any server. An empty message has a usual one."""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{html.escape(application)}: maintenance</title>
<style>body {{ font: 1.1rem/1.5 sans-serif; margin: 15vh auto; max-width: 36rem; padding: 0 1rem }}</style>
<h1>Back soon</h1>
<p>{html.escape(message or MESSAGE)}</p>
"""
