"""PowerPoint presentations: a page a slide, with its notes and comments. `reader` is the way in."""
