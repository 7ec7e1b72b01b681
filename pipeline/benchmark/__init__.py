"""From a collection to artifacts."""
