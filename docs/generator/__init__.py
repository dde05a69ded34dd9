"""Pages and schemas that are written from the code, so that they cannot drift from it.

Each module has `pages()`, which returns the files it answers for: path from the top of the repository → text.
"""
