# Forwards and backwards in turn, so that a drift of the machine falls on all settings alike.
@PLAN@

# Recordings in the order of the plan, before the arguments of this script.
count=0
for name in @NAMES@; do
    if is_done "$name"; then
        count=$((count + 1))
        while IFS= read -r file; do
            set -- "$file" "$@"
        done <<END
$(recordings_of "$name")
END
    fi
done
if [ "$count" -eq 0 ]; then
    say "no setting was measured; $FOLDER holds what there is"
    exit 1
fi
say "projecting from $count runs"
"$ITERSCOPE" project@FROM@ "$@"@WORKLOAD@
code=$?
if [ "$failed" -ne 0 ]; then
    say "some settings failed; run this again to try them again"
    [ "$code" -ne 0 ] || code=1
fi
exit "$code"
