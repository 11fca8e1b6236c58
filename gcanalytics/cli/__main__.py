"""``python -m gcanalytics.cli`` does what ``gcanalytics`` does."""

import sys

from gcanalytics.cli import main

if __name__ == "__main__":
    sys.exit(main())
