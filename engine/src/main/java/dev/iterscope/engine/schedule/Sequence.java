package dev.iterscope.engine.schedule;

import dev.iterscope.engine.request.Request;

/// A request in the scheduler's hands, and how far it has come. Only the scheduler changes it.
public final class Sequence {
    private final Request request;
    private final int number;

    Sequence(Request request, int number) {
        this.request = request;
        this.number = number;
    }

    /// The request as it arrived.
    public Request request() {
        return request;
    }

    /// Order of arrival in this scheduler, from 0: a dense index for observers that keep arrays.
    public int number() {
        return number;
    }
}
