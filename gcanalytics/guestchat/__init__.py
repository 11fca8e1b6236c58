"""The guest side of an ACD web chat (v2): a small client of its own."""
