"""Rows of what people enter, one module an aggregate."""
