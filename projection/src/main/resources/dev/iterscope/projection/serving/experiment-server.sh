URL=@URL@
HEALTH_SECONDS=${HEALTH_SECONDS:-1800} # the longest that a server may take to start
@TABLE@
serve() { # budget, sequences
    exec @COMMAND@ @BUDGET@ "$1" @SEQUENCES@ "$2"
}

# Some requests before those that count: what is compiled or loaded late is then there.
warm_up() { # file for the result
    exec @WARM@
}

send_load() { # file for the result
    exec @LOAD@
}

healthy() {
    curl -sf -m 5 "$URL/health" >/dev/null 2>&1
}

# Waits in the background, so that a signal is taken at once.
in_turn() { # file for the output, command
    output=$1
    shift
    "$@" >"$output" 2>&1 </dev/null &
    load=$!
    wait "$load"
    code=$?
    load=''
    return "$code"
}

measure() { # budget, sequences, run
    name="mbnt-$1-seqs-$2-run-$3"
    is_done "$name" && return
    if healthy; then
        say "a server answers at $URL already; stop it first"
        exit 1
    fi
    rm -f "$FOLDER/$name.log" "$FOLDER/$name.json" "$FOLDER/$name.state"
    say "$name: starting the server"
    serve "$1" "$2" >"$FOLDER/$name.log" 2>&1 </dev/null &
    server=$!
    left=$HEALTH_SECONDS
    until healthy; do
        if ! kill -0 "$server" 2>/dev/null; then
            wait "$server"
            ended=$?
            server=''
            finish failed "the server ended with exit $ended before it was ready; its log is $FOLDER/$name.log"
            return
        fi
        if [ "$left" -le 0 ]; then
            stop
            finish failed "the server was not ready after $HEALTH_SECONDS s; its log is $FOLDER/$name.log"
            return
        fi
        sleep 1
        left=$((left - 1))
    done
    say "$name: ready, warming up"
    if in_turn "$FOLDER/$name.warm-up.out" warm_up "$FOLDER/$name.warm-up.json"; then
        rm -f "$FOLDER/$name.warm-up.json"
        say "$name: sending the load"
        in_turn "$FOLDER/$name.load.out" send_load "$FOLDER/$name.json"
        code=$?
        stop
        if [ "$code" -eq 0 ] && [ -s "$FOLDER/$name.json" ]; then
            finish 'done' "load exit 0, server exit $ended"
        else
            finish failed "load exit $code, server exit $ended; its output is $FOLDER/$name.load.out"
        fi
    else
        code=$?
        stop
        finish failed "warm-up exit $code, server exit $ended; its output is $FOLDER/$name.warm-up.out"
    fi
}

recordings_of() { # name; the last is named first
    printf '%s\n' "$FOLDER/$1.json" "$FOLDER/$1.log"
}

