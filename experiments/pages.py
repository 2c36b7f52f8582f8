"""Tables that experiments write into the pages of the documentation."""

from pathlib import Path

__all__ = ["replace_table"]


def replace_table(page: Path, name: str, lines: list[str]) -> None:
    """Put lines in place of what stands between ``<!-- name -->`` and ``<!-- /name -->``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = page.read_text(encoding="utf-8").split(start)
    after = rest.split(end)[1]
    text = "\n".join([before + start, "", *lines, "", end + after])
    page.write_text(text, encoding="utf-8")
