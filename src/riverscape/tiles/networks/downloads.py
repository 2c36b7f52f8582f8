"""Pretrained weights from their publishers, fetched once."""

import hashlib
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riverscape.errors import ModelError
from riverscape.tiles.networks.nasnet import IMAGENET_MD5, IMAGENET_URL

__all__ = ["fetch_keras_weights", "fetch_timm_weights"]

_CACHE = "RIVERSCAPE_CACHE"
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def fetch_keras_weights() -> Path:
    """Return the weights that Keras publishes for NASNet Mobile, fetched where they are not here.

    They are kept in the folder that the environment variable RIVERSCAPE_CACHE names, or where
    the system keeps such files.

    Raises
    ------
    ModelError
        If they cannot be fetched, or are not what was published.
    """
    import pooch

    pooch.get_logger().setLevel("ERROR")
    with _told("nasnet_mobile", IMAGENET_URL):
        file = pooch.retrieve(
            IMAGENET_URL,
            known_hash=f"md5:{IMAGENET_MD5}",
            fname=IMAGENET_URL.rpartition("/")[2],
            path=os.environ.get(_CACHE) or pooch.os_cache("riverscape"),
            progressbar=sys.stderr.isatty(),
        )
    return Path(file)


def fetch_timm_weights(name: str) -> Path:
    """Return the weights that timm knows for a model, fetched where they are not here.

    They come from where timm takes them and stay where timm keeps them: the cache of the
    Hugging Face hub (HF_HOME), of which nothing is asked once they are there, or that of
    PyTorch (TORCH_HOME), where the file's name holds the start of its SHA-256.

    Raises
    ------
    ModelError
        If there are none, they cannot be fetched, or are not what was published.
    """
    import timm

    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None or not config.has_weights:
        message = f"there are no pretrained weights of {name}; --weights none starts it at random"
        raise ModelError(message)
    if config.hf_hub_id:
        return _from_hub(name, config)
    return _from_url(name, config.url)


def _from_hub(name: str, config: Any) -> Path:  # noqa: ANN401
    import huggingface_hub as hub
    from huggingface_hub.errors import EntryNotFoundError

    repository, _, revision = config.hf_hub_id.partition("@")
    where = {"repo_id": repository, "revision": revision or None}
    safe, other = _HUB_FILES
    if config.hf_hub_filename:
        other = config.hf_hub_filename
        safe = str(Path(other).with_suffix(".safetensors"))
    for file in (safe, other):
        cached = hub.try_to_load_from_cache(filename=file, **where)
        if isinstance(cached, str):
            return Path(cached)
    logging.getLogger("huggingface_hub").setLevel("ERROR")  # what fails is told by our own error
    address = hub.hf_hub_url(filename=safe, **where)
    with _told(name, address):
        try:
            # Asked first, since without a connection the download itself tries for half a minute.
            hub.get_hf_file_metadata(address)
        except EntryNotFoundError:
            safe = other
        path = Path(hub.hf_hub_download(filename=safe, **where))
        _check_blob(path)
    return path


def _check_blob(path: Path) -> None:
    """Check a file of the hub's cache, which keeps large files under their SHA-256."""
    blob = path.resolve()
    if not re.fullmatch("[0-9a-f]{64}", blob.name):
        return
    with blob.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != blob.name:
        path.unlink()
        blob.unlink()
        message = "what came is not what the hub names"
        raise ValueError(message)


def _from_url(name: str, url: str | tuple[str, str]) -> Path:
    from torch import hub

    address, file = url if isinstance(url, tuple) else (url, url.rpartition("/")[2])
    folder = Path(hub.get_dir()) / "checkpoints"
    path = folder / file
    if path.is_file():
        return path
    stated = hub.HASH_REGEX.search(file)
    with _told(name, address):
        folder.mkdir(parents=True, exist_ok=True)
        hub.download_url_to_file(
            address, str(path), stated and stated.group(1), progress=sys.stderr.isatty()
        )
    return path


@contextmanager
def _told(name: str, address: str) -> Iterator[None]:
    """Tell a download that fails in one line that says what else to do."""
    try:
        yield
    except Exception as error:  # each library raises its own kinds
        reason = " ".join(str(error).split())[:200]
        readable = address.endswith((".safetensors", ".h5"))
        first = "" if readable else ", convert it to .safetensors"
        message = (
            f"the pretrained weights of {name} cannot be fetched: {reason}; fetch {address} on "
            f"another machine{first} and name the file with --weights FILE, or start at random "
            "with --weights none"
        )
        raise ModelError(message) from error
