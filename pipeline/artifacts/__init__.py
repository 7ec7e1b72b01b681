"""The contract between the pipeline and everything that shows results: ``artifacts/<benchmark>``.

``manifest.json``
    `manifest.Manifest`; written last, so its existence means that the build completed.
``tracks.parquet``
    One row a track: id, genre, artist, title, ..., ``fold_<protocol>``.
``elsewhere.parquet``
    The same of a second collection that models were asked about, without folds; ``collection``, and
    ``accepted``: the genres that a label stands for, with | between.
``tags.parquet``
    ``track_id`` and the mean probability of each tag of pretrained networks, of both collections
    (where a feature set has tags).
``models/<name>/model.*``
    The model that was trained on every track.
``models/<name>/predictions.parquet``
    ``protocol, track_id, window, windows, fold`` and a probability per class; each row sums to 1.
``models/<name>/importance.parquet``
    ``kind, feature, value, std, genre``
``models/<name>/history.parquet``
    ``epoch, split, metric, value`` (networks only).
``models/<name>/robustness.parquet``
    ``distortion, track_id`` and a probability per class (of recordings only).
``models/<name>/embeddings.parquet``
    ``track_id`` and its embedding in the model's own space (models with one only).
``summary/<feature set>.<kind>.parquet``
    ``map``, ``distributions``, ``relations``, ``tracks``: see `pipeline.benchmark.summary`.
"""
