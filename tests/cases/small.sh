# A small run in $R, its trials in $C: measured now, or a copy of one in the folder SMALL.
small() {
    if [ -n "$SMALL" ]; then cp -r "$SMALL"/2* "$T"; else "$IPC" run --matrix ../small.yaml --rounds 6 -q --no-report --out "$T" >/dev/null 2>&1; fi
    R=$(ls -d "$T"/2*); C=$(ls "$R"/trials/*.csv)
}
