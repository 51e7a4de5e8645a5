"""PowerPoint presentations: one page per slide, with its notes and comments. `reader` is the entry point."""
