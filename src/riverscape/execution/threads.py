"""How many threads a worker takes: as many as the cores it has, in all libraries together."""

import os

__all__ = ["settle_threads"]

# Read by libraries when they are loaded, and by GDAL whenever it opens a file.
_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GDAL_NUM_THREADS"),
    "VRT_NUM_THREADS",
)


def settle_threads(threads: int) -> None:
    """Let OpenCV, BLAS, OpenMP and GDAL take no more threads than this, in the whole process.

    Several workers on a machine would else take all its cores each. ONNX Runtime takes one thread
    a call wherever it is asked (`tiles.session`). What the user says of single libraries in the
    environment stays.
    """
    import cv2
    from threadpoolctl import threadpool_limits

    for name in _VARIABLES:
        os.environ.setdefault(name, str(threads))
    cv2.setNumThreads(threads)
    threadpool_limits(threads)  # stays, as nobody leaves it
