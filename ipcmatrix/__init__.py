"""The door to ipcmatrix: `python -m ipcmatrix`, and the command `ipcmatrix`."""
