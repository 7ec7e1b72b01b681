"""What features share. Modules here are no members."""
