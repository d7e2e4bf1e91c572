"""``celeriac init``: looks at a project as text, never running it, and writes first drafts."""
