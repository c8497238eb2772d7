"""The entry point of ipcmatrix: `python -m ipcmatrix`, and the command `ipcmatrix`."""
