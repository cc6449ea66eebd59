"""Secrets in text: found by value, by their form, or by the name before them, and masked."""
