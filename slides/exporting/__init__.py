"""What a presenter takes home from a deck, made while it is sent: a PDF, an archive of pictures, the notes as a text.

Each module yields pieces of bytes and holds one slide at a time, so a deck of a thousand slides takes no more memory
than one of three.
"""
