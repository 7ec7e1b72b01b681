"""From bytes to windows of mono audio, and what is doubtful about them."""
