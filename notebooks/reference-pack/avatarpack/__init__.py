"""Recipe of the reference pack: data, training, export and evaluation of the graphs that the engine runs.

Every command is one process with one thread (waiting BLAS threads of several processes would slow each other down);
set the variables below before the start to choose otherwise.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
