"""From recordings to scored genre models.

A *dataset* names its tracks; `audio` decodes each and cuts it into 3-s windows; a *feature set*
turns a window into numbers; a *protocol* says which tracks a *model* may learn from and which it is
asked about; `train` collects the answers on tracks that the model never saw; `artifacts` keeps
them, together with one model that learnt from everything, for the dashboard. `build` tells that
story in one page.
"""

import os

# TensorFlow greets everybody who loads it with lines about the processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
