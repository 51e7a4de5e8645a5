"""The papers for assistants: an MCP server whose tools answer with quotations, citations and links."""
