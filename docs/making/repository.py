"""Pages of the repository that lie outside docs/, as pages of the site.

Links are written as the repository needs them, relative to the file they stand in; the site's own
are worked out from these.
"""

import posixpath
import re
from pathlib import Path

__all__ = ["REPOSITORY_PAGES", "relinked", "repository_text"]

_ROOT = Path(__file__).parents[2]

REPOSITORY_PAGES = {
    "project/architecture.md": "ARCHITECTURE.md",
    "project/contributing.md": "CONTRIBUTING.md",
    "project/changelog.md": "CHANGELOG.md",
    "project/ste-marguerite.md": "src/riverscape/models/ste-marguerite/CARD.md",
}
"""Where a page stands in the site, and where in the repository."""

_SITE = {source: uri for uri, source in REPOSITORY_PAGES.items()} | {"README.md": "index.md"}
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)\s#]+)")


def repository_text(uri: str) -> str:
    """Return the text of a page that lies outside docs/."""
    return (_ROOT / REPOSITORY_PAGES[uri]).read_text(encoding="utf-8")


def relinked(markdown: str, uri: str) -> str:
    """Return a page whose links hold in the site.

    Examples
    --------
    >>> relinked("[how](../ARCHITECTURE.md#words)", "phase-2.md")
    '[how](project/architecture.md#words)'
    >>> relinked("[settings](docs/settings.md)", "project/changelog.md")
    '[settings](../settings.md)'
    """
    folder = posixpath.dirname(REPOSITORY_PAGES.get(uri, f"docs/{uri}"))

    def site_link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[1]))
        place = _SITE.get(target, target.removeprefix("docs/"))
        if target not in _SITE and not target.startswith("docs/"):
            return match[1]
        return posixpath.relpath(place, posixpath.dirname(uri) or ".")

    return _LINK.sub(site_link, markdown)
