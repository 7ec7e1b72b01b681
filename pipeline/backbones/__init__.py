"""Four pretrained music taggers."""
