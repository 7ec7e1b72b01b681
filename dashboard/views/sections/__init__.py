"""Sections of pages that fill a file of their own."""
