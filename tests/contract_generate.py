"""Writes what the package and its tests know of the platform from the official SDK.

    python tests/contract_generate.py            writes the files
    python tests/contract_generate.py --check    ends with status 1 where one differs

The SDK is read, not imported. What is taken from it stands in the tables of ``tests/contract``.
"""

import sys

from contract.generate import main

if __name__ == "__main__":
    sys.exit(main())
