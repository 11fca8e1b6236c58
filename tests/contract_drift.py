"""Lists what the installed official SDK has that ours lacks, and what it lacks that we use.

    python tests/contract_drift.py [--sdk FOLDER]

Ends with status 1 only where something that we send or read has changed or is gone. News are taken up with
``python tests/contract_generate.py``.
"""

import sys

from contract.drift import main

if __name__ == "__main__":
    sys.exit(main())
