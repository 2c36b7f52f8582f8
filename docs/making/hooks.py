"""What mkdocs does besides: pages and pictures that are made of the program itself.

- `<!-- verbs -->` in a page becomes the reference of the command line, read from the program;
- `<!-- gallery -->` becomes the gallery: its commands are run while the site is built;
- `<!-- method: NAME -->` becomes a picture of the method, made likewise;
- pages of the repository that lie outside docs/ become pages of the site, and links to them work.

Pictures are made for the site alone and not kept in the repository, so they cannot be older than
the code.
"""

import logging
import re

from command_line import verbs_reference
from gallery import made_gallery
from method import METHOD_PICTURES, made_pictures
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from repository import REPOSITORY_PAGES, relinked, repository_text

_LOG = logging.getLogger("mkdocs.hooks.riverscape")
_METHOD = re.compile(r"<!-- method: (\w+) -->")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Keep what the libraries log while pictures are made out of the strict build's count."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside docs/, and the pictures."""
    for uri in REPOSITORY_PAGES:
        files.append(File.generated(config, uri, content=repository_text(uri)))
    _LOG.info("Running the gallery")
    pictures = {**made_gallery().pictures, **made_pictures()}
    for uri, content in pictures.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Fill in what is made, and turn links to pages outside docs/ into links of the site."""
    markdown = relinked(markdown, page.file.src_uri)
    if "<!-- verbs -->" in markdown:
        markdown = markdown.replace("<!-- verbs -->", verbs_reference())
    if "<!-- gallery -->" in markdown:
        markdown = markdown.replace("<!-- gallery -->", made_gallery().markdown)
    return _METHOD.sub(lambda match: METHOD_PICTURES[match[1]].markdown, markdown)
