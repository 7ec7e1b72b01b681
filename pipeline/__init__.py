"""From recordings to scored genre models.

A *dataset* names its tracks; `audio` decodes each and cuts it into 3-s windows; a *feature set*
turns a window into numbers; a *protocol* says which tracks a *model* is trained on and which it is
tested on; `benchmark` collects predictions on tracks that the model was not trained on; `artifacts`
keeps them, together with one model that was trained on everything, for the dashboard. Start reading
in `pipeline.benchmark.build`.
"""

import os

# TensorFlow prints lines about the processor whenever it is loaded.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
