"""How models are read from JSON, written to it, and shown."""
