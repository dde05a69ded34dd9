"""State machines of what the registry keeps, one table a module; docs/lifecycle.md draws them."""
