"""The user's own files as modules: messages.py is plugins.messages in every process.

Nothing else is named here, for each file becomes a name of this package.
"""

__import__("userfiles")
