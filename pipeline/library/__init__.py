"""Libraries of any size: what is known of their files, which genres belong into their tags."""
