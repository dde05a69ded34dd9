"""Pages for people and the REST API for systems, over the same services."""
