"""Rich Text Format: from tokens to paragraphs and tables. `reader` is the entry point."""
