"""The command line: ``genrescope``, or ``python -m pipeline``. The only place that prints."""
