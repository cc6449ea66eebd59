"""The person's terminal as bytes: keys in, replies, modes and resets out."""
