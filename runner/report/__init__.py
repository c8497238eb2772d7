"""From findings to what people read: Markdown, pictures, a page, tables, a bundle."""
