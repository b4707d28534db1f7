run() { # budget, sequences, recording, result
    exec @COMMAND@ @BUDGET@ "$1" @SEQUENCES@ "$2" --record "$3" --format json -o "$4"
}

measure() { # budget, sequences, run
    name="mbnt-$1-seqs-$2-run-$3"
    is_done "$name" && return
    rm -f "$FOLDER/$name.jfr" "$FOLDER/$name.json" "$FOLDER/$name.state"
    say "$name: running"
    run "$1" "$2" "$FOLDER/$name.jfr" "$FOLDER/$name.json" >"$FOLDER/$name.out" 2>&1 </dev/null &
    load=$!
    wait "$load"
    code=$?
    load=''
    if [ "$code" -eq 0 ] && [ -s "$FOLDER/$name.jfr" ]; then
        finish 'done' "exit 0"
    else
        finish failed "exit $code; its output is $FOLDER/$name.out"
    fi
}

recordings_of() { # name
    printf '%s\n' "$FOLDER/$1.jfr"
}

