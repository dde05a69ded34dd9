"""Accounts of people: who they are to us, how they sign in, and the sessions that follow (R-016)."""
