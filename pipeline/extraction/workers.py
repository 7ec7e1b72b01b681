"""Worker processes: one a core, each with one thread."""

import os
from multiprocessing import parent_process


def keep_to_one_thread() -> None:
    """Keep TensorFlow, which is loaded later, to one thread, if this is a worker process.

    joblib sees to the other libraries. Several threads in each of as many processes as there are
    cores wait for each other most of the time.
    """
    if parent_process() is not None:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
