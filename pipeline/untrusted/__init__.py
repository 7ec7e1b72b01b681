"""What strangers send, handled in processes of their own, which have limits."""
