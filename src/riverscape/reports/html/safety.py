"""What keeps names from files and metadata from becoming code in the page."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import quote

__all__ = ["address", "content_policy", "json_block"]


def json_block(content: Any) -> str:  # noqa: ANN401
    r"""Return JSON that may stand between script tags, whatever its text holds.

    Neither a closing tag nor a comment can begin in it, and it is plain ASCII, so the line
    separators that JavaScript minds are escaped too.

    Examples
    --------
    >>> print(json_block({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def address(path: str) -> str:
    """Return a relative path, or a name, as part of an address.

    Names that are no text, as old file systems hold, keep their bytes.

    Examples
    --------
    >>> address("previews/#1 50%_image.jpg")
    'previews/%231%2050%25_image.jpg'
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def content_policy(script: str, style: str, linked: bool) -> str:
    """Return the Content-Security-Policy of a page: its own script and style, and no address.

    Nothing may be fetched, no form be sent, no other script or style count, no text become
    elements. Pictures stand in the page, or with `linked` beside it.
    """
    pictures = "data: 'self' file:" if linked else "data:"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            f"img-src {pictures}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
