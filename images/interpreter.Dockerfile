# An interpreter with the harness, on a base that holds the interpreter and little else.
#
# Fit for the classic builder. The base may have no shell: every RUN is in its exec form. The
# context holds `ipcmatrix/`: `python`, a link to the base's interpreter; `harness/`; and
# `packages/`, the optional packages of this interpreter.
ARG BASE
FROM ${BASE}

# First, so that what a failed build leaves behind carries it too.
LABEL ipcmatrix.kind="image"

# What does not change with the harness comes before it: the builder keeps these layers.
ENV PYTHONPATH=/opt/ipcmatrix/packages
WORKDIR /tmp
ENTRYPOINT ["/opt/ipcmatrix/python", "/opt/ipcmatrix/harness"]
CMD ["agent"]

COPY ipcmatrix /opt/ipcmatrix

# The root of a container is read-only: bytecode that is not here now is compiled at every start.
RUN ["/opt/ipcmatrix/python", "-c", "import compileall; compileall.compile_dir('/opt/ipcmatrix', quiet=1)"]

USER 65534:65534
