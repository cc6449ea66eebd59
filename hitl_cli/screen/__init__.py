"""What a run looks like: panels, the model's text, output and records."""
