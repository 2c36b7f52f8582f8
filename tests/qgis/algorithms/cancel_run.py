# mypy: ignore-errors
"""Run by QGIS's Python: cancel a run while it works; tell how long the worker took to be gone.

python3 cancel_run.py IMAGE OUTPUT
"""

import subprocess
import sys
import threading
import time
from pathlib import Path

try:
    from qgis.core import QgsApplication
    from qgis_session import Feedback, context, done, start
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


def workers(mark: str) -> list[str]:
    """Return the numbers of processes that have `mark` in what started them."""
    found = subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True, check=False)
    own = str(subprocess.os.getpid())
    return [number for number in found.stdout.split() if number != own]


def main(image: str, output: str) -> None:
    """Do it."""
    start()
    feedback = Feedback()
    where = context(feedback)
    parameters = {"INPUT": image, "OUTPUT": output}
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("riverscape:classify")
    mark = f"{Path(output).parent}/.riverscape-"
    told = {}

    def cancel() -> None:
        while not workers(mark):  # it is at work
            time.sleep(0.05)
        time.sleep(1.5)
        told["at_work"] = len(workers(mark))
        told["made"] = [path.name for path in Path(output).parent.iterdir()]
        began = time.monotonic()
        feedback.cancel()
        while workers(mark):
            time.sleep(0.02)
        told["seconds"] = time.monotonic() - began

    watcher = threading.Thread(target=cancel)
    watcher.start()
    results, _ = algorithm.run(parameters, where, feedback)
    watcher.join()
    left = [str(path) for path in Path(output).parent.iterdir()]
    done({**told, "results": results, "left": left, "said": feedback.said})


if __name__ == "__main__":
    main(*sys.argv[1:])
