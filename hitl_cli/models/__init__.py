"""Providers of proposals: models behind an OpenAI-compatible server, and the offline catalogue."""
