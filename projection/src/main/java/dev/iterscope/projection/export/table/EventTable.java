package dev.iterscope.projection.export.table;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/// The rows of one event.
///
/// @param event    the event's name
/// @param rows     the records
/// @param start    when a row's event begins, nanoseconds on the recording's clock, if the row has a time
/// @param duration how long it lasts, nanoseconds; 0 for an instant
/// @param engine   the data-parallel rank it belongs to
/// @param columns  its fields, without start and duration
public record EventTable<R>(
        String event,
        List<R> rows,
        Function<R, OptionalLong> start,
        ToLongFunction<R> duration,
        ToIntFunction<R> engine,
        List<Column<R>> columns) {

    /// The columns that at least one row knows. A field that a source never knows is no field of its recording.
    public List<Column<R>> knownColumns() {
        // One pass over the rows whatever the number of columns: there may be millions of rows, which are put together as they are read.
        List<Column<R>> unseen = new ArrayList<>(columns);
        for (R row : rows) {
            unseen.removeIf(column -> column.of(row) != null);
            if (unseen.isEmpty()) {
                break;
            }
        }
        List<Column<R>> known = new ArrayList<>(columns);
        known.removeAll(unseen);
        return List.copyOf(known);
    }
}
