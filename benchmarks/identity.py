"""Classify one image with windows of several sizes and threads, and compare what is written.

    python benchmarks/identity.py [--size 5000] [--windows 256 1000 4096] [--threads 1 2]

Two runs are the same if the maps hold the same pixels, which is asked of every run, and if the
files are the same byte for byte. Ends with status 1 where they differ.
"""

import argparse
import hashlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import rasterio
from processes import classify_command, run_watched
from streaming import case_of

# Differs from run to run: it holds times.
_RECORDS = ("run.json",)


def file_hashes(out: Path) -> dict[str, str]:
    """Return the SHA-256 of each output, by its name; records of the run left out."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.iterdir())
        if path.is_file() and path.name not in _RECORDS
    }


def pixel_hashes(out: Path) -> dict[str, str]:
    """Return the SHA-256 of what each map says and where: shape, place, pixels by rows."""
    hashes = {}
    for path in sorted(out.glob("*.tif")):
        with rasterio.open(path) as file:
            digest = hashlib.sha256(repr((file.shape, file.dtypes, file.transform)).encode())
            for top in range(0, file.height, 512):
                rows = (top, min(top + 512, file.height))
                digest.update(file.read(window=(rows, (0, file.width))).tobytes())
        hashes[path.name] = digest.hexdigest()
    return hashes


def window_options(window_px: int) -> list[str]:
    """Return the options of `classify` that ask for such windows; 0 is its own choice."""
    return ["--window", str(window_px)] if window_px else []


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return the names that only one of both has, or whose hashes differ."""
    names = sorted(expected.keys() | found.keys())
    return [name for name in names if expected.get(name) != found.get(name)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="5000", help="a case of streaming.py, or pixels a side")
    parser.add_argument("--windows", type=int, nargs="+", default=[256, 1000, 4096])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--keep", type=Path, help="folder that keeps the mosaic for another run")
    parser.add_argument("options", nargs="*", help="handed on to classify, after --")
    chosen = parser.parse_args()
    first: tuple[dict[str, str], dict[str, str]] | None = None
    same = True
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        keep = chosen.keep or folder
        keep.mkdir(parents=True, exist_ok=True)
        image = case_of(chosen.size).image(keep)
        for window_px in chosen.windows:
            for threads in chosen.threads:
                out = folder / f"maps-{window_px}-{threads}"
                options = ["--quiet", *window_options(window_px), *chosen.options]
                command = classify_command(image, out, options)
                ended = run_watched(command, folder / "classify.log", threads)
                found = pixel_hashes(out), file_hashes(out)
                first = first or found
                pixels, files = (differences(*pair) for pair in zip(first, found, strict=True))
                same &= not pixels and not files
                print(
                    f"windows of {window_px or 'its own'} px, {threads} threads: "
                    f"{ended.seconds:.1f} s, {ended.peak_mb:.0f} MB, "
                    f"{len(found[0])} maps {_verdict(pixels)}, "
                    f"{len(found[1])} files {_verdict(files)}",
                    flush=True,
                )
    for name, digest in (first or ({}, {}))[0].items():
        print(f"{digest}  {name}, pixels")
    sys.exit(0 if same else 1)


def _verdict(differing: list[str]) -> str:
    return f"DIFFER: {', '.join(differing)}" if differing else "the same"


if __name__ == "__main__":
    main()
