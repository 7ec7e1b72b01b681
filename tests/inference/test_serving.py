"""Serving needs neither TensorFlow nor Keras."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.committed import EXAMPLES
