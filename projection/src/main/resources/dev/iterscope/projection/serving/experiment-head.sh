#!/bin/sh
# Measures @TITLE@ at each setting below and projects from all recordings.
# Made by: iterscope experiment. Run it on the machine of the server: sh FILE
# Run it again to go on where it stopped: finished settings are left out, failed ones are tried again.
# Arguments go to the iterscope project at its end, for instance --slo 'p99_itl_ms<=50'.
# shellcheck disable=SC2317,SC2034 # some functions are called by signals, some variables serve one kind of engine
set -u
FOLDER=@FOLDER@
ITERSCOPE=${ITERSCOPE:-iterscope}
@VARIABLES@
mkdir -p "$FOLDER" || exit 1
command -v "$ITERSCOPE" >/dev/null || { echo "no command $ITERSCOPE: set ITERSCOPE to the path of bin/iterscope" >&2; exit 1; }

load=''
server=''
failed=0

say() {
    printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2
}

is_done() { # name
    [ "$(head -n 1 "$FOLDER/$1.state" 2>/dev/null)" = 'done' ]
}

finish() { # done or failed, what happened
    printf '%s\n%s\n' "$1" "$2" >"$FOLDER/$name.state"
    say "$name: $1, $2"
    [ "$1" = 'done' ] || failed=1
}

# Ends the load and the server, the server by force if it does not within a minute.
stop() {
    [ -z "$load" ] || kill "$load" 2>/dev/null
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        left=60
        while kill -0 "$server" 2>/dev/null && [ "$left" -gt 0 ]; do
            sleep 1
            left=$((left - 1))
        done
        kill -9 "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        ended=$?
    fi
    load=''
    server=''
}

trap stop EXIT
trap 'say "interrupted; run it again to go on"; exit 130' INT
trap 'exit 143' TERM HUP

