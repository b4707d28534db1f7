package dev.iterscope.samples.missioncontrol;

import java.util.List;
import java.util.Map;
import org.openjdk.jmc.common.item.Aggregators;
import org.openjdk.jmc.common.item.Attribute;
import org.openjdk.jmc.common.item.IAttribute;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.common.util.IPreferenceValueProvider;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.rules.AbstractRule;
import org.openjdk.jmc.flightrecorder.rules.IResult;
import org.openjdk.jmc.flightrecorder.rules.IResultValueProvider;
import org.openjdk.jmc.flightrecorder.rules.ResultBuilder;
import org.openjdk.jmc.flightrecorder.rules.Severity;
import org.openjdk.jmc.flightrecorder.rules.TypedResult;
import org.openjdk.jmc.flightrecorder.rules.util.RulesToolkit.EventAvailability;

/// What the rules have in common: they read `iterscope.Iteration`, and give a score from 0 (fine) to 100.
abstract class ServingRule extends AbstractRule {

    static final String ITERATION = "iterscope.Iteration";
    static final String DETAIL = "iterscope.IterationDetail";
    static final IAttribute<IQuantity> KV_USAGE = Attribute.attr("kvUsage", "KV Usage", UnitLookup.PERCENTAGE);
    static final IAttribute<IQuantity> PREEMPTIONS = Attribute.attr("preemptions", "Preemptions", UnitLookup.NUMBER);
    static final IAttribute<IQuantity> IDLE_BEFORE = Attribute.attr("idleBefore", "Idle Before", UnitLookup.TIMESPAN);

    private static final String TOPIC = "llm_serving";
    private static final double WARNING_SCORE = 75;
    private static final double INFO_SCORE = 25;

    ServingRule(String id, String name, String eventType) {
        super(id, name, TOPIC, List.of(), List.of(TypedResult.SCORE), Map.of(eventType, EventAvailability.ENABLED));
    }

    @Override
    protected IResult getResult(IItemCollection events, IPreferenceValueProvider preferences, IResultValueProvider results) {
        long steps = count(events);
        if (steps == 0) {
            return ResultBuilder.createFor(this, preferences).setSeverity(Severity.NA).setSummary("No iterations were recorded.").build();
        }
        Finding finding = judge(events, steps);
        return ResultBuilder.createFor(this, preferences)
                .setSeverity(severity(finding.score))
                .addResult(TypedResult.SCORE, UnitLookup.NUMBER_UNITY.quantity(finding.score))
                .setSummary(finding.summary)
                .setExplanation(finding.explanation)
                .setSolution(finding.solution)
                .build();
    }

    /// Judges a recording with at least one iteration.
    abstract Finding judge(IItemCollection events, long steps);

    static double max(IItemCollection events, String type, IAttribute<IQuantity> attribute) {
        IQuantity max = events.apply(ItemFilters.type(type)).getAggregate(Aggregators.max(attribute));
        return max == null ? 0 : max.numberValue().doubleValue();
    }

    static double sum(IItemCollection events, String type, IAttribute<IQuantity> attribute) {
        IQuantity sum = events.apply(ItemFilters.type(type)).getAggregate(Aggregators.sum(attribute));
        return sum == null ? 0 : sum.numberValue().doubleValue();
    }

    static double seconds(IItemCollection events, String type, IAttribute<IQuantity> attribute) {
        IQuantity sum = events.apply(ItemFilters.type(type)).getAggregate(Aggregators.sum(attribute));
        return sum == null ? 0 : sum.doubleValueIn(UnitLookup.SECOND);
    }

    static double busySeconds(IItemCollection events) {
        return seconds(events, ITERATION, JfrAttributes.DURATION);
    }

    private static long count(IItemCollection events) {
        IQuantity count = events.apply(ItemFilters.type(ITERATION)).getAggregate(Aggregators.count());
        return count == null ? 0 : count.longValue();
    }

    private static Severity severity(double score) {
        if (score >= WARNING_SCORE) {
            return Severity.WARNING;
        }
        return score >= INFO_SCORE ? Severity.INFO : Severity.OK;
    }

    /// What a rule found, with a score from 0 to 100.
    record Finding(double score, String summary, String explanation, String solution) {}
}
