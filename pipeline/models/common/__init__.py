"""What models share. Modules here are no members."""
