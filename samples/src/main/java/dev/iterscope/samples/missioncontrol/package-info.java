/// Rules for the automated analysis of JDK Mission Control: what an engine's recording says without being looked through.
@NullMarked
package dev.iterscope.samples.missioncontrol;

import org.jspecify.annotations.NullMarked;
