"""The peers' known failures, reproduced, beside our answers. `python benchmarks/failures.py`."""

import sys

from run import main

if __name__ == "__main__":
    main(["--only", "failures", *sys.argv[1:]])
