"""From recordings to windows and features, for training and serving alike."""
