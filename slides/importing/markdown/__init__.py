"""Markdown decks: one text, or a zip with its pictures, becomes slides of real HTML. No Django here.

`source` reads the file, `split` cuts it into slides, `remarks` takes out notes and directives, `render` makes HTML,
`gate` keeps what we know, `tree` and `steps` put it in order, `fragment` says what may leave, `sketch` draws it small.
"""
