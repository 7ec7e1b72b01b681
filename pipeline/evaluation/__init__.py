"""From predictions to tables: pure functions."""
