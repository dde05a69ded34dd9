"""What runs by itself: ingest, watch, dispatch, sinks; each reads from top to bottom."""
