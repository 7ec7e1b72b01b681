"""Networks exported for serving: onnxruntime runs them, so that nobody waits for TensorFlow.

It takes 20 MB and no time to load, where TensorFlow takes 600 MB and seconds, and is as quick.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from pipeline.files import atomic

if TYPE_CHECKING:
    from pathlib import Path

    import keras
    from onnxruntime import InferenceSession

OPSET = 17  # of ONNX: what converters and runtimes of the last years know


def write(network: keras.Model, path: Path) -> Path:
    """Export a network of one input, whose outputs are named by a dictionary.

    Names of inputs and outputs stay; results differ by rounding.
    """
    import tensorflow as tf
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.WARNING)  # it tells each of its steps
    [given] = network.inputs
    signature = [tf.TensorSpec(given.shape, tf.float32, name=given.name)]
    call = tf.function(partial(network, training=False), input_signature=signature)
    model, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=OPSET)
    with atomic(path) as passing:
        passing.write_bytes(model.SerializeToString())
    return path


def session(path: Path) -> InferenceSession:
    """An exported network, ready to be asked; threads may share it.

    Each question is answered by the thread that asks: the same to the last bit on any number of
    cores, which `pipeline.threads` keeps at work.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the most that any layer needed
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
