"""What can go wrong, in words for the person who meets it."""


class PipelineError(Exception):
    """An expected failure. The message says what is wrong, the value, and the cure."""


class DatasetError(PipelineError):
    """A dataset is missing or is not laid out as its module says."""


class AudioError(PipelineError):
    """A recording cannot be read, or holds nothing that could be classified."""


class ArtifactsError(PipelineError):
    """Artifacts are missing, damaged, or were made by code that no longer fits."""


class PredictionsError(PipelineError):
    """A file of predictions does not fit the benchmark and the protocol that it is meant for."""


class SliceError(PipelineError):
    """A text names no part of the tracks."""
