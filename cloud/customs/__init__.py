"""Customs' messages: one importer a message, one table of what each means, and the act of taking one."""
