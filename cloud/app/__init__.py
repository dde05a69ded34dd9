"""Joins the parts into processes: what each runs with, and the supervisor that keeps them all up on one box."""
