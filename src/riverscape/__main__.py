"""``python -m riverscape`` is ``riverscape``."""

import sys

from riverscape.cli import main

sys.exit(main())
