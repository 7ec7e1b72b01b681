"""What datasets share. Modules here are no members."""
