"""Previews, on real overlays and namespaces."""
