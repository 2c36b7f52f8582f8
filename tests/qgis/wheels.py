"""Wheels that pip installs in no time: a riverscape that only answers what the plugin asks."""

import zipfile
from pathlib import Path

__all__ = ["write_wheel"]

_PROGRAM = """
import json, sys

def main():
    if "--version" in sys.argv:
        print("riverscape {version}")
        return 0
    if "--json" in sys.argv:
        card = {{"name": "graphics card", "value": "none that PyTorch can use"}}
        problems = [] if {well} else ["GDAL: it is broken"]
        print(json.dumps({{"well": {well}, "problems": problems, "findings": [card]}}))
    else:
        print("all is well" if {well} else "GDAL is broken")
    return 0 if {well} else 1

if __name__ == "__main__":
    sys.exit(main())
"""


def write_wheel(
    folder: Path, version: str = "0.1.7", needs: str = "", well: bool = True, numbered: str = ""
) -> Path:
    """Write a wheel of a stand-in for riverscape; return the folder.

    Parameters
    ----------
    version
        What it says of itself.
    needs
        A package that it needs.
    numbered
        What pip takes its version for, where that is another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = numbered or version
    info = f"riverscape-{named}.dist-info"
    about = f"Metadata-Version: 2.1\nName: riverscape\nVersion: {named}\n"
    about += "Provides-Extra: vector\nProvides-Extra: train\n"
    about += f"Requires-Dist: {needs}\n" if needs else ""
    content = {
        "riverscape/__init__.py": "",
        "riverscape/__main__.py": _PROGRAM.format(version=version, well=well),
        f"{info}/METADATA": about,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nriverscape = riverscape.__main__:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*content, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"riverscape-{named}-py3-none-any.whl", "w") as wheel:
        for name, text in {**content, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)
    return folder
