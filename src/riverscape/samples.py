"""Published sample data, fetched with hash check, cache and a mirror for offline places."""

from pathlib import Path

from riverscape.errors import InputError
from riverscape.progress import SILENT, Progress, stage

__all__ = ["SAMPLE_SOURCE", "fetch_sample"]

# James Dietrich's repository of the method; MIT. Cite Carbonneau et al. 2020,
# doi:10.1016/j.rse.2020.112107.
SAMPLE_SOURCE = (
    "https://raw.githubusercontent.com/geojames/CNN-Supervised-Classification/master/sample_data/"
)
_REGISTRY = Path(__file__).with_name("samples.txt")


def fetch_sample(out: Path, source: str | None = None, progress: Progress = SILENT) -> int:
    """Fetch the twenty photographs of the Ste-Marguerite River and their labels.

    Files that are there and whole are not fetched again.

    Parameters
    ----------
    source
        Address of the folder with ``Train`` and ``Validate``; the publishers' own without it.

    Returns
    -------
        Number of files.

    Raises
    ------
    InputError
        If a file cannot be fetched or is not what was published; what was fetched stays.
    """
    import pooch
    import requests

    address = source or SAMPLE_SOURCE
    if not address.startswith(("https://", "http://")):
        message = f"{address} is no address to fetch from: it starts with https:// or http://"
        raise InputError(message)
    fetcher = pooch.create(path=out, base_url=address.rstrip("/") + "/", retry_if_failed=2)
    fetcher.load_registry(_REGISTRY)
    pooch.get_logger().setLevel("ERROR")
    with stage(progress, "fetching", len(fetcher.registry)):
        for name in sorted(fetcher.registry):
            try:
                fetcher.fetch(name)
            except (requests.RequestException, OSError) as error:
                message = (
                    f"{name} cannot be fetched from {address}: {_reason(error)}; call again to "
                    "go on, or name a mirror with --source"
                )
                raise InputError(message) from error
            except ValueError as error:
                message = f"{name} from {address} is not the file that was published"
                raise InputError(message) from error
            progress.advance(note=name)
    return len(fetcher.registry)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
