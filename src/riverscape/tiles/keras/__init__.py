"""Models that Keras saved: read without executing anything in them, and made into bundles."""
