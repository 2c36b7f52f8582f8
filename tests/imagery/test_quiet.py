"""Missing georeference is no warning, whichever thread leaves first."""

import threading
import warnings

from rasterio.errors import NotGeoreferencedWarning

from riverscape.imagery.quiet import quiet


def test_who_stays_longer_than_another_is_quiet_all_the_same() -> None:
    entered, left = threading.Event(), threading.Event()

    def first() -> None:
        with quiet():
            entered.wait(5)
        left.set()

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        other = threading.Thread(target=first)
        other.start()
        with quiet():
            entered.set()
            left.wait(5)
            warnings.warn("nowhere", NotGeoreferencedWarning, stacklevel=1)
        other.join()
        assert not heard
        warnings.warn("nowhere", NotGeoreferencedWarning, stacklevel=1)
        assert len(heard) == 1
