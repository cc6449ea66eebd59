"""What a person sees, and how they decide."""
